// Turns our JSON into a city's field names and forms and back, by a dictionary that configuration gives.

import { Fault } from '../domain/fault.ts'
import { compactBeijingTime, fromCompactBeijingTime } from './beijing-time.ts'

/**
 * How a member's value is written. text: as it is. date: YYYY-MM-DD ↔ YYYYMMDD. month: YYYY-MM ↔ YYYYMM. time: with zone ↔
 * yyyyMMddHHmmss in Beijing time. flag: true, false ↔ 1, 0. number: decimal digits. fen: decimal text in yuan ↔ whole fen.
 * object: members by the same dictionary. list: one ROW for each entry, text or object.
 */
export const FIELD_TYPES = ['text', 'date', 'month', 'time', 'flag', 'number', 'fen', 'object', 'list'] as const
export type FieldType = (typeof FIELD_TYPES)[number]

export interface FieldRule {
  readonly tag: string
  readonly type: FieldType
  /** Our value → theirs; a value that is not named is written as it is. */
  readonly codes?: Readonly<Record<string, string>>
}

/** Our member's name → how it is called and written there, wherever it stands. */
export type Dictionary = Readonly<Record<string, FieldRule>>

/** An element's content: text, or child elements in order. */
export type Content = string | readonly Element[]
export interface Element {
  readonly tag: string
  readonly content: Content
}

/** What a parser made of an element: text, or children by tag. Only elements called ROW may stand more than once. */
export type Parsed = string | { readonly [tag: string]: Parsed | readonly Parsed[] }

export interface Mapping {
  /** Throws Fault INTERNAL for a member that the dictionary does not know: `checkMapping` finds those beforehand. */
  readonly write: (value: Readonly<Record<string, unknown>>) => readonly Element[]
  /**
   * Never throws. What does not read by the dictionary is handed on as it came, so that the item's answer schema refuses it by
   * name: one bad field of one item says nothing about the city.
   */
  readonly read: (content: Parsed) => Readonly<Record<string, unknown>>
}

interface Writing {
  /** Null where the value is none of this type. */
  readonly write: (value: unknown) => string | null
  /** Null where the text is none of this type. */
  readonly read: (text: string) => unknown
}

function ofText(write: (text: string) => string | null): (value: unknown) => string | null {
  return (value) => (typeof value === 'string' ? write(value) : null)
}

const WRITINGS: Readonly<Record<Exclude<FieldType, 'object' | 'list'>, Writing>> = {
  text: { write: ofText((text) => text), read: (text) => text },
  date: {
    write: ofText((text) => (/^\d{4}-\d{2}-\d{2}$/.test(text) ? text.replaceAll('-', '') : null)),
    read: (text) => (/^\d{8}$/.test(text) ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` : null),
  },
  month: {
    write: ofText((text) => (/^\d{4}-\d{2}$/.test(text) ? text.replace('-', '') : null)),
    read: (text) => (/^\d{6}$/.test(text) ? `${text.slice(0, 4)}-${text.slice(4)}` : null),
  },
  time: {
    write: ofText((text) => (Number.isNaN(Date.parse(text)) ? null : compactBeijingTime(Date.parse(text)))),
    read: fromCompactBeijingTime,
  },
  flag: {
    write: (value) => (value === true ? '1' : value === false ? '0' : null),
    read: (text) => (text === '1' ? true : text === '0' ? false : null),
  },
  number: {
    write: (value) => (typeof value === 'number' && /^-?\d+(\.\d+)?$/.test(String(value)) ? String(value) : null),
    read: (text) => (/^-?\d{1,15}(\.\d{1,10})?$/.test(text) ? Number(text) : null),
  },
  // Moved by the digits, never by arithmetic: a binary fraction would lose a fen here and there.
  fen: {
    write: ofText((text) => {
      const parts = /^(-?)(\d{1,15})(?:\.(\d{1,2}))?$/.exec(text)
      if (parts === null) return null
      const [, sign, yuan = '', fraction = ''] = parts
      return sign + (yuan + fraction.padEnd(2, '0')).replace(/^0+(?=\d)/, '')
    }),
    read(text) {
      const parts = /^(-?)(\d{1,17})$/.exec(text)
      if (parts === null) return null
      const digits = (parts[2] ?? '').padStart(3, '0')
      return `${parts[1]}${digits.slice(0, -2)}.${digits.slice(-2)}`
    },
  },
}

export function openMapping(dictionary: Dictionary): Mapping {
  const byTag = new Map<string, { readonly name: string; readonly rule: FieldRule }>()
  const codesBack = new Map<FieldRule, ReadonlyMap<string, string>>()
  for (const [name, rule] of Object.entries(dictionary)) {
    byTag.set(rule.tag, { name, rule })
    codesBack.set(rule, new Map(Object.entries(rule.codes ?? {}).map(([ours, theirs]) => [theirs, ours])))
  }

  function write(value: Readonly<Record<string, unknown>>): readonly Element[] {
    const elements: Element[] = []
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined) continue
      const rule = Object.hasOwn(dictionary, name) ? dictionary[name] : undefined
      if (rule === undefined) throw unmappable(name)
      elements.push({ tag: rule.tag, content: writeMember(name, rule, member) })
    }
    return elements
  }

  function writeMember(name: string, rule: FieldRule, value: unknown): Content {
    if (rule.type !== 'list') return writeValue(name, rule.type, rule, value)
    if (!Array.isArray(value)) throw unmappable(name)
    return value.map((entry: unknown) => ({
      tag: 'ROW',
      content: writeValue(name, typeof entry === 'object' ? 'object' : 'text', rule, entry),
    }))
  }

  function writeValue(name: string, type: Exclude<FieldType, 'list'>, rule: FieldRule, value: unknown): Content {
    if (type === 'object') {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unmappable(name)
      return write(value as Readonly<Record<string, unknown>>)
    }
    const text = WRITINGS[type].write(value)
    if (text === null) throw unmappable(name)
    return rule.codes !== undefined && Object.hasOwn(rule.codes, text) ? (rule.codes[text] ?? text) : text
  }

  function read(content: Parsed): Readonly<Record<string, unknown>> {
    const value: Record<string, unknown> = {}
    if (typeof content === 'string') return value
    for (const [tag, child] of Object.entries(content)) {
      const known = byTag.get(tag)
      if (known === undefined) value[tag] = child
      else value[known.name] = readMember(known.rule, child as Parsed)
    }
    return value
  }

  function readMember(rule: FieldRule, content: Parsed): unknown {
    if (rule.type === 'object') return read(content)
    if (rule.type !== 'list') return readText(rule.type, rule, content)
    if (content === '') return []
    const rows = typeof content === 'string' ? undefined : content['ROW']
    if (rows === undefined) return content
    return [rows].flat().map((row: Parsed) => (typeof row === 'string' ? readText('text', rule, row) : read(row)))
  }

  function readText(type: Exclude<FieldType, 'object' | 'list'>, rule: FieldRule, content: Parsed): unknown {
    if (typeof content !== 'string') return content
    return WRITINGS[type].read(codesBack.get(rule)?.get(content) ?? content) ?? content
  }

  return { write, read }
}

function unmappable(name: string): Fault {
  // The name comes from our own schemas, which a form's members have passed; its value stays out of it.
  return new Fault('INTERNAL', { cause: new Error(`the dictionary cannot write ${name}`) })
}

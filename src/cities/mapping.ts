// Turns our JSON into a city's field names and ways of writing, and back, as its configuration says.

import { Fault } from '../domain/fault.ts'
import { openNames } from './mapping/names.ts'
import { listWaysOf, type Way } from './mapping/lists.ts'
import { writingsOf, type Writing } from './mapping/values.ts'

/**
 * What a member carries, by its name alone, wherever it stands. amount: decimal text in yuan. texts: a list of plain texts.
 * list: a list of objects.
 */
export const KINDS = ['date', 'month', 'time', 'amount', 'flag', 'number', 'texts', 'list', 'object'] as const
export type Kind = (typeof KINDS)[number] | 'text'

/** Our name → what the city calls it, and the Chinese words that this stands for. */
export type Dictionary = Readonly<Record<string, readonly [theirs: string, title: string]>>

/** What config/fields.yaml and config/dictionaries say, once for all cities. */
export interface Fields {
  /** A name that is not in it carries text. */
  readonly kinds: ReadonlyMap<string, Kind>
  /** By name of the file, without `.json`. */
  readonly dictionaries: ReadonlyMap<string, Dictionary>
}

/** How a backend names and writes what stands in forms and results; what is left out is as ours. docs/mapping.md explains it. */
export interface MappingConfig {
  readonly names: 'ours' | 'snake_case' | 'UPPER_SNAKE' | { readonly dictionary: string }
  /** Our name → theirs, where the rule does not hold. */
  readonly exceptions?: Readonly<Record<string, string>>
  readonly values?: {
    readonly date?: 'YYYY-MM-DD' | 'YYYYMMDD' | 'YYYY-MM-DD 00:00:00' | 'epoch-ms'
    readonly month?: 'YYYY-MM' | 'YYYYMM' | 'YYYY/MM' | 'YYYYMM-json'
    readonly time?: 'RFC3339' | 'RFC3339+08:00' | 'yyyy-MM-dd HH:mm:ss' | 'yyyyMMddHHmmss' | 'epoch-ms'
    /** json, or the words for true and for false. */
    readonly flag?: 'json' | readonly [yes: string, no: string]
    readonly number?: 'json' | 'text'
    readonly amount?: 'yuan' | 'yuan-2' | 'fen' | 'fen-json'
  }
  /** rows: one child element of that name for each entry. joined: plain texts in one, parted by this; other lists as they are. */
  readonly lists?: 'array' | { readonly rows: string } | { readonly joined: string }
  /** Our name → our value → theirs; a value that is not named is written as it is. */
  readonly codes?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Our names that the city has no place for. */
  readonly unsent?: readonly string[]
}

/** What a protocol then puts into JSON, XML or the keys of a form. */
export type Tree = string | number | boolean | readonly Tree[] | TreeObject
export interface TreeObject {
  readonly [name: string]: Tree
}

export interface Mapping {
  /** Throws Fault INTERNAL for what the city cannot be told: `checkMapping` finds such fields beforehand. */
  readonly write: (value: Readonly<Record<string, unknown>>) => TreeObject
  /**
   * Never throws, whatever a city answers. What does not read by the rules is handed on as it came, so that the item's answer
   * schema refuses it by name: one bad field of one item says nothing about the city. A member that is null is absent.
   */
  readonly read: (tree: unknown) => Readonly<Record<string, unknown>>
}

/** One member's name and way of writing, worked out once. */
interface Plan extends Way {
  readonly ours: string
  readonly theirs: string
}

// Our forms and answers have some 1,300 names; a city that makes up more than this costs time, not room.
const PLANS_MAX = 4096

// Far deeper than any form; what is deeper is not worth a stack.
const DEPTH_MAX = 32

export function openMapping(config: MappingConfig, { kinds, dictionaries }: Fields): Mapping {
  const names = openNames(config, dictionaries)
  const unsent = new Set(config.unsent)
  const codes = new Map(Object.entries(config.codes ?? {}))
  const lists = listWaysOf(config.lists)
  // Where lists are elements, objects are too, and one without members is an empty element.
  const emptyObject = typeof config.lists === 'object' && 'rows' in config.lists ? '' : null
  const object: Way = {
    write: writeObject,
    read: (value, depth) => (value === emptyObject ? {} : readObject(value, depth)),
  }
  const { date, month, time, flag, number, amount } = writingsOf(config.values ?? {})
  // Made once: names of one kind share their way.
  const ways: Readonly<Record<Kind, Way>> = {
    text: AS_IT_IS,
    date: plain(date),
    month: plain(month),
    time: plain(time),
    flag: plain(flag),
    number: plain(number),
    amount: plain(amount),
    texts: lists.texts(AS_IT_IS),
    list: lists.list(object),
    object,
  }
  const byOurs = new Map<string, Plan>()
  const byTheirs = new Map<string, Plan>()

  function planOf(ours: string): Plan | undefined {
    const made = byOurs.get(ours)
    if (made !== undefined) return made
    const theirs = names.theirs(ours)
    return theirs === undefined ? undefined : keep({ ours, theirs, ...wayOf(ours) })
  }

  function planBack(theirs: string): Plan | undefined {
    const made = byTheirs.get(theirs)
    if (made !== undefined) return made
    const ours = names.ours(theirs)
    return ours === undefined ? undefined : planOf(ours)
  }

  function keep(plan: Plan): Plan {
    if (byOurs.size < PLANS_MAX) {
      byOurs.set(plan.ours, plan)
      byTheirs.set(plan.theirs, plan)
    }
    return plan
  }

  function wayOf(ours: string): Way {
    const kind = kinds.get(ours) ?? 'text'
    const table = kind === 'text' || kind === 'texts' ? codes.get(ours) : undefined
    if (table === undefined) return ways[kind]
    const text = plain(coded(table))
    return kind === 'text' ? text : lists.texts(text)
  }

  function writeObject(value: unknown): TreeObject | null {
    if (!isObject(value)) return null
    const members: [string, Tree][] = []
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined || unsent.has(name)) continue
      const plan = planOf(name)
      const tree = plan?.write(member) ?? null
      if (plan === undefined || tree === null) throw unmappable(name)
      members.push([plan.theirs, tree])
    }
    return Object.fromEntries(members)
  }

  function readObject(value: unknown, depth: number): unknown {
    if (!isObject(value) || depth > DEPTH_MAX) return value
    const members: [string, unknown][] = []
    for (const [theirs, member] of Object.entries(value)) {
      if (member === null) continue
      const plan = planBack(theirs)
      members.push(plan === undefined ? [theirs, member] : [plan.ours, plan.read(member, depth + 1)])
    }
    // From entries, so that a member called __proto__ is a member.
    return Object.fromEntries(members)
  }

  return {
    write(value) {
      const tree = writeObject(value)
      if (tree === null) throw unmappable('a form')
      return tree
    },
    read: (tree) => (isObject(tree) ? (readObject(tree, 0) as Readonly<Record<string, unknown>>) : {}),
  }
}

function plain({ write, read }: Writing): Way {
  return { write, read: (value) => read(value) ?? value }
}

const AS_IT_IS: Way = { write: (value) => (typeof value === 'string' ? value : null), read: (value) => value }

/** Text by the codes of its field; what they do not name stays as it is. */
function coded(codes: Readonly<Record<string, string>>): Writing {
  const theirs = new Map(Object.entries(codes))
  const ours = new Map([...theirs].map(([our, their]) => [their, our]))
  return {
    write: (value) => (typeof value === 'string' ? (theirs.get(value) ?? value) : null),
    read: (value) => (typeof value === 'string' ? (ours.get(value) ?? value) : null),
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unmappable(name: string): Fault {
  // The name comes from our own schemas, which a form's members have passed; its value stays out of it.
  return new Fault('INTERNAL', { cause: new Error(`the mapping cannot write ${name}`) })
}

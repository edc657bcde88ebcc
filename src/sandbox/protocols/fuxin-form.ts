// Turns the elements of a Fuxin form into our members and the members of a result into Fuxin's elements.

import { beijingTime, readBeijingTime } from '../beijing-time.ts'
import { BY_NAME, BY_TAG, type Field } from './fuxin-dictionary.ts'
import { type Element, tag } from './fuxin-xml.ts'

export type FormRead =
  | { readonly kind: 'read'; readonly form: Readonly<Record<string, unknown>> }
  /** `path` of the first element that does not fit, `biaodan/jine`; rows are counted from 1. */
  | { readonly kind: 'misfit'; readonly path: string }

const SEX = { '1': '男', '2': '女' }
const CODES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sex: SEX,
  newSex: SEX,
  maritalState: { unmarried: '未婚', married: '已婚', divorced: '离异', widowed: '丧偶' },
}

export function readForm(element: Element): FormRead {
  const misfits: string[] = []
  const form = readObject(element, element.name, misfits)
  const [path] = misfits
  return path === undefined ? { kind: 'read', form } : { kind: 'misfit', path }
}

function readObject(element: Element, path: string, misfits: string[]): Readonly<Record<string, unknown>> {
  if (element.text !== '') misfits.push(path)
  return Object.fromEntries(
    element.children.map((child) => {
      const at = `${path}/${child.name}`
      const field = BY_TAG.get(child.name)
      if (field !== undefined) return [field.name, readValue(field, child, at, misfits)]
      misfits.push(at)
      return [child.name, null]
    }),
  )
}

function readValue(field: Field, element: Element, path: string, misfits: string[]): unknown {
  if (field.kind === 'object') return readObject(element, path, misfits)
  if (field.kind === 'list') return readList(field, element, path, misfits)
  const value = element.children.length > 0 || element.text === '' ? null : readText(field, element.text)
  if (value === null) misfits.push(path)
  return value
}

function readList(field: Field, element: Element, path: string, misfits: string[]): readonly unknown[] {
  if (element.text !== '') misfits.push(path)
  return element.children.map((row, place) => {
    const at = `${path}/row[${place + 1}]`
    if (row.name !== 'row') misfits.push(`${path}/${row.name}`)
    if (row.children.length > 0) return readObject(row, at, misfits)
    const text = row.text === '' ? null : ofCode(field.name, row.text)
    if (text === null) misfits.push(at)
    return text
  })
}

/** Null if the text does not fit the kind. */
function readText({ name, kind }: Field, text: string): unknown {
  switch (kind) {
    case 'text':
      return ofCode(name, text)
    case 'date':
      return readBeijingTime(`${text}000000`, 'compact') === null
        ? null
        : `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`
    case 'month':
      return /^[0-9]{4}(0[1-9]|1[0-2])$/.test(text) ? `${text.slice(0, 4)}-${text.slice(4)}` : null
    case 'time':
      return readTime(text)
    case 'flag':
      return text === '是' ? true : text === '否' ? false : null
    case 'number':
      return /^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,20})?$/.test(text) ? Number(text) : null
    case 'amount':
      return /^(0|[1-9][0-9]{0,15})$/.test(text) ? yuan(text) : null
    case 'object':
    case 'list':
      return null
  }
}

/** Null for a code of ours: it has to come as theirs. */
function ofCode(name: string, text: string): string | null {
  const codes = Object.entries(CODES[name] ?? {})
  const known = codes.find(([, theirs]) => theirs === text)
  if (known !== undefined) return known[0]
  return codes.some(([ours]) => ours === text) ? null : text
}

/** `yyyyMMddHHmmss` as RFC 3339 in Beijing time, null if there is no such time. */
export function readTime(text: string): string | null {
  const moment = readBeijingTime(text, 'compact')
  return moment === null ? null : `${beijingTime(moment, 'spaced').replace(' ', 'T')}+08:00`
}

/** Fen in digits as yuan with two decimals, without passing through a binary fraction. */
function yuan(fen: string): string {
  const digits = fen.padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** The members of a result as elements. Each must be in the dictionary: the records are our own. */
export function writeMembers(members: object): string {
  return Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const field = BY_NAME.get(name)
      if (field === undefined) throw new Error(`${name} is not in the dictionary`)
      return tag(field.tag, writeValue(field, value as unknown))
    })
    .join('')
}

function writeValue({ name, kind }: Field, value: unknown): string | readonly string[] {
  const coded = (text: string): string => CODES[name]?.[text] ?? text
  switch (kind) {
    case 'object':
      return [writeMembers(value as object)]
    case 'list':
      return (value as readonly unknown[]).map((entry) =>
        tag('row', typeof entry === 'string' ? coded(entry) : [writeMembers(entry as object)]),
      )
    case 'date':
    case 'month':
      return String(value).replaceAll('-', '')
    case 'time':
      return beijingTime(Date.parse(String(value)), 'compact')
    case 'flag':
      return value === true ? '是' : '否'
    case 'amount':
      return fen(String(value))
    case 'text':
    case 'number':
      return coded(String(value))
  }
}

function fen(amount: string): string {
  const [whole, part = ''] = amount.split('.') as [string, string?]
  return `${whole}${part.padEnd(2, '0')}`.replace(/^0+(?=[0-9])/, '')
}

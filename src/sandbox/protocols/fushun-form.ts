// Turns the elements of a Fushun form into our members and the members of an answer into Fushun's elements.

import { readBeijingTime, beijingTime } from '../beijing-time.ts'
import { BY_NAME, BY_TAG, type Field } from './fushun-dictionary.ts'
import { tag, type XmlElement } from './xml.ts'

export type FormRead =
  | { readonly kind: 'read'; readonly form: Readonly<Record<string, unknown>> }
  | { readonly kind: 'misfit'; readonly path: string }

/** The children of BD as the members of a form, or the path of the first element that does not fit. */
export function readForm(element: XmlElement): FormRead {
  const misfits: string[] = []
  const form = readObject(element, element.name, misfits)
  const [path] = misfits
  return path === undefined ? { kind: 'read', form } : { kind: 'misfit', path }
}

function readObject(element: XmlElement, path: string, misfits: string[]): Readonly<Record<string, unknown>> {
  if (element.text !== '') misfits.push(path)
  const members = new Map<string, unknown>()
  for (const child of element.children) {
    const at = `${path}/${child.name}`
    const field = BY_TAG.get(child.name)
    if (field === undefined || child.namespace !== null || members.has(field.name)) misfits.push(at)
    else members.set(field.name, readValue(field, child, at, misfits))
  }
  return Object.fromEntries(members)
}

function readValue(field: Field, element: XmlElement, path: string, misfits: string[]): unknown {
  if (field.type === 'O') return readObject(element, path, misfits)
  if (field.type === 'L') return readList(element, path, misfits)
  const value = element.children.length > 0 || element.text === '' ? null : readText(field, element.text)
  if (value === null) misfits.push(path)
  return value
}

function readList(element: XmlElement, path: string, misfits: string[]): readonly unknown[] {
  if (element.text !== '') misfits.push(path)
  return element.children.map((row, place) => {
    const at = `${path}/ROW[${place + 1}]`
    if (row.name !== 'ROW' || (row.children.length === 0 && row.text === '')) misfits.push(at)
    return row.children.length > 0 ? readObject(row, at, misfits) : row.text
  })
}

/** Null if the text does not fit the type. */
function readText(field: Field, text: string): unknown {
  switch (field.type) {
    case 'S':
      return text
    case 'D':
      return readBeijingTime(`${text}000000`, 'compact') === null
        ? null
        : `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`
    case 'M':
      return /^[0-9]{4}(0[1-9]|1[0-2])$/.test(text) ? `${text.slice(0, 4)}-${text.slice(4)}` : null
    case 'T': {
      const moment = readBeijingTime(text, 'compact')
      return moment === null ? null : new Date(moment).toISOString()
    }
    case 'B':
      return text === '1' ? true : text === '0' ? false : null
    case 'N':
      return /^-?[0-9]{1,15}(\.[0-9]{1,20})?$/.test(text) ? Number(text) : null
    case 'A':
      return /^[0-9]{1,15}$/.test(text) ? yuan(text) : null
    case 'O':
    case 'L':
      return null
  }
}

/** Fen in decimal digits as yuan with two decimals, without passing through a floating number. */
function yuan(fen: string): string {
  const digits = fen.replace(/^0+(?=[0-9]{3})/, '').padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** The members of an answer as elements. Each must be in the dictionary: the records are our own. */
export function writeMembers(members: object): string {
  return Object.entries(members)
    .map(([name, value]) => {
      const field = BY_NAME.get(name)
      if (field === undefined) throw new Error(`${name} is not in the dictionary`)
      return tag(field.tag, writeValue(field, value as unknown))
    })
    .join('')
}

function writeValue(field: Field, value: unknown): string | readonly string[] {
  switch (field.type) {
    case 'O':
      return [writeMembers(value as object)]
    case 'L':
      return (value as readonly unknown[]).map((entry) =>
        tag('ROW', typeof entry === 'string' ? entry : [writeMembers(entry as object)]),
      )
    case 'D':
    case 'M':
      return String(value).replaceAll('-', '')
    case 'T':
      return beijingTime(Date.parse(String(value)), 'compact')
    case 'B':
      return value === true ? '1' : '0'
    case 'A':
      return fen(String(value))
    case 'S':
    case 'N':
      return String(value)
  }
}

function fen(amount: string): string {
  const [whole, part = ''] = amount.split('.') as [string, string?]
  return `${whole}${part.padEnd(2, '0')}`.replace(/^0+(?=[0-9])/, '')
}

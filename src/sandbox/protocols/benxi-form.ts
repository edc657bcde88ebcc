// Turns Benxi's LD/T names, codes and values of forms and results into ours and back.

import { beijingTime, readBeijingTime } from '../beijing-time.ts'
import { kindOf } from './field-kinds.ts'
import { pointsTo } from '../life.ts'
import { isObject } from './shape.ts'

/** Names that LD/T has a code for, ours before theirs. */
const EXCEPTIONS = new Map([
  ['personalNo', 'AAC001'],
  ['certNo', 'AAC002'],
  ['name', 'AAC003'],
  ['sex', 'AAC004'],
  ['nation', 'AAC005'],
  ['birthDate', 'AAC006'],
  ['insuredState', 'AAC008'],
  ['maritalState', 'AAC017'],
  ['certType', 'AAC058'],
  ['mobile', 'AAC067'],
  ['employerNo', 'AAB001'],
  ['employerName', 'AAB004'],
  ['employerUscc', 'AAB998'],
  ['insuredDivision', 'AAB301'],
  ['insuranceType', 'AAE140'],
  ['contactName', 'AAE004'],
  ['contactMobile', 'AAE005'],
  ['address', 'AAE006'],
  ['postalCode', 'AAE007'],
  ['accountName', 'AAE009'],
  ['accountNo', 'AAE010'],
  ['startDate', 'AAE030'],
  ['endDate', 'AAE031'],
  ['startMonth', 'AAE041'],
  ['endMonth', 'AAE042'],
])
const BY_THEIRS = new Map(Array.from(EXCEPTIONS, ([ours, theirs]) => [theirs, ours]))

/** Our code before theirs, by our name of the field. */
const CODES: Readonly<Record<string, ReadonlyMap<string, string>>> = {
  certType: new Map([
    ['111', '01'],
    ['112', '02'],
    ['516', '04'],
    ['511', '06'],
    ['553', '07'],
    ['414', '08'],
  ]),
  maritalState: new Map([
    ['unmarried', '1'],
    ['married', '2'],
    ['widowed', '3'],
    ['divorced', '4'],
  ]),
  insuredState: new Map([
    ['active', '1'],
    ['suspended', '2'],
    ['ended', '3'],
    ['receiving', '4'],
  ]),
}

const DEPTH_MAX = 16

export type FormRead =
  | { readonly kind: 'read'; readonly form: Readonly<Record<string, unknown>> }
  | { readonly kind: 'misfit'; readonly field: string }

/** FORM as a form of ours, or the place of the first member that does not fit. */
export function readForm(members: Readonly<Record<string, unknown>>): FormRead {
  const misfits: string[] = []
  const form = readMembers(members, ['FORM'], misfits)
  const [field] = misfits
  return field === undefined ? { kind: 'read', form } : { kind: 'misfit', field }
}

type Place = readonly (string | number)[]

function readMembers(members: object, at: Place, misfits: string[]): Readonly<Record<string, unknown>> {
  if (at.length > DEPTH_MAX) {
    misfits.push(at.join('/'))
    return {}
  }
  return Object.fromEntries(
    Object.entries(members).map(([theirs, value]) => {
      const place = [...at, theirs]
      const name = oursOf(theirs)
      const read = name === null ? null : readValue(name, value, place, misfits)
      if (read === null) misfits.push(place.join('/'))
      return [name, read]
    }),
  )
}

/** Our value; null for what Benxi does not take. */
function readValue(name: string, value: unknown, at: Place, misfits: string[]): unknown {
  const kind = kindOf(name)
  if (Array.isArray(value)) {
    return kind === 'list' || kind === 'text'
      ? value.map((entry: unknown, place) => readEntry(entry, [...at, place], misfits))
      : null
  }
  if (isObject(value)) return kind === 'object' || kind === 'text' ? readMembers(value, at, misfits) : null
  if (value === null || value === '' || kind === 'list' || kind === 'object') return null
  if (typeof value === 'string') return readText(name, value)
  return kind === 'text' || (kind === 'number' && typeof value === 'number') ? value : null
}

function readEntry(entry: unknown, at: Place, misfits: string[]): unknown {
  if (isObject(entry)) return readMembers(entry, at, misfits)
  if (entry === null || entry === '' || Array.isArray(entry)) misfits.push(at.join('/'))
  return entry
}

/** Null for a text that should have been written in another way. What has nothing of its kind is taken as it is. */
function readText(name: string, text: string): string | boolean | null {
  switch (kindOf(name)) {
    case 'date':
      if (/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return null
      return readBeijingTime(`${text}000000`, 'compact') === null
        ? text
        : `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`
    case 'month':
      if (/^[0-9]{4}-[0-9]{2}$/.test(text)) return null
      return /^[0-9]{4}(0[1-9]|1[0-2])$/.test(text) ? `${text.slice(0, 4)}-${text.slice(4)}` : text
    case 'time': {
      const moment = readBeijingTime(text, 'compact')
      if (moment !== null) return new Date(moment).toISOString()
      return /^[0-9]{4}-[0-9]{2}-[0-9]{2}T/.test(text) ? null : text
    }
    case 'flag':
      return text === '1' ? true : text === '0' ? false : /^(true|false)$/i.test(text) ? null : text
    case 'amount':
      return /^-?[0-9]+(\.[0-9]?|\.[0-9]{3,})?$/.test(text) ? null : text
    case 'number':
      return Number.isNaN(Number(text)) ? text : null
    case 'text':
    case 'list':
    case 'object':
      return readCode(name, text)
  }
}

/** Our code for theirs; null for one of ours that has one of theirs; anything else as it is. */
export function readCode(name: string, text: string): string | null {
  const codes = CODES[name]
  if (codes === undefined) return text
  const [ours] = [...codes].find(([, theirs]) => theirs === text) ?? []
  return ours ?? (codes.has(text) ? null : text)
}

/** Null for no name of Benxi, and for one that LD/T has a code for but is written by the rule. */
function oursOf(theirs: string): string | null {
  const exception = BY_THEIRS.get(theirs)
  if (exception !== undefined) return exception
  if (!/^[A-Z][A-Z0-9]*(_[A-Z][A-Z0-9]*)*$/.test(theirs)) return null
  const name = theirs.toLowerCase().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return EXCEPTIONS.has(name) ? null : name
}

const theirsOf = (name: string): string =>
  EXCEPTIONS.get(name) ?? name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()

/** The members of an answer as Benxi writes them. */
export function writeMembers(members: object): object {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [theirsOf(name), writeValue(name, value as unknown)]),
  )
}

function writeValue(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry: unknown) => (isObject(entry) ? writeMembers(entry) : entry))
  if (isObject(value)) return writeMembers(value)
  const text = String(value)
  switch (kindOf(name)) {
    case 'date':
    case 'month':
      return text.replaceAll('-', '')
    case 'time':
      return beijingTime(Date.parse(text), 'compact')
    case 'flag':
      return value === true ? '1' : '0'
    case 'amount': {
      const [whole, cents = ''] = text.split('.') as [string, string?]
      return `${whole}.${cents.padEnd(2, '0')}`
    }
    case 'text':
      return CODES[name]?.get(text) ?? value
    case 'number':
    case 'list':
    case 'object':
      return value
  }
}

/**
 * The place of a field that is told by its name or by ours (`/form/movers/0/certNo`) in Benxi's names, `MOVERS/0/AAC002`;
 * the code of a material as it is.
 */
export function writePlace(code: string): string {
  if (pointsTo(code) === 'material') return code
  return code
    .replace(/^\/form\//, '')
    .split('/')
    .map(theirsOf)
    .join('/')
}

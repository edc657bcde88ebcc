// Turns the fields of a Liaoyang form into ours, and an answer of ours into Liaoyang's: names, code tables and kinds of value.

import { kindOf } from './field-kinds.ts'
import { isObject } from './shape.ts'

type Members = Readonly<Record<string, unknown>>

/** Our name → theirs, where they differ. */
const THEIR_NAMES: ReadonlyMap<string, string> = new Map([
  ['certNo', 'idNo'],
  ['certType', 'idType'],
  ['mobile', 'phone'],
  ['postalCode', 'zipCode'],
  ['uscc', 'creditCode'],
  ['employerUscc', 'employerCreditCode'],
  ['sex', 'gender'],
  ['newSex', 'newGender'],
  ['maritalState', 'maritalStatus'],
  ['division', 'areaCode'],
  ['insuredDivision', 'insuredArea'],
  ['hukouDivision', 'hukouArea'],
  ['fundCentre', 'fundCenterCode'],
  ['socialCardNo', 'socialSecurityCardNo'],
])
const OUR_NAMES: ReadonlyMap<string, string> = new Map(Array.from(THEIR_NAMES, ([ours, theirs]) => [theirs, ours]))

/** Identity documents of GA/T 517 → Liaoyang's own numbers. */
const DOCUMENTS = { '111': '01', '112': '02', '414': '03', '516': '04', '511': '05', '553': '06' }
const SEXES = { '1': 'M', '2': 'F' }
/** GB/T 2261.2. */
const MARITAL_STATES = { unmarried: '10', married: '20', widowed: '30', divorced: '40' }

/** By our name: our code → theirs. */
const CODES: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map<string, Readonly<Record<string, string>>>([
  ['certType', DOCUMENTS],
  ['sex', SEXES],
  ['newSex', SEXES],
  ['maritalState', MARITAL_STATES],
])

export const theirName = (name: string): string => THEIR_NAMES.get(name) ?? name

/** Our code for theirs of a document, undefined outside the table. */
export const ourDocument = (theirs: string): string | undefined => ourCode(DOCUMENTS, theirs)

const ourCode = (table: Readonly<Record<string, string>>, theirs: unknown): string | undefined =>
  Object.entries(table).find(([, code]) => code === theirs)?.[0]

/** Where a field does not follow the rules, as a JSON Pointer. */
export class FieldMisfit extends Error {
  readonly pointer: string
  constructor(pointer: string) {
    super(`not by the rules: ${pointer}`)
    this.pointer = pointer
  }
}

/** The form in our names and values. Throws FieldMisfit, whose pointer begins with `at`. */
export function readFields(fields: Members, at: string): Members {
  return Object.fromEntries(
    Object.entries(fields).map(([theirs, value]) => {
      const pointer = `${at}/${theirs.replaceAll('~', '~0').replaceAll('/', '~1')}`
      if (THEIR_NAMES.has(theirs)) throw new FieldMisfit(pointer)
      const name = OUR_NAMES.get(theirs) ?? theirs
      return [name, readValue(name, value, pointer)]
    }),
  )
}

function readValue(name: string, value: unknown, pointer: string): unknown {
  const read = readAs[kindOf(name)](value, pointer, name)
  if (read === null) throw new FieldMisfit(pointer)
  return read
}

type Read = (value: unknown, pointer: string, name: string) => unknown

/** Null for what is not of the kind. */
const readAs: Readonly<Record<ReturnType<typeof kindOf>, Read>> = {
  text(value, _, name) {
    const table = CODES.get(name)
    if (table !== undefined) return ourCode(table, value) ?? null
    return typeof value === 'string' && value !== '' ? value : null
  },
  date: (value) => readDay(value),
  month(value) {
    const [, year, month] = (Number.isSafeInteger(value) && /^(\d{4})(0[1-9]|1[0-2])$/.exec(String(value))) || []
    return year === undefined ? null : `${year}-${month}`
  },
  time: (value) => readMoment(value),
  flag: (value) => (value === 'Y' ? true : value === 'N' ? false : null),
  number: (value) =>
    typeof value === 'number' ? value : typeof value === 'symbol' ? finite(Number(value.description)) : null,
  amount(value) {
    if (!Number.isSafeInteger(value)) return null
    const fen = String(Math.abs(value as number)).padStart(3, '0')
    return `${(value as number) < 0 ? '-' : ''}${fen.slice(0, -2)}.${fen.slice(-2)}`
  },
  list(value, pointer) {
    if (!Array.isArray(value)) return null
    return value.map((entry: unknown, place) => {
      if (isObject(entry)) return readFields(entry, `${pointer}/${place}`)
      if (typeof entry === 'string' && entry !== '') return entry
      throw new FieldMisfit(`${pointer}/${place}`)
    })
  },
  object: (value, pointer) => (isObject(value) ? readFields(value, pointer) : null),
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

const BEIJING_MS = 8 * 3_600_000
const DAY_MS = 24 * 3_600_000
/** What Date can write with a year of four digits. */
const isMoment = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Math.abs(value as number) < 253_402_000_000_000

/** `YYYY-MM-DD` of a midnight in Beijing, null if it is none. */
export function readDay(value: unknown): string | null {
  if (!isMoment(value) || (value + BEIJING_MS) % DAY_MS !== 0) return null
  return yearOfFourDigits(new Date(value + BEIJING_MS).toISOString().slice(0, 10))
}

/** RFC 3339 in Beijing time, with `.sss` where it is not `.000`; null if it is no moment. */
export function readMoment(value: unknown): string | null {
  if (!isMoment(value)) return null
  const local = new Date(value + BEIJING_MS).toISOString().replace('.000', '').replace('Z', '+08:00')
  return yearOfFourDigits(local)
}

const yearOfFourDigits = (written: string): string | null => (/^\d{4}-/.test(written) ? written : null)

/** An answer of ours in Liaoyang's names and values. */
export function writeFields(members: object): Members {
  return Object.fromEntries(
    Object.entries(members)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [theirName(name), writeValue(name, value)]),
  )
}

function writeValue(name: string, value: unknown): unknown {
  switch (kindOf(name)) {
    case 'text':
      return CODES.get(name)?.[value as string] ?? value
    case 'date':
      return Date.parse(`${value as string}T00:00:00+08:00`)
    case 'month':
      return Number((value as string).replace('-', ''))
    case 'time':
      return Date.parse(value as string)
    case 'flag':
      return value === true ? 'Y' : 'N'
    case 'number':
      return value
    case 'amount':
      return Math.round(Number(value) * 100)
    case 'list':
      return (value as readonly unknown[]).map((entry) => (isObject(entry) ? writeFields(entry) : entry))
    case 'object':
      return writeFields(value as object)
  }
}

// Turns the members of a Tieling form into ours, and those of our answers into Tieling's: names, codes, dates, joined lists.

import { kindOf } from './field-kinds.ts'
import { isObject } from './shape.ts'

type Members = Readonly<Record<string, unknown>>

export type FormRead =
  | { readonly kind: 'read'; readonly form: Members }
  /** `path`: JSON Pointer of the first member that does not fit. */
  | { readonly kind: 'misfit'; readonly path: string }

const OTHERWISE: readonly (readonly [ours: string, theirs: string])[] = [
  ['name', 'full_name'],
  ['certNo', 'id_no'],
  ['certType', 'id_type'],
  ['mobile', 'phone_no'],
  ['uscc', 'credit_code'],
  ['address', 'addr'],
  ['postalCode', 'zip_code'],
  ['birthDate', 'birthday'],
  ['sex', 'gender'],
  ['nation', 'ethnic_code'],
  ['maritalState', 'marital_status'],
  ['insuredDivision', 'insured_area'],
  ['accountNo', 'acct_no'],
  ['accountName', 'acct_name'],
  ['bankCode', 'cnaps_code'],
  ['employerName', 'unit_name'],
  ['employerUscc', 'unit_credit_code'],
  ['startMonth', 'from_month'],
  ['endMonth', 'to_month'],
  ['declaration', 'promised'],
  ['verificationCode', 'check_code'],
  ['photo', 'photo_id'],
  ['division', 'area_code'],
  ['hukouDivision', 'hukou_area'],
]
const THEIRS = new Map(OTHERWISE)
const OURS = new Map(OTHERWISE.map(([ours, theirs]) => [theirs, ours]))

const SEX = { '1': 'M', '2': 'F' }
const CODES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sex: SEX,
  newSex: SEX,
  maritalState: { unmarried: '10', married: '20', widowed: '30', divorced: '40' },
}

/** The lists whose entries are plain texts; the entries of all others are objects. */
export const PLAIN_LISTS: ReadonlySet<string> = new Set(
  `activates alongServices annotations benefitKinds cancelledCategories certifiedPages changedFields contents
  contributionKinds correctedFields currentServices devices disabilityCategories employerFields functions
  generalActivities hardshipCauses incomeItems institutionFields insuranceTypes licensedActivities
  mortgageChangeKinds newClasses openingServices otherBenefits otherSubsidies owners permitChanges personalFields
  qualificationCategories receiptNos services servicesWanted subsidies suspends taxKinds taxesToPrepay
  vehicleClasses workItems`.split(/\s+/),
)

export const theirName = (ours: string): string =>
  THEIRS.get(ours) ?? ours.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Null for what is no name of theirs: none of ours is written so. */
function ourName(theirs: string): string | null {
  const ours = OURS.get(theirs) ?? theirs.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return /^[a-z][A-Za-z0-9]{0,79}$/.test(ours) && theirName(ours) === theirs ? ours : null
}

/** A form as it came, in our names and values. `at` is the pointer of the form itself. */
export function readForm(given: Members, at: string): FormRead {
  const misfits: string[] = []
  const form = readMembers(given, at, misfits)
  const [path] = misfits
  return path === undefined ? { kind: 'read', form } : { kind: 'misfit', path }
}

function readMembers(given: Members, at: string, misfits: string[]): Members {
  const members = new Map<string, unknown>()
  for (const [theirs, value] of Object.entries(given)) {
    const path = `${at}/${theirs}`
    const name = ourName(theirs)
    if (name === null) misfits.push(path)
    else members.set(name, readValue(name, value, path, misfits))
  }
  return Object.fromEntries(members)
}

function readValue(name: string, value: unknown, path: string, misfits: string[]): unknown {
  const kind = kindOf(name)
  if (kind === 'object' && isObject(value)) return readMembers(value, path, misfits)
  if (kind === 'list' && !PLAIN_LISTS.has(name) && Array.isArray(value)) {
    return value.map((entry: unknown, place) => {
      if (isObject(entry)) return readMembers(entry, `${path}/${place}`, misfits)
      misfits.push(`${path}/${place}`)
      return entry
    })
  }
  const read = readPlain(name, value)
  if (read === null) misfits.push(path)
  return read
}

/** Null if the value does not fit the field's kind. */
function readPlain(name: string, value: unknown): unknown {
  const kind = kindOf(name)
  if (kind === 'flag') return typeof value === 'boolean' ? value : null
  if (kind === 'number') return typeof value === 'number' ? value : null
  if (kind === 'object' || typeof value !== 'string') return null
  switch (kind) {
    case 'list':
      return PLAIN_LISTS.has(name) ? split(value) : null
    case 'date':
      return readDate(value)
    case 'month':
      return /^[0-9]{4}\/(0[1-9]|1[0-2])$/.test(value) ? value.replace('/', '-') : null
    case 'time':
      return readTime(value) === null ? null : value
    case 'amount':
      return /^-?[0-9]{1,15}(\.[0-9]{1,2})?$/.test(value) ? value : null
    case 'text':
      return value === '' ? null : ofCode(name, value)
  }
}

/** Null for a code of ours: it has to come as theirs. */
function ofCode(name: string, value: string): string | null {
  const codes = Object.entries(CODES[name] ?? {})
  const known = codes.find(([, theirs]) => theirs === value)
  if (known !== undefined) return known[0]
  return codes.some(([ours]) => ours === value) ? null : value
}

/** `YYYY-MM-DD 00:00:00` as the day, null if it is not that or no such day exists. */
export function readDate(text: string): string | null {
  const day = text.slice(0, 10)
  return text === `${day} 00:00:00` && readTime(`${day}T00:00:00+08:00`) !== null ? day : null
}

/** A time in whole seconds of Beijing time as milliseconds since 1970, null if it is none. */
export function readTime(text: string): number | null {
  const moment = Date.parse(text)
  return !Number.isNaN(moment) && writeTime(moment, 'seconds') === text ? moment : null
}

const FUTURE_MS_MAX = 300_000

/** Whether it is a time, and none that is still far off. `now`: the city's clock. */
export function isTimeInReach(text: string, now: number): boolean {
  const moment = readTime(text)
  return moment !== null && moment <= now + FUTURE_MS_MAX
}

export function writeTime(moment: number, precision: 'seconds' | 'milliseconds'): string {
  const inBeijing = new Date(moment + 8 * 3_600_000).toISOString()
  return `${inBeijing.slice(0, precision === 'seconds' ? 19 : 23)}+08:00`
}

/** The entries of a joined list; null where one is empty or a backslash stands before anything but itself and `;`. */
function split(joined: string): readonly string[] | null {
  if (joined === '') return []
  if (!/^(?:[^\\;]|\\[\\;])+(?:;(?:[^\\;]|\\[\\;])+)*$/u.test(joined)) return null
  return joined.match(/(?:[^\\;]|\\[\\;])+/gu)!.map((entry) => entry.replaceAll(/\\(.)/gu, '$1'))
}

/** The members of an answer, in Tieling's names and values. */
export function writeMembers(members: object): Members {
  return Object.fromEntries(
    Object.entries(members)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [theirName(name), writeValue(name, value)]),
  )
}

function writeValue(name: string, value: unknown): unknown {
  if (Array.isArray(value)) {
    return PLAIN_LISTS.has(name)
      ? value.map((entry) => String(entry).replaceAll(/[\\;]/g, '\\$&')).join(';')
      : value.map((entry) => writeMembers(entry as object))
  }
  if (isObject(value)) return writeMembers(value)
  if (typeof value !== 'string') return value
  const kind = kindOf(name)
  if (kind === 'date') return `${value} 00:00:00`
  if (kind === 'month') return value.replace('-', '/')
  if (kind === 'time') return writeTime(Date.parse(value), 'seconds')
  return CODES[name]?.[value] ?? value
}

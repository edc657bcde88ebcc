// What extracts from all registers share: who asks for what, the months that they cover, their times, codes and amounts.

import { createHash } from 'node:crypto'
import { findPerson, type KnownPerson } from './people.ts'
import type { Place } from '../places.ts'
import type { CitySubmission } from '../submission.ts'

/** A query that passed the desk, at the register of one place. */
export interface Ask {
  readonly place: Place
  readonly form: Readonly<Record<string, unknown>>
  readonly applicant: CitySubmission['body']['applicant']
  readonly reference: string
}

/** The person who asks, null if it is a firm or nobody whom this place knows. */
export function askingPerson({ place, applicant }: Ask): KnownPerson | null {
  return applicant.type === 'person' ? findPerson(place.city, applicant.certNo) : null
}

/** Whether the member `name` of the form, a list, holds `entry`. */
export function asksFor({ form }: Ask, entry: string, name = 'contents'): boolean {
  return Array.isArray(form[name]) && form[name].includes(entry)
}

/** Who issued an extract, and when. */
export const issued = ({ place }: Ask, authority: string) => ({
  issuedBy: `${place.name}${authority}`,
  issuedAt: nowInBeijing(),
})

/** An extract that stands for `days` days has a code to check it by. */
export const checkable = (ask: Ask, days: number) => ({
  validUntil: nowInBeijing(days * 86_400_000).slice(0, 10),
  verificationCode: codeOf(ask, 'V'),
})

/** A code to check it by, where the form asks for something to be printed. */
export const ifPrintable = (ask: Ask) =>
  ask.form['resultForm'] === 'printable' ? { verificationCode: codeOf(ask, 'V') } : {}

/** The number of a proof of the result, where the form wants one. */
export const ifProofWanted = (ask: Ask) =>
  ask.form['wantCertificate'] === true ? { certificateOfResultNo: codeOf(ask, '证') } : {}

export const codeOf = ({ reference }: Ask, lead: string): string =>
  `${lead}${createHash('sha256').update(reference).digest('hex').slice(0, 16).toUpperCase()}`

/** `YYYY-MM-DDThh:mm:ss+08:00` */
export function nowInBeijing(offsetMs = 0): string {
  return `${new Date(Date.now() + 8 * 3_600_000 + offsetMs).toISOString().slice(0, 19)}+08:00`
}

const FIRST_MONTH = '2015-01'

/** Months from the form's `startMonth` to its `endMonth` (`YYYY-MM`), both included, that lie in the registers: since 2015, not in the future. */
export function months({ form }: Pick<Ask, 'form'>): readonly string[] {
  const first = [monthOr(form['startMonth'], FIRST_MONTH), FIRST_MONTH].sort().at(-1)!
  const last = [monthOr(form['endMonth'], '9999-12'), nowInBeijing().slice(0, 7)].sort()[0]!
  const found: string[] = []
  for (let month = first; month <= last && found.length < 600; month = nextMonth(month)) found.push(month)
  return found
}

/** All months in which somebody who is insured since 2015 and still at work has paid. */
export const allMonths = (): readonly string[] => months({ form: {} })

const monthOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise)

function nextMonth(month: string): string {
  const [year, of] = month.split('-').map(Number) as [number, number]
  return of === 12 ? `${year + 1}-01` : `${year}-${String(of + 1).padStart(2, '0')}`
}

/** Whole fen as yuan with two decimals. */
export const yuan = (fen: number): string => (fen / 100).toFixed(2)

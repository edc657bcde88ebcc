// Holds what a city has taken on one day against what we hold of it, case by case.

import type { Fault } from '../domain/fault.ts'
import type { CityBackend } from '../domain/delivery.ts'
import type {
  DeliveredLeg,
  Difference,
  DifferenceKind,
  Ledger,
  ListedCase,
  Reconciliation,
  TimeRange,
} from '../domain/reconciliation.ts'
import { beijingDay, DAY_MS, dayRange } from './beijing-day.ts'
import { hasOldestBefore, readLegs } from './delivered-legs.ts'
import type { Parts } from './parts.ts'

const PAGE = 100
/** A bound on what one day of one city may hold here. */
const PAGES_MAX = 2000
/** So many differences are kept by name; of more, the number alone. */
const SHOWN_MAX = 200
/** A case may be numbered a while after it has arrived, on the other side of midnight too. */
const NUMBERED_WITHIN_MS = 3_600_000
/** What was taken just now may still be on its way into our own books. */
const UNDER_WAY_MS = 300_000
/** Applications that were filed longer before they arrived are left out: the list asked for would have no end. */
const FILED_DAYS_MAX = 31

type ReconcileParts = Pick<Parts, 'catalogue' | 'cities' | 'clock' | 'store'>

/**
 * Asks and compares; keeps nothing. Never rejects but for a store that cannot be read. `failed` says that the city could not be
 * asked to the end: nothing is known then.
 */
export async function compareDay(
  parts: ReconcileParts,
  backend: CityBackend & { readonly ledger: Ledger },
  day: string,
): Promise<Reconciliation> {
  const beganAt = parts.clock.now()
  const head = { city: backend.city, backend: backend.key, day, beganAt }
  const range = dayRange(day)
  const ours = await readLegs(parts, backend, { from: range.from, until: Math.min(range.until, beganAt) })
  const recent = ours.filter(({ begunAt }) => begunAt >= range.from - FILED_DAYS_MAX * DAY_MS)
  const oldest = Math.min(range.from, ...recent.map(({ begunAt }) => begunAt))
  const asked = { from: wholeHour(oldest), until: Math.min(range.until + NUMBERED_WITHIN_MS, beganAt + 1000) }
  const listed = await readLedger(backend.ledger, asked)
  if (listed.kind === 'failed') {
    const nothing = { here: ours.length, there: 0, agreed: 0, differing: 0, differences: [] }
    return { ...head, ...nothing, endedAt: parts.clock.now(), outcome: 'failed', faultCode: listed.faultCode }
  }
  const found = await differencesOf(parts, backend, { ours: recent, listed, range, now: beganAt })
  return {
    ...head,
    endedAt: parts.clock.now(),
    outcome: found.differences.length === 0 ? 'agrees' : 'differs',
    faultCode: null,
    here: recent.length,
    there: found.there,
    agreed: found.agreed,
    differing: found.differences.length,
    differences: found.differences.slice(0, SHOWN_MAX),
  }
}

interface Listed {
  readonly kind: 'listed'
  readonly total: number
  readonly cases: readonly ListedCase[]
}

async function readLedger(
  ledger: Ledger,
  range: TimeRange,
): Promise<Listed | { readonly kind: 'failed'; readonly faultCode: string }> {
  const cases: ListedCase[] = []
  let cursor: string | null = null
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const fetched = await ledger.fetch(range, cursor, PAGE)
    if (fetched.kind === 'failed') return fetched
    const { total, next, cases: some }: typeof fetched.page = fetched.page
    cases.push(...some)
    if (next === null) return { kind: 'listed', total, cases }
    cursor = next
  }
  return { kind: 'failed', faultCode: 'CITY_ANSWER_TOO_LARGE' satisfies Fault['code'] }
}

interface Books {
  readonly ours: readonly DeliveredLeg[]
  readonly listed: Listed
  readonly range: TimeRange
  readonly now: number
}

interface Compared {
  readonly there: number
  readonly agreed: number
  readonly differences: readonly Difference[]
}

async function differencesOf(parts: ReconcileParts, backend: CityBackend, books: Books): Promise<Compared> {
  const { listed, range, now } = books
  const ours = new Map(books.ours.map((leg) => [`${leg.caseNo}.${leg.leg}`, leg]))
  const isOfDay = ({ takenAt }: ListedCase): boolean => takenAt >= range.from && takenAt < range.until
  const differences: Difference[] = []
  const theirs = new Map<string, ListedCase>()
  for (const one of listed.cases) {
    const before = theirs.get(one.reference)
    if (before === undefined) theirs.set(one.reference, one)
    else if (ours.has(one.reference) || isOfDay(one)) {
      differences.push(difference('listed-twice', one.reference, before.backendCaseNo, one.backendCaseNo))
    }
  }

  let there = 0
  let agreed = 0
  for (const one of theirs.values()) {
    const leg = ours.get(one.reference)
    if (isOfDay(one)) there += 1
    else if (leg === undefined) continue // of another day, with which it is compared
    const differing = leg === undefined ? await judgeStranger(parts, backend, one, now) : judgeNumber(leg, one)
    if (differing !== null) differences.push(differing)
    else if (leg !== undefined) agreed += 1
  }
  for (const [reference, leg] of ours) {
    if (theirs.has(reference) || isYetToBeNumbered(leg, now)) continue
    differences.push(difference('missing-there', reference, leg.backendCaseNo, null))
  }
  if (listed.total !== listed.cases.length) {
    differences.push(difference('miscounted', null, String(listed.cases.length), String(listed.total)))
  }
  return { there, agreed, differences }
}

const difference = (
  kind: DifferenceKind,
  reference: string | null,
  here: string | null,
  there: string | null,
): Difference => ({ kind, reference, here, there })

/** A number that has not been told to us yet is none that differs. */
function judgeNumber(leg: Pick<DeliveredLeg, 'backendCaseNo'>, listed: ListedCase): Difference | null {
  const { backendCaseNo: here } = leg
  return here === null || here === listed.backendCaseNo
    ? null
    : difference('other-number', listed.reference, here, listed.backendCaseNo)
}

/** Taken there on the day, but not delivered on it by our books: on another day, not yet, or never sent at all. */
async function judgeStranger(
  { store }: ReconcileParts,
  { city }: CityBackend,
  listed: ListedCase,
  now: number,
): Promise<Difference | null> {
  const { reference, backendCaseNo: there } = listed
  const [, caseNo = '', leg = ''] = /^([^.]+)\.(.+)$/.exec(reference) ?? []
  const found = caseNo === '' ? null : await store.findDelivery(caseNo, leg, 0)
  if (found === null || found.delivery.city !== city) return difference('unknown-here', reference, null, there)
  const { state, backendCaseNo: here } = found.delivery
  if (state === 'delivered') return judgeNumber({ backendCaseNo: here }, listed)
  if (now - listed.takenAt < UNDER_WAY_MS && state !== 'stuck') return null
  return difference('not-delivered-here', reference, here, there)
}

/** An asynchronous city lists a case once it has numbered it. */
function isYetToBeNumbered({ backendCaseNo, deliveredAt }: DeliveredLeg, now: number): boolean {
  return backendCaseNo === null && now - deliveredAt < NUMBERED_WITHIN_MS
}

const wholeHour = (time: number): number => Math.floor(time / 3_600_000) * 3_600_000

/**
 * The day that is to be compared by now, once `hour` of Beijing has come: yesterday. Null before that hour, and where the first
 * record of this gateway is no older than that day: what it has never served it has no books of.
 */
export async function dueDay(parts: Pick<Parts, 'store'>, now: number, hour: number): Promise<string | null> {
  const today = beijingDay(now)
  if (now < dayRange(today).from + hour * 3_600_000) return null
  const yesterday = beijingDay(dayRange(today).from - 1)
  return (await hasOldestBefore(parts.store, dayRange(yesterday).until)) ? yesterday : null
}

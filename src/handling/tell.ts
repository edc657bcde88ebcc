// News of the hall (登记进展): what is decided where it was taken leaves no city to tell of it, so the hall says how it goes on.

import type { Caller, Handled } from '../domain/caller.ts'
import type { CaseRecord, LegView } from '../domain/case-record.ts'
import type { CaseState, Reason } from '../domain/delivery.ts'
import { Fault, type FieldError } from '../domain/fault.ts'
import { currentLegs } from '../domain/leg-place.ts'
import type { CaseResult, HallNews } from '../domain/news.ts'
import { mayTellNews } from '../identity/rights.ts'
import { perform, type Asking } from './acts.ts'
import { placeOf } from './legs.ts'
import { membersOf } from './members.ts'
import type { Parts } from './parts.ts'
import { cityTellsItself } from './refusals.ts'
import {
  AT_WRONG,
  BACKEND_CASE_NO,
  MEMBERS,
  NUMBER_MISSING,
  OFFICE,
  REASONS,
  REASONS_NOT_TAKEN,
  REMARK,
  RESULTS,
  RESULTS_NOT_TAKEN,
  STATE,
} from './tell-errors.ts'

/** What a hall may tell. A withdrawal is an act of its own, and to nobody else can it be returned. */
export const HALL_TELLS = [
  'accepted',
  'refused',
  'correction-required',
  'in-review',
  'suspended',
  'approved',
  'rejected',
  'completed',
  'delivered',
  'lapsed',
  'aborted',
] as const satisfies readonly CaseState[]
/** What has to be said with the reasons for it. */
const WITH_REASONS: ReadonlySet<CaseState> = new Set([
  'refused',
  'correction-required',
  'suspended',
  'rejected',
  'aborted',
])
const WITH_RESULTS: ReadonlySet<CaseState> = new Set(['approved', 'completed', 'delivered'])

export const OFFICE_CHARACTERS_MAX = 60
export const TEXT_CHARACTERS_MAX = 500
export const ENTRIES_MAX = 20
/** Numbers as offices write them, brackets and Chinese characters included: no spaces, nothing invisible. */
export const NUMBER_PATTERN = '^[^\\s\\p{C}]{1,64}$'
export const CODE_PATTERN = '^[a-z0-9][a-z0-9-]{0,39}$'
const NUMBER = new RegExp(NUMBER_PATTERN, 'u')
const CODE = new RegExp(CODE_PATTERN)
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/

/**
 * Takes `{ state, office, backendCaseNo?, at?, reasons?, results?, remark? }` about the leg that is decided where it was taken, and
 * moves it as news of its city would: nothing is sent. Throws what `perform` throws, FORM_INVALID, or CASE_STATE_REFUSES where the
 * table of states does not have it and where the case is with a city that tells itself.
 */
export async function tell(parts: Parts, caller: Caller, asking: Asking): Promise<Handled> {
  mayTellNews(caller.principal)
  return perform(parts, caller, asking, (record, item) => {
    const leg = currentLegs(record.legs).find(({ delivery }) => delivery === 'local')
    if (leg === undefined) throw new Fault('CASE_STATE_REFUSES', { caseNo: record.caseNo, detail: cityTellsItself })
    const news = newsOf(asking.received.value, record, leg, parts.clock.now())
    const place = placeOf(item, [], leg.leg)
    return { act: { kind: 'news', leg: leg.leg, place, news }, call: null, city: null }
  })
}

function newsOf(value: unknown, record: CaseRecord, leg: LegView, now: number): HallNews {
  const { members, errors } = membersOf(value, MEMBERS)
  const state = HALL_TELLS.find((one) => one === members['state'])
  if (state === undefined) errors.push(STATE)
  const office = textOf(members['office'], OFFICE_CHARACTERS_MAX)
  if (office === null) errors.push(OFFICE)
  const remark = members['remark'] === undefined ? null : textOf(members['remark'], TEXT_CHARACTERS_MAX)
  if (members['remark'] !== undefined && remark === null) errors.push(REMARK)
  const at = timeOf(members['at'], record, leg, now, errors)
  const backendCaseNo = numberOf(members['backendCaseNo'], state, leg, errors)
  const reasons = reasonsOf(members['reasons'], state, errors)
  const results = resultsOf(members['results'], state, errors)
  if (errors.length > 0 || state === undefined || office === null) throw new Fault('FORM_INVALID', { errors })
  return { state, office, remark, at, backendCaseNo, reasons, results, cityStatus: state }
}

function textOf(value: unknown, charactersMax: number): string | null {
  return typeof value === 'string' && value.trim() !== '' && value.length <= charactersMax ? value.trim() : null
}

/** When it happened: now, or since what was told before, so that the clocks of the case are counted from the day that holds. */
function timeOf(
  value: unknown,
  { filedAt, news }: CaseRecord,
  leg: LegView,
  now: number,
  errors: FieldError[],
): number {
  if (value === undefined) return now
  const at = typeof value === 'string' && MOMENT.test(value) ? Date.parse(value) : Number.NaN
  const since = Math.max(filedAt, ...news.filter((told) => told.leg === leg.leg).map((told) => told.at))
  if (!(since <= at && at <= now)) errors.push(AT_WRONG)
  return at
}

function numberOf(
  value: unknown,
  state: CaseState | undefined,
  { backendCaseNo: known }: LegView,
  errors: FieldError[],
): string | null {
  if (value === undefined) {
    if (state === 'accepted' && known === null) errors.push(NUMBER_MISSING)
    return null
  }
  if (typeof value === 'string' && NUMBER.test(value)) return value
  errors.push(BACKEND_CASE_NO)
  return null
}

function reasonsOf(value: unknown, state: CaseState | undefined, errors: FieldError[]): readonly Reason[] {
  const isAsked = state !== undefined && WITH_REASONS.has(state)
  if (value === undefined && !isAsked) return []
  if (state !== undefined && !isAsked) errors.push(REASONS_NOT_TAKEN)
  const messages = entriesOf(value).map((one) => textOf(one, TEXT_CHARACTERS_MAX))
  if (messages.length === 0 || messages.includes(null)) errors.push(REASONS)
  return messages.map((message) => ({ code: '', message: message ?? '' }))
}

function resultsOf(value: unknown, state: CaseState | undefined, errors: FieldError[]): readonly CaseResult[] {
  if (value === undefined) return []
  if (state !== undefined && !WITH_RESULTS.has(state)) errors.push(RESULTS_NOT_TAKEN)
  const results = entriesOf(value).map(resultOf)
  const codes = new Set(results.map((result) => result?.code))
  if (results.length === 0 || results.includes(null) || codes.size !== results.length) errors.push(RESULTS)
  return results.flatMap((result) => result ?? [])
}

function resultOf(value: unknown): CaseResult | null {
  const { members, errors } = membersOf(value, ['code', 'name', 'number'])
  const { code, number } = members
  const name = textOf(members['name'], OFFICE_CHARACTERS_MAX)
  if (errors.length > 0 || name === null || typeof code !== 'string' || typeof number !== 'string') return null
  return CODE.test(code) && NUMBER.test(number) ? { code, name, number } : null
}

/** None for what is no list, or too long a one. */
function entriesOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) && value.length <= ENTRIES_MAX ? (value as readonly unknown[]) : []
}

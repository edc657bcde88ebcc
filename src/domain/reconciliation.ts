// What a city holds of one day against what we hold: the words of the daily reconciliation (对账).

import type { RecordDraft } from './audit.ts'
import type { FaultCode } from './fault.ts'
import type { DeliveryState } from './delivery.ts'
import type { Page } from './store.ts'
import type { CityKey } from './words.ts'

/** From `from` on, before `until`, in milliseconds since 1970. */
export interface TimeRange {
  readonly from: number
  readonly until: number
}

/** One case of ours that a city says it has, whatever became of it since. */
export interface ListedCase {
  /** Ours: `<caseNo>.<leg>`. */
  readonly reference: string
  readonly backendCaseNo: string
  /** When the city took it, by its own clock; some cities know whole seconds only. */
  readonly takenAt: number
}

export interface LedgerPage {
  /** How many the city says that there are in the whole range. */
  readonly total: number
  readonly cases: readonly ListedCase[]
  /** To be given for what comes after; null at the end. */
  readonly next: string | null
}

export type LedgerFetch =
  { readonly kind: 'page'; readonly page: LedgerPage } | { readonly kind: 'failed'; readonly faultCode: FaultCode }

/** Asks a city which cases it has taken from us within a time, oldest first. */
export interface Ledger {
  /** At most `limit` (1 to 100) after `cursor` (null = from the beginning). Never rejects. */
  fetch(range: TimeRange, cursor: string | null, limit: number): Promise<LedgerFetch>
}

/** A leg whose application we hold to have arrived. */
export interface DeliveredLeg {
  readonly caseNo: string
  readonly leg: string
  readonly item: string
  readonly backendCaseNo: string | null
  /** How its delivery stands now. */
  readonly state: DeliveryState
  /** When it was filed, or its leg began: the city cannot have taken it before. */
  readonly begunAt: number
  readonly deliveredAt: number
}

export interface DeliveredFilter extends TimeRange {
  readonly city: CityKey
  readonly limit: number
  /** Position after which to go on. */
  readonly after?: number
}

/**
 * missing-there: we hold that the city has it, and the city does not list it. unknown-here: the city lists what we have never
 * sent it. not-delivered-here: the city lists what we do not hold to have arrived. other-number: both have it, under different
 * numbers. listed-twice: the city lists one reference more than once. miscounted: the city says another number of cases than it lists.
 */
export const DIFFERENCES = [
  'missing-there',
  'unknown-here',
  'not-delivered-here',
  'other-number',
  'listed-twice',
  'miscounted',
] as const
export type DifferenceKind = (typeof DIFFERENCES)[number]

/** Numbers of cities are their own words: kept encrypted, shown to operators. */
export interface Difference {
  readonly kind: DifferenceKind
  /** Ours; null where it is about no single case. */
  readonly reference: string | null
  /** The city's number as we have it, or how many we count; null where we have none. */
  readonly here: string | null
  /** The same as the city has it. */
  readonly there: string | null
}

/** failed: the city could not be asked, or not to the end; nothing is known then. */
export const RECONCILED = ['agrees', 'differs', 'failed'] as const

export interface Reconciliation {
  readonly city: CityKey
  readonly backend: string
  /** Of Beijing, `YYYY-MM-DD`. */
  readonly day: string
  readonly beganAt: number
  readonly endedAt: number
  readonly outcome: (typeof RECONCILED)[number]
  /** Of one that failed. */
  readonly faultCode: string | null
  /** Applications that arrived on that day by our books. */
  readonly here: number
  /** Cases that the city took on that day by its own. */
  readonly there: number
  /** Of ours, how many both have under one number. */
  readonly agreed: number
  readonly differing: number
  /** The first of them. */
  readonly differences: readonly Difference[]
}

export interface ReconciliationFilter {
  readonly city?: CityKey
  readonly outcome?: Reconciliation['outcome']
  readonly limit: number
  readonly after?: number
}

/** Reconciliations as they are kept: of one backend and day the newest alone. */
export interface ReconciliationStore {
  /** Legs of a city whose application has arrived within the range, in the order in which that became known. */
  deliveredLegs(filter: DeliveredFilter): Promise<Page<DeliveredLeg>>
  /** In the place of an earlier one of the same backend and day, with its record. */
  keepReconciliation(reconciliation: Reconciliation, record: RecordDraft): Promise<void>
  /** The newest day first. */
  listReconciliations(filter: ReconciliationFilter): Promise<Page<Reconciliation>>
  /** Of each backend the newest day that could be compared, without its differences. */
  reconciliationStandings(): Promise<readonly ReconciliationStanding[]>
}

export type ReconciliationStanding = Pick<Reconciliation, 'city' | 'backend' | 'day' | 'differing'>

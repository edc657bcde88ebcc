// Deliveries that are not at rest, as operators see them, and what an operator may decide about one.

import type { RecordDraft } from './audit.ts'
import type { DeliveryState } from './delivery.ts'
import type { LegPlace, PlannedLeg } from './leg-place.ts'
import type { IdempotencyKey, Repeat } from './store.ts'
import type { CityKey } from './words.ts'

export const OPEN_STATES = ['sending', 'stored', 'unconfirmed', 'stuck'] as const satisfies readonly DeliveryState[]
export const MESSAGE_KINDS = ['application', 'correction', 'withdrawal'] as const

/**
 * redrive: try again at once; what may have arrived is asked about first, or sent again where the city takes it once.
 * mark-delivered: the city's staff have said that they have it. give-up: it is not going to be sent any more.
 */
export const DELIVERY_ACTS = ['redrive', 'mark-delivered', 'give-up'] as const
export type DeliveryAct = (typeof DELIVERY_ACTS)[number]

/** Why a message was given up, for those who see the case: what the operator typed is not for them. */
export const GIVE_UP_CLASSES = ['city-cannot-take-it', 'handled-otherwise', 'filed-twice', 'other'] as const
export type GiveUpClass = (typeof GIVE_UP_CLASSES)[number]

/** One message to a city. Holds nothing personal. */
export interface OpenDelivery {
  readonly caseNo: string
  readonly item: string
  readonly leg: string
  /** Of the message within the leg: 0 = the application. */
  readonly messageNo: number
  readonly city: CityKey
  readonly kind: (typeof MESSAGE_KINDS)[number]
  readonly state: DeliveryState
  /** When it was taken, or its leg began. */
  readonly since: number
  readonly lastAttemptAt: number | null
  readonly attempts: number
  readonly faultCode: string | null
  readonly nextAt: number | null
  /** The city's own number of the leg, as far as it is known. */
  readonly backendCaseNo: string | null
  /** False only where it is proven that the city does not have it. */
  readonly mayHaveArrived: boolean
  /** Until when somebody works on it under a lease; null = nobody does. */
  readonly atWorkUntil: number | null
  /** Nothing of its leg that came earlier is still to be brought. */
  readonly isNext: boolean
}

/** A delivery with what must be known to judge what follows from it. */
export interface FoundDelivery {
  readonly delivery: OpenDelivery
  readonly legs: readonly PlannedLeg[]
}

export interface DeliveryFilter {
  readonly state?: (typeof OPEN_STATES)[number]
  readonly city?: CityKey
  readonly limit: number
  /** Position after which to go on; the oldest case comes first. */
  readonly after?: number
}

export interface DeliveryDecision {
  readonly key: IdempotencyKey
  readonly caseNo: string
  readonly leg: string
  readonly messageNo: number
  readonly act: DeliveryAct
  readonly at: number
  /** The state that the operator saw: in another one nothing is done. Null = whatever it is. */
  readonly seen: DeliveryState | null
  /** Of mark-delivered: the city's own number. */
  readonly backendCaseNo: string | null
  /** Of give-up: shown with the case. */
  readonly shown: { readonly code: GiveUpClass; readonly message: string } | null
  /** Kept encrypted: who decided, and why in own words. */
  readonly words: { readonly by: string; readonly reason: string }
  /** What follows where the leg moves. */
  readonly place: LegPlace
  readonly record: RecordDraft
}

/**
 * unknown: there is no such message. at-work: somebody holds its lease. not-now: its state, or what the operator saw, does not
 * allow it. Nothing was changed then.
 */
export type DeliveryDecided =
  | { readonly kind: 'repeated'; readonly repeat: Repeat }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'at-work'; readonly until: number }
  | { readonly kind: 'not-now'; readonly state: DeliveryState }
  | { readonly kind: 'decided'; readonly delivery: OpenDelivery }

/** What may be decided about a message that nobody works on at this moment, whatever its city can do. */
export function actsOn({ state, isNext }: Pick<OpenDelivery, 'state' | 'isNext'>): readonly DeliveryAct[] {
  switch (state) {
    case 'stuck':
    case 'stored':
      return isNext ? ['redrive', 'mark-delivered', 'give-up'] : ['give-up']
    // A lease that has run out while it was being sent: it may have arrived.
    case 'sending':
    case 'unconfirmed':
      return isNext ? ['redrive', 'mark-delivered'] : []
    case 'delivered':
    case 'refused':
    case 'cancelled':
    case 'given-up':
      return []
  }
}

// A case as it is kept and shown: its legs, what happened to it, what cities told of it and what people did with it.

import type { Act, Mailing, Rating } from './acts.ts'
import type { Doer, DocumentKind, StateEvent } from './case-states.ts'
import type { CaseState, DeliveryState, Reason } from './delivery.ts'
import type { CityNews } from './news.ts'
import type { NewCase, NewsKept } from './store.ts'
import type { SubmissionBody } from './submission.ts'
import type { CityKey } from './words.ts'

export interface LegView {
  readonly leg: string
  readonly city: CityKey
  /** How far it has come by what its city has told. */
  readonly state: CaseState
  /** `waiting` = the leg before has not been taken by its city yet. `local` = decided where it was taken, nothing is sent. */
  readonly delivery: DeliveryState | 'waiting' | 'local'
  readonly backendCaseNo: string | null
  readonly cityStatus: string | null
  readonly reasons: readonly Reason[]
  readonly attempts: number
  readonly faultCode: string | null
  readonly nextAt: number | null
}

/** What became of messages after the application, and of papers beside it. */
export const MESSAGE_EVENTS = [
  'correction-filed',
  'correction-taken',
  'correction-refused',
  'correction-cancelled',
  'correction-given-up',
  'withdrawal-filed',
  'withdrawal-refused',
  'withdrawal-cancelled',
  'withdrawal-given-up',
  'papers-mailed',
] as const
export type MessageEvent = (typeof MESSAGE_EVENTS)[number]

/** Something that happened to a case, in the order in which we learned of it. */
export interface CaseEvent {
  readonly at: number
  readonly event: 'filed' | DeliveryState | StateEvent | MessageEvent
  readonly leg: string
  readonly city: CityKey
  readonly by: Doer
  /** Of a clerk, or the hall that has told what its city did. */
  readonly hall: string | null
  /** Where the leg stands since; null where the event moves nothing but a delivery. */
  readonly state: CaseState | null
  readonly document: DocumentKind | null
}

/** What a city told of a leg, in the order in which it happened there. */
export interface CaseNews extends Omit<CityNews, 'id' | 'reference' | 'backendCaseNo' | 'order'> {
  readonly leg: string
  readonly city: CityKey
  readonly receivedAt: number
  readonly kept: Extract<NewsKept, 'new' | 'older' | 'illegal'>
}

/** An act as the history shows it, with the messages that carry it. */
export interface ActView {
  readonly kind: Act['kind']
  readonly at: number
  readonly by: 'clerk' | 'resident'
  readonly hall: string | null
  readonly leg: string | null
  readonly correctionNo: number | null
  readonly schemaDigest: string | null
  readonly configVersion: string
  readonly reason: string | null
  readonly rating: Rating | null
  readonly mailing: Mailing | null
  /** Of a correction: the version that it has brought. */
  readonly body: SubmissionBody | null
  readonly messages: readonly Omit<LegView, 'state' | 'backendCaseNo'>[]
}

export interface CaseRecord extends Omit<NewCase, 'subjectKeys' | 'legs'> {
  readonly updatedAt: number
  readonly legs: readonly LegView[]
  readonly events: readonly CaseEvent[]
  readonly news: readonly CaseNews[]
  readonly acts: readonly ActView[]
}

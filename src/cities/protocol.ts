// What a city's protocol must be able to do. A protocol is pure: a message in, bytes out; bytes in, an answer out.

import type {
  CaseState,
  CityMessage,
  CorrectionAnswer,
  CorrectionMessage,
  DeliverAnswer,
  EnquiryAnswer,
  MaterialAnswer,
  MaterialMessage,
  QueryAnswer,
  ResultAnswer,
  ResultMessage,
  WithdrawalAnswer,
  WithdrawalMessage,
} from '../domain/delivery.ts'
import type { Fault, FaultCode } from '../domain/fault.ts'
import type { CityCall, CityNews, CityReply, NewsPage } from '../domain/news.ts'
import type { LedgerPage, TimeRange } from '../domain/reconciliation.ts'
import type { WireAnswer, WireRequest } from './wire.ts'

/** When a request is made, and what it is signed with. */
export interface Stamp {
  /** Milliseconds since 1970; of this attempt, unlike `takenAt` of the message. */
  readonly now: number
  /** The key or secret of the moment. */
  readonly secret: Buffer
}

/**
 * answer: the city answered what was asked. not-done: a city in good health did not carry out this call, and says why;
 * `sent` is what its wire document proves, `renewSecret` that a new secret may help, `cityTime` what the city says that its clock
 * shows (milliseconds since 1970), null where it does not say.
 */
export type Reading<Answer> =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | {
      readonly kind: 'not-done'
      readonly sent: 'no' | 'maybe'
      readonly code: FaultCode
      readonly renewSecret: boolean
      readonly cityTime: number | null
    }

/**
 * The reading half throws nothing but Fault, whatever the bytes: CITY_ERROR (the city says that it is broken), CITY_GARBLED
 * (this is not its protocol) or CITY_ANSWER_UNSIGNED (anybody may have said it). Each means that the message may have taken effect
 * and that the city is unwell.
 */
export type Protocol = ProtocolOfApplications & Corrections & Withdrawals & Materials

interface ProtocolOfApplications {
  readonly canEnquire: boolean
  /** Names of the headers, in lower case, that it sends beside the common ones. */
  readonly headers: readonly string[]
  /** Null where the key in the file signs by itself; else how a signing secret is fetched with it. */
  readonly secret: SecretFetch | null
  readonly health: (stamp: Stamp) => WireRequest
  readonly readHealth: (answer: WireAnswer) => Reading<true>
  readonly query: (message: CityMessage, stamp: Stamp) => WireRequest
  readonly readQuery: (message: CityMessage, answer: WireAnswer) => Reading<QueryAnswer>
  readonly deliver: (message: CityMessage, stamp: Stamp) => WireRequest
  readonly readDeliver: (message: CityMessage, answer: WireAnswer) => Reading<DeliverAnswer>
  readonly enquire: (message: CityMessage, stamp: Stamp) => WireRequest
  readonly readEnquiry: (message: CityMessage, answer: WireAnswer) => Reading<EnquiryAnswer>
  /** Null where the city tells nothing of a case. */
  readonly news: NewsPolling | NewsCallback | null
  /** Null where the city cannot be asked what it has taken from us. */
  readonly ledger: CaseLedger | null
  /** Null where the city does not give out the files of results. */
  readonly results: ResultFetch | null
}

type Corrections =
  | {
      readonly correct: (message: CorrectionMessage, stamp: Stamp) => WireRequest
      readonly readCorrection: (message: CorrectionMessage, answer: WireAnswer) => Reading<CorrectionAnswer>
    }
  | { readonly correct: null; readonly readCorrection: null }

type Withdrawals =
  | {
      readonly withdraw: (message: WithdrawalMessage, stamp: Stamp) => WireRequest
      readonly readWithdrawal: (message: WithdrawalMessage, answer: WireAnswer) => Reading<WithdrawalAnswer>
    }
  | { readonly withdraw: null; readonly readWithdrawal: null }

/** Uploaded files: each in a message of its own, or by an address in the application that the city fetches it from. */
type Materials =
  | {
      readonly linksMaterials: false
      readonly handOver: (message: MaterialMessage, stamp: Stamp) => WireRequest
      readonly readHandOver: (message: MaterialMessage, answer: WireAnswer) => Reading<MaterialAnswer>
    }
  | { readonly linksMaterials: boolean; readonly handOver: null; readonly readHandOver: null }

/** News that the city is asked for. */
export interface NewsPolling {
  readonly kind: 'poll'
  /** `cursor`: null at first, then the `next` of the page before. `limit`: 1 to 100. */
  readonly request: (cursor: string | null, limit: number, stamp: Stamp) => WireRequest
  readonly read: (answer: WireAnswer) => Reading<NewsPage>
}

/** What the city has taken from us, asked for by time. */
export interface CaseLedger {
  /** `cursor`: null at first, then the `next` of the page before. `limit`: 1 to 100. */
  readonly request: (range: TimeRange, cursor: string | null, limit: number, stamp: Stamp) => WireRequest
  readonly read: (answer: WireAnswer) => Reading<LedgerPage>
}

/** The file of a certificate or letter. */
export interface ResultFetch {
  readonly request: (message: ResultMessage, stamp: Stamp) => WireRequest
  readonly read: (answer: WireAnswer) => Reading<ResultAnswer>
}

/** News that the city calls us with. */
export interface NewsCallback {
  readonly kind: 'callback'
  /**
   * `stamp.secret` is the key that the city signs with. Throws nothing but Fault CITY_EVENT_UNSIGNED (signature, key or time),
   * CITY_EVENT_STALE (signed, but out of its time or heard before) or CITY_EVENT_MALFORMED, whatever came.
   */
  readonly read: (call: CityCall, stamp: Stamp) => CityNews
  readonly acknowledge: (call: CityCall, stamp: Stamp) => CityReply
  readonly refuse: (call: CityCall, stamp: Stamp, status: number, code: string) => CityReply
}

export interface SecretFetch {
  /** `stamp.secret` is the long-lived key. */
  readonly request: (stamp: Stamp) => WireRequest
  /** `stamp`: that of the request which is answered. */
  readonly read: (answer: WireAnswer, stamp: Stamp) => Reading<FetchedSecret>
}

export interface FetchedSecret {
  readonly secret: Buffer
  /** In milliseconds since 1970, by our clock where the city tells how long it lasts, else by the city's. */
  readonly endsAt: number
}

/** Their status → our case state. */
export type StatusTable = Readonly<Record<string, CaseState>>

/**
 * The state of a case that a city has taken. A status that the table does not name still is a status of a case that exists:
 * the case is at least pre-accepted, and the city's own word is kept beside it.
 */
export function stateOf(statuses: StatusTable, theirs: string): CaseState {
  return Object.hasOwn(statuses, theirs) ? (statuses[theirs] ?? 'pre-accepted') : 'pre-accepted'
}

export function answered<Answer>(answer: Answer): Reading<Answer> {
  return { kind: 'answer', answer }
}

export function notDone(code: FaultCode, sent: 'no' | 'maybe' = 'no', renewSecret = false): Reading<never> {
  return { kind: 'not-done', sent, code, renewSecret, cityTime: null }
}

/** The city refuses the call for its time, and says its own. */
export function clocksApart(cityTime: number | null): Reading<never> {
  return { kind: 'not-done', sent: 'no', code: 'CITY_SIGNATURE_REFUSED', renewSecret: false, cityTime }
}

const UNWELL: ReadonlySet<FaultCode> = new Set([
  'CITY_UNREACHABLE',
  'CITY_CERTIFICATE_INVALID',
  'CITY_TIMEOUT',
  'CITY_RESET',
  'CITY_ERROR',
  'CITY_GARBLED',
  'CITY_ANSWER_UNSIGNED',
  'CITY_ANSWER_TOO_LARGE',
] as const)

/** Whether a fault says that the city is unwell; only such faults are told to the breaker. */
export function saysUnwell(fault: Fault): boolean {
  return UNWELL.has(fault.code)
}

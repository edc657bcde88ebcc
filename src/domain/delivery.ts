// What became of a message to a city: the answer's kinds, the states of a delivery and of a case.

import type { Fault } from './fault.ts'
import type { Item, LegRule } from './item.ts'
import type { LineHold, LineView } from './line.ts'
import type { CaseResult, NewsChannel } from './news.ts'
import type { Ledger } from './reconciliation.ts'
import type { SubmissionBody } from './submission.ts'
import type { CityKey } from './words.ts'

/**
 * sending: under a lease, written before the first byte leaves. delivered: the city has it, its number may come later.
 * refused: the city said no, which is an answer. stored: provably not sent, the courier will.
 * unconfirmed: it may or may not have arrived, the courier enquires, or sends it again where that is safe. stuck: a person decides.
 * cancelled: taken back before anything of it was sent. given-up: an operator has decided that it is not going to be sent any more.
 */
export const DELIVERY_STATES = [
  'sending',
  'delivered',
  'refused',
  'stored',
  'unconfirmed',
  'stuck',
  'cancelled',
  'given-up',
] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/**
 * collected: we hold it (收件). pre-accepted: the competent city has it and examines it (预受理). accepted: 受理. refused: 不予受理.
 * correction-required: 补正. in-review: 审查. suspended: a special procedure runs and the clock stands still (特别程序). approved: 准予.
 * rejected: 不予批准. completed: 办结. delivered: 送达. withdrawn: 撤回. returned: it belongs to another authority (退回).
 * lapsed: the correction never came (补正不来办结). aborted: 作废. case-states.ts says which follows which.
 */
export const CASE_STATES = [
  'collected',
  'pre-accepted',
  'accepted',
  'correction-required',
  'refused',
  'in-review',
  'suspended',
  'approved',
  'rejected',
  'completed',
  'delivered',
  'withdrawn',
  'returned',
  'lapsed',
  'aborted',
] as const
export type CaseState = (typeof CASE_STATES)[number]

/** Why a city said no, in its own words: may hold personal data, so it is shown to the caller and kept encrypted, nowhere else. */
export interface Reason {
  readonly code: string
  readonly message: string
}

/** Where a city that fetches files itself finds one of a message: good for this file alone, and without any other credential. */
export interface MaterialLink extends Pick<
  MaterialMessage['material'],
  'materialId' | 'name' | 'mediaType' | 'digest'
> {
  readonly sizeBytes: number
  /** Holds at least 128 bits that nobody can guess. */
  readonly url: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** What one message to a city is about. `reference` is ours and the same for every attempt: the case number and leg, or the query's id. */
export interface CityMessage {
  readonly item: Item
  readonly leg: LegRule
  readonly reference: string
  /** The number that the city of the leg before gave it; null for a first leg. */
  readonly relatedCaseNo: string | null
  /** What the leg before has yielded so far, by its city's news: a permit, a letter, with its number. Absent where that is nothing. */
  readonly relatedResults?: readonly CaseResult[]
  readonly body: SubmissionBody
  /** Of uploaded materials, for a city that fetches files itself; made anew for each attempt. */
  readonly links?: readonly MaterialLink[]
  /** When the submission was taken by us; the same for every attempt. */
  readonly takenAt: number
}

/** A new version of an application that the city has asked to be corrected (补正). */
export interface CorrectionMessage {
  readonly item: Item
  readonly leg: LegRule
  /** That of the application. */
  readonly reference: string
  /** The city's own number of the application; null where it has given none. */
  readonly backendCaseNo: string | null
  /** 1, 2, 3 … within the leg. The same number always carries the same content. */
  readonly correctionNo: number
  /** When the correction was taken by us; the same for every attempt. */
  readonly takenAt: number
  /** The whole new version: form and materials. */
  readonly body: SubmissionBody
  readonly links?: readonly MaterialLink[]
}

/** The applicant takes the application back (撤回). */
export interface WithdrawalMessage extends Pick<CorrectionMessage, 'item' | 'leg' | 'reference' | 'backendCaseNo'> {
  /** When the withdrawal was taken by us; the same for every attempt. */
  readonly takenAt: number
  /** In the applicant's own words, at most 200 characters. */
  readonly reason: string | null
}

/** An uploaded file that an application or a correction is going to name; it goes to the city before that. */
export interface MaterialMessage extends Pick<CityMessage, 'item' | 'leg' | 'reference'> {
  readonly material: {
    readonly code: string
    readonly materialId: string
    /** A file name made by us, in ASCII without anything that a file system minds, e.g. `id-card.pdf`. */
    readonly name: string
    readonly mediaType: 'application/pdf' | 'image/jpeg' | 'image/png'
    /** SHA-256 of the bytes, in hexadecimal. */
    readonly digest: string
    readonly bytes: Buffer
  }
}

/** Types in which cities give certificates out; OFD is GB/T 33190. */
export const RESULT_TYPES = ['application/pdf', 'application/ofd'] as const

/** The file of a result that a city has told of is asked for. */
export interface ResultMessage extends Pick<CorrectionMessage, 'item' | 'leg' | 'reference' | 'backendCaseNo'> {
  readonly result: CaseResult
}

/** not-provided: the city has it no more, or not as a file. `digest`: SHA-256 in Base64. */
export type ResultAnswer =
  | {
      readonly kind: 'file'
      readonly mediaType: (typeof RESULT_TYPES)[number]
      readonly digest: string
      readonly bytes: Buffer
    }
  | { readonly kind: 'not-provided' }

export type QueryAnswer =
  | { readonly kind: 'found'; readonly result: unknown }
  | { readonly kind: 'nothing-found' }
  | { readonly kind: 'refused'; readonly reasons: readonly Reason[] }

export type DeliverAnswer =
  | {
      readonly kind: 'taken'
      /** Null where the city has it, and will give a number later. */
      readonly backendCaseNo: string | null
      readonly cityStatus: string
      readonly state: CaseState
    }
  | { readonly kind: 'refused'; readonly reasons: readonly Reason[] }

/** `not-known` means only that the city does not know the reference yet; see `settlesAfterMs`. */
export type EnquiryAnswer = DeliverAnswer | { readonly kind: 'not-known' }

/** refused: it is too late, or the city does not wait for a correction of this kind. The same again is taken again. */
export type CorrectionAnswer =
  | { readonly kind: 'taken'; readonly cityStatus: string; readonly state: CaseState }
  | { readonly kind: 'refused'; readonly reasons: readonly Reason[] }

/** refused: it is too late, or not the applicant's to withdraw. The same again is withdrawn again. */
export type WithdrawalAnswer =
  | { readonly kind: 'withdrawn'; readonly cityStatus: string }
  | { readonly kind: 'refused'; readonly reasons: readonly Reason[] }

export type MaterialAnswer =
  { readonly kind: 'taken' } | { readonly kind: 'refused'; readonly reasons: readonly Reason[] }

/**
 * Sorted once, by the line. no: not a byte of the message left. maybe: it may have taken effect.
 * answered: the city answered in its protocol, `bytes` being the answer as it came.
 */
export type CallOutcome<Answer> =
  | { readonly sent: 'answered'; readonly answer: Answer; readonly bytes: Buffer }
  | { readonly sent: 'no'; readonly fault: Fault }
  | { readonly sent: 'maybe'; readonly fault: Fault }

export interface CallOptions {
  /** The caller waits, or the courier works off its backlog, or news are asked for: each has places that the others cannot take. */
  readonly share: 'caller' | 'courier' | 'news'
  /** Aborts a call. For queries, and for files, which are sent again; no other writing call is aborted when the caller goes away. */
  readonly signal?: AbortSignal
}

/** A city as handling/ sees it: its protocol, signature, line and breaker are behind these calls. None of them throws. */
export interface CityBackend {
  readonly city: CityKey
  /** Of this backend among the city's. */
  readonly key: string
  /** One deadline covers queue, connect, send, wait and body; a file has a longer one of its own. */
  readonly deadlineMs: number
  /** How long after a deadline a message may still take effect in the city. */
  readonly settlesAfterMs: number
  /** Whether the city can be asked about our reference; where not, an unconfirmed delivery becomes stuck. */
  readonly canEnquire: boolean
  /** Whether the same application may be sent again without harm. */
  readonly honoursReference: boolean
  /** False while the breaker is open or half-open. */
  isOpenForCalls(): boolean
  /** When the line closed last (clock.now()), for the courier's ramp; 0 if it never opened. */
  closedSince(): number
  query(message: CityMessage, options: CallOptions): Promise<CallOutcome<QueryAnswer>>
  deliver(message: CityMessage, options: CallOptions): Promise<CallOutcome<DeliverAnswer>>
  enquire(message: CityMessage, options: CallOptions): Promise<CallOutcome<EnquiryAnswer>>
  /**
   * Messages after the application are idempotent in every city: one without an answer may be sent again as it was.
   * `accepts` says which of them the city takes; the others end, unsent, with Fault CITY_MESSAGE_UNSUPPORTED.
   */
  correct(message: CorrectionMessage, options: CallOptions): Promise<CallOutcome<CorrectionAnswer>>
  withdraw(message: WithdrawalMessage, options: CallOptions): Promise<CallOutcome<WithdrawalAnswer>>
  handOver(message: MaterialMessage, options: CallOptions): Promise<CallOutcome<MaterialAnswer>>
  readonly accepts: {
    readonly corrections: boolean
    readonly withdrawals: boolean
    /** handed-over: each file in a message of its own. linked: the city fetches it from an address. Null: it takes no files. */
    readonly materials: 'handed-over' | 'linked' | null
  }
  /** How the city tells what happened to a case; null where it does not. */
  readonly news: NewsChannel | null
  /** What the city has taken from us, to be held against what we hold; null where it cannot be asked. */
  readonly ledger: Ledger | null
  /** Gives out the files of what cases have yielded; null where the city does not. Never rejects. */
  readonly results: {
    fetch(message: ResultMessage, options: CallOptions): Promise<CallOutcome<ResultAnswer>>
  } | null
}

/** Finds the backend that handles an item's domain in a city. Throws Fault CITY_UNKNOWN. */
export interface Cities {
  backend(city: CityKey, item: Item): CityBackend
  readonly all: readonly CityBackend[]
  /** The state of each line, in the order of the configuration. */
  lines(): readonly LineView[]
  /** Takes a line out of its breaker's hands, or gives it back with null. Null if there is no such line. */
  hold(city: CityKey, backend: string, hold: LineHold | null): LineView | null
}

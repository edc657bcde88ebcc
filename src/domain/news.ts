// What a city tells of a case that it has: one event, whether the city called us or we asked.

import type { CaseState, Reason } from './delivery.ts'

/** Something that a case has yielded: a permit, a letter, a certificate, with its number. */
export interface CaseResult {
  readonly code: string
  readonly name: string
  readonly number: string
}

/** What is to be paid, or was (支付信息): data alone, nothing is paid here. */
export interface CaseFee {
  /** 缴款单号, unique in the city. */
  readonly paymentNo: string
  /** What it is for. */
  readonly name: string
  /** 收费单位. */
  readonly payee: string
  /** In yuan, with two decimals. */
  readonly amountYuan: string
  /** When it was paid, in milliseconds since 1970; null while it is not. */
  readonly paidAt: number | null
}

/**
 * One event. Cities repeat them and send them in any order: `id` tells repetitions, `order` which of two is newer.
 * `remark`, `reasons` and `results` are the city's words and may hold personal data: shown to those who may see the case and
 * kept encrypted, nowhere else.
 */
export interface CityNews {
  /** The city's own id of the event, unique within the city. */
  readonly id: string
  /** Ours: `<caseNo>.<leg>`. */
  readonly reference: string
  /** Null where the city has given no number yet, or refused before it gave one. */
  readonly backendCaseNo: string | null
  /** Grows with each event of one reference: the city's sequence number, or the event's time in milliseconds. */
  readonly order: number
  /** When it happened by the city's clock, in milliseconds since 1970. */
  readonly at: number
  /** Theirs, as it came. */
  readonly cityStatus: string
  /** Ours, by the city's status table; null for a status that the table does not name: it is shown, and moves nothing. */
  readonly state: CaseState | null
  readonly remark: string | null
  /** Why it was refused, or what is to be corrected. */
  readonly reasons: readonly Reason[]
  readonly results: readonly CaseResult[]
  /** Absent where the city tells of none. */
  readonly fees?: readonly CaseFee[]
  /** Which office of the city has done it; absent where it is not said. */
  readonly office?: string
}

/** What the hall tells of a case that its own city decides where it was taken: news of that city, without a message. */
export type HallNews = Omit<CityNews, 'id' | 'reference' | 'order' | 'state' | 'fees'> & {
  readonly state: CaseState
  readonly office: string
}

/** News of a city that is asked, oldest first. */
export interface NewsPage {
  readonly news: readonly CityNews[]
  /** To be given for what comes after; never changes its meaning. Null: the one that was asked with is still good. */
  readonly next: string | null
  /** Whether the city holds more than this page. */
  readonly more: boolean
}

/** A city's own call to us, as it came. */
export interface CityCall {
  /** Names in lower case; a repeated header stands once, joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}

/** Our answer to it, in the city's own style. */
export interface CityReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** How a city's news reach us. */
export type NewsChannel =
  | {
      readonly kind: 'poll'
      /** Events after `cursor` (null = from the beginning), at most `limit`. Never rejects. */
      fetch(cursor: string | null, limit: number): Promise<NewsFetch>
    }
  | {
      readonly kind: 'callback'
      /** Throws Fault CITY_EVENT_UNSIGNED (not signed as agreed, or too old), CITY_EVENT_STALE or CITY_EVENT_MALFORMED. Keeps nothing but nonces. */
      read(call: CityCall): CityNews
      /** What the city takes for "you need not send it again". */
      acknowledge(call: CityCall): CityReply
      /** What it takes for a failure, ours or of its own call; `status` is the HTTP status that describes it best. */
      refuse(call: CityCall, status: number, code: string): CityReply
    }

export type NewsFetch =
  { readonly kind: 'page'; readonly page: NewsPage } | { readonly kind: 'failed'; readonly faultCode: string }

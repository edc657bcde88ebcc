// News of cases to the programs that are registered for them: what is to be told, to whom, and how far that has come.

import type { RecordDraft } from './audit.ts'
import type { CaseEvent } from './case-record.ts'
import type { FeedScope } from './feed.ts'

/** A registered program, as the configuration names it. */
export interface WebhookEndpoint {
  readonly key: string
  readonly address: string
  /** Of which cases it is told; null = of all. */
  readonly scope: FeedScope | null
  /** Of which events; an empty list = of all. */
  readonly events: readonly string[]
  /** What messages are signed with; more than one while a secret is being changed. */
  readonly secrets: readonly Buffer[]
}

/** A message that is to be brought. Its id stays the same however often it is sent. */
export interface WebhookMessage {
  readonly messageId: string
  readonly caseNo: string
  readonly item: string
  /** Of the event in the feed: later ones have higher numbers. */
  readonly position: number
  readonly event: CaseEvent
  /** So far. */
  readonly attempts: number
}

/** A message that was given up, until an operator sends it again. */
export interface DeadMessage extends WebhookMessage {
  readonly deadAt: number
  /** Why the last attempt failed. */
  readonly why: string
}

/**
 * How an attempt ended. taken: it is forgotten. later: it waits until `dueAt`. dead: it waits for an operator. gone: the program
 * wants nothing any more; the message stays, and the endpoint is disabled.
 */
export type WebhookSettled =
  | { readonly kind: 'taken' }
  | { readonly kind: 'later'; readonly dueAt: number; readonly why: string }
  | { readonly kind: 'dead'; readonly why: string; readonly record: RecordDraft }
  | { readonly kind: 'gone'; readonly record: RecordDraft }

export interface WebhookStanding {
  readonly endpoint: string
  /** Null = it is in use. */
  readonly disabledAt: number | null
  readonly waiting: number
  readonly oldestAt: number | null
  readonly dead: number
}

export interface WebhookStore {
  /** Up to where an endpoint's messages have been made. A new one begins at the end of the feed, and is told of nothing before. */
  webhookCursor(endpoint: string): Promise<number>
  /** Makes messages of events up to a position, once: a second call for the same events makes none. */
  makeWebhookMessages(
    endpoint: string,
    upTo: number,
    messages: readonly { readonly messageId: string; readonly position: number }[],
    now: number,
  ): Promise<void>
  /** Those that are due, oldest first: of each case the first that waits only. None of an endpoint that is disabled. */
  dueWebhookMessages(endpoint: string, now: number, limit: number): Promise<readonly WebhookMessage[]>
  settleWebhookMessage(messageId: string, settled: WebhookSettled, now: number): Promise<void>
  /** Sends again what was given up (null = all of it), and takes the endpoint into use again; resolves with how many there were. */
  redriveWebhook(
    endpoint: string,
    messageIds: readonly string[] | null,
    now: number,
    record: RecordDraft,
  ): Promise<number>
  webhookStandings(): Promise<readonly WebhookStanding[]>
  /** Newest first. */
  deadWebhookMessages(endpoint: string, limit: number): Promise<readonly DeadMessage[]>
}

/** What came of one HTTP exchange. `why` is a word of ours, never the program's. */
export type WebhookSent =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs: number | null }
  | { readonly kind: 'failed'; readonly why: WebhookFailure }

export const WEBHOOK_FAILURES = ['unreachable', 'address-refused', 'certificate', 'timeout', 'broken-off'] as const
export type WebhookFailure = (typeof WEBHOOK_FAILURES)[number]

/** Brings one message; never rejects. `closing` gives it up at once: whether it arrived is unknown then. */
export type WebhookSend = (
  endpoint: WebhookEndpoint,
  message: { readonly id: string; readonly body: string; readonly at: number },
  closing: AbortSignal,
) => Promise<WebhookSent>

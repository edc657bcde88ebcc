// Tells registered programs what happens to cases: makes each one's messages from the feed, and brings them until they are taken.

import type { Duty } from '../domain/duty.ts'
import type { WebhookEndpoint, WebhookMessage, WebhookSend, WebhookSent, WebhookSettled } from '../domain/webhook.ts'
import type { Parts as AllParts } from './parts.ts'

type Parts = Pick<AllParts, 'clock' | 'ids' | 'recording' | 'store'>

export interface WebhookTiming {
  /** Messages to one endpoint that may be under way at once; of a case never more than one. */
  readonly perEndpointMax: number
  readonly attemptsMax: number
  readonly retryBaseMs: number
  readonly retryMaxMs: number
}

export interface Webhooks extends AsyncDisposable {
  /** Something was committed. */
  wake(): void
  /** An operator has taken an endpoint into use again, or sends again what was given up. */
  resume(endpoint: string): void
}

export interface WebhookOptions extends WebhookTiming {
  /** Of the gateways that share a store one brings messages. */
  readonly duty: Duty
  readonly endpoints: readonly WebhookEndpoint[]
  readonly send: WebhookSend
  readonly onAttempt: (endpoint: string, outcome: string) => void
  readonly onError: (error: unknown) => void
}

const PAGE = 200
/** For what is due by time. */
const LOOK_EVERY_MS = 500
/** Which cursor is on disk matters little while there is nothing to tell: what follows is looked at again. */
const CURSOR_EVERY = 2000
const GONE = 410
/** For an endpoint that is disabled. */
const STANDING_EVERY_MS = 2000
/** Between two looks, however often something is committed. */
const PAUSE_MS = 20

/**
 * Works until disposed; disposing waits for what is under way. A message is on disk before it is sent, and stays there until it was
 * taken: after a crash in between it is sent again under the same id. Those of a case leave one at a time, in order; one that is given
 * up lets the next ones go. An endpoint that fails is tried with one message at a time, later and later. While another gateway has
 * the duty, nothing is done here; what that one had begun when it died is sent again, under the same id.
 */
export function openWebhooks(parts: Parts, options: WebhookOptions): Webhooks {
  const closing = new AbortController()
  const lines = options.endpoints.map((endpoint) => openLine(parts, options, endpoint, closing.signal))
  const working = Promise.all(lines.map(({ work }) => work()))
  return {
    wake() {
      for (const line of lines) line.wake()
    },
    resume(endpoint) {
      for (const line of lines) if (line.key === endpoint) line.resume()
    },
    async [Symbol.asyncDispose]() {
      closing.abort()
      for (const line of lines) line.wake()
      await working
    },
  }
}

function openLine(parts: Parts, options: WebhookOptions, endpoint: WebhookEndpoint, closing: AbortSignal) {
  const { clock, ids, recording, store } = parts
  const { duty, send, onAttempt, onError, perEndpointMax } = options
  let resting = new AbortController()
  let cursor: number | null = null
  let kept = 0
  /** In a row, of whatever message. */
  let failures = 0
  let pausedUntil = 0
  /** Nothing is made for it meanwhile: what happened is in the feed when it is taken into use again. */
  const standing = { isDisabled: false, readAt: -Infinity }

  /** As the store has it: an operator may take it into use again at another gateway, too. */
  async function readStanding(): Promise<void> {
    const wasDisabled = standing.isDisabled
    standing.readAt = clock.monotonic()
    const own = (await store.webhookStandings()).find((one) => one.endpoint === endpoint.key)
    standing.isDisabled = own?.disabledAt !== null
    if (wasDisabled && !standing.isDisabled) pausedUntil = failures = 0
  }

  /** Makes messages of what is new. */
  async function make(): Promise<void> {
    if (cursor === null) {
      cursor = kept = await store.webhookCursor(endpoint.key)
      await readStanding()
    } else if (standing.isDisabled && clock.monotonic() - standing.readAt >= STANDING_EVERY_MS) {
      await readStanding()
    }
    while (!standing.isDisabled) {
      const { events, upTo } = await store.readFeed(cursor, endpoint.scope, PAGE)
      const wanted = events.filter(({ event }) => endpoint.events.length === 0 || endpoint.events.includes(event.event))
      if (wanted.length > 0 || upTo - kept > CURSOR_EVERY) {
        const messages = wanted.map(({ position }) => ({ messageId: `msg_${ids.lease()}`, position }))
        await store.makeWebhookMessages(endpoint.key, upTo, messages, clock.now())
        kept = upTo
      }
      if (upTo === cursor || closing.aborted) return
      cursor = upTo
    }
  }

  async function bring(message: WebhookMessage): Promise<void> {
    const at = clock.now()
    const sent = await send(endpoint, { id: message.messageId, body: bodyOf(message), at }, closing)
    // Given up in the middle: it is sent again after the next start.
    if (sent.kind === 'failed' && closing.aborted) return
    const settled = settledBy(sent, message)
    failures = settled.kind === 'taken' ? 0 : failures + 1
    pausedUntil = failures === 0 ? 0 : clock.monotonic() + backoffMs(Math.min(failures, PAUSE_DOUBLINGS_MAX))
    standing.isDisabled = settled.kind === 'gone' || standing.isDisabled
    onAttempt(endpoint.key, sent.kind === 'answered' ? outcomeOf(sent.status) : sent.why)
    await store.settleWebhookMessage(message.messageId, settled, clock.now())
  }

  function settledBy(sent: WebhookSent, { caseNo, item, attempts }: WebhookMessage): WebhookSettled {
    const status = sent.kind === 'answered' ? sent.status : 0
    if (status >= 200 && status < 300) return { kind: 'taken' }
    const facts = { caseNo, item, counts: { attempts: attempts + 1 } }
    if (status === GONE) return { kind: 'gone', record: recording.own('webhook-failed', 'disabled', facts) }
    const why = sent.kind === 'answered' ? `status-${status}` : sent.why
    if (attempts + 1 >= options.attemptsMax) {
      return { kind: 'dead', why, record: recording.own('webhook-failed', 'dead', facts) }
    }
    const asked = sent.kind === 'answered' ? (sent.retryAfterMs ?? 0) : 0
    const waitMs = Math.max(backoffMs(attempts), Math.min(asked, options.retryMaxMs))
    return { kind: 'later', why, dueAt: clock.now() + Math.round(waitMs) }
  }

  /** Half of it by chance, so that what failed together does not come back together. */
  function backoffMs(before: number): number {
    const whole = Math.min(options.retryMaxMs, options.retryBaseMs * 2 ** before)
    return (whole * (256 + (ids.bytes(1)[0] ?? 0))) / 512
  }

  async function bringDue(): Promise<void> {
    while (!closing.aborted && duty.isOurs() && !standing.isDisabled && clock.monotonic() >= pausedUntil) {
      const due = await store.dueWebhookMessages(endpoint.key, clock.now(), failures === 0 ? perEndpointMax : 1)
      if (due.length === 0) return
      // Whatever cannot be settled is sent again, but not beside one that is still under way.
      const ends = await Promise.allSettled(due.map(bring))
      const lost = ends.find((end) => end.status === 'rejected')
      if (lost !== undefined) throw lost.reason
    }
  }

  return {
    key: endpoint.key,
    wake: () => resting.abort(),
    resume() {
      standing.isDisabled = false
      pausedUntil = failures = 0
      resting.abort()
    },
    async work(): Promise<void> {
      while (!closing.aborted) {
        if (duty.isOurs()) await make().then(bringDue).catch(onError)
        // Whoever has it meanwhile goes on from there.
        else cursor = null
        if (!resting.signal.aborted) await clock.delay(LOOK_EVERY_MS, resting.signal).catch(() => undefined)
        resting = new AbortController()
        await clock.delay(PAUSE_MS, closing).catch(() => undefined)
      }
    },
  }
}

/** An endpoint that is away is looked at again at least so often, whatever becomes of single messages: base × 2⁶. */
const PAUSE_DOUBLINGS_MAX = 6

const outcomeOf = (status: number): string =>
  status >= 200 && status < 300 ? 'taken' : `status-${Math.floor(status / 100)}xx`

/** A CloudEvent that says that something happened, and which case to ask for; nothing personal is in it. */
function bodyOf({ messageId, caseNo, item, position, event }: WebhookMessage): string {
  const { leg, city, state } = event
  const time = new Date(event.at).toISOString()
  return JSON.stringify({
    specversion: '1.0',
    id: messageId,
    source: 'urn:cross-city-gateway',
    type: `case.${event.event}`,
    subject: caseNo,
    time,
    // As Standard Webhooks calls it.
    timestamp: time,
    datacontenttype: 'application/json',
    data: { caseNo, item, event: event.event, leg, city, state, sequence: position },
  })
}

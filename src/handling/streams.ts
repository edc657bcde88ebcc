// Streams of a case's events to those who may see it, as server-sent events: bounded in number, and never held for who does not read.

import type { Caller, Handled } from '../domain/caller.ts'
import { Fault } from '../domain/fault.ts'
import type { FedEvent, FeedScope } from '../domain/feed.ts'
import type { Feed, Follower } from './feed.ts'
import type { Parts } from './parts.ts'

export interface StreamLimits {
  /** Streams open at once, and of one caller. */
  readonly openMax: number
  readonly perCallerMax: number
  /** A comment is sent when nothing else was for so long. */
  readonly heartbeatMs: number
  /** Who has not taken what was sent within this time is cut off. */
  readonly unreadMs: number
}

export const STREAM_ENDS = ['caller-gone', 'token-expired', 'gateway-stopping', 'unread', 'failed'] as const
export type StreamEnd = (typeof STREAM_ENDS)[number]

export interface StreamWish {
  readonly scope: FeedScope
  /** The last event that the caller has; null = it has none. */
  readonly after: number | null
  /** Of the case, for the records. */
  readonly about: { readonly caseNo?: string; readonly item?: string }
  /** When the caller's token ends. */
  readonly endsAt: number
  /** Destroys the connection. */
  readonly cut: () => void
}

export interface Streams extends AsyncDisposable {
  /**
   * Begins a stream, recorded first. Throws Fault STREAMS_TOO_MANY, STREAMS_BUSY, DRAINING. Of a case, one who has nothing gets
   * its history first; else what happens from now on.
   */
  open(caller: Caller, wish: StreamWish): Promise<Handled>
  /** How many are open. */
  count(): number
  /** Ends all of them with a hint when to come back, and begins none any more. */
  end(): void
}

interface Stream {
  readonly follower: Follower
  readonly cut: () => void
  /** On the monotonic clock: since when the caller has not taken what was sent; null = it has. */
  unreadSince: number | null
  end: StreamEnd | null
  events: number
}

const RETRY_MS = 3000
/** After a stop all come back at once: each is told another time, up to this much later. */
const RETRY_SPREAD_MS = 5000
const RETRY_AFTER_MS = 10_000
const LOOK_EVERY_MS = 1000

export function openStreams(
  parts: Pick<Parts, 'background' | 'clock' | 'ids' | 'recording' | 'store'>,
  options: StreamLimits & { readonly feed: Feed; readonly onEnd: (end: StreamEnd) => void },
): Streams {
  const { background, clock, ids, recording, store } = parts
  const { feed, openMax, perCallerMax, heartbeatMs, unreadMs, onEnd } = options
  const closing = new AbortController()
  const streams = new Set<Stream>()
  const places = new Map<string, number>()
  let taken = 0
  let ending = false

  /** Gives the place back; a second call gives nothing. */
  function takePlace({ principal }: Caller): () => void {
    const key = `${principal.issuer}\n${principal.subject}`
    const own = places.get(key) ?? 0
    if (ending) throw new Fault('DRAINING', { retryAfterMs: RETRY_AFTER_MS })
    if (own >= perCallerMax) throw new Fault('STREAMS_TOO_MANY', { retryAfterMs: RETRY_AFTER_MS })
    if (taken >= openMax) throw new Fault('STREAMS_BUSY', { retryAfterMs: RETRY_AFTER_MS })
    places.set(key, own + 1)
    taken += 1
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      taken -= 1
      const left = (places.get(key) ?? 1) - 1
      if (left === 0) places.delete(key)
      else places.set(key, left)
    }
  }

  async function* bytesOf(stream: Stream, wish: StreamWish, over: () => void): AsyncGenerator<Uint8Array> {
    const { follower } = stream
    const given = function* (text: string): Generator<Uint8Array> {
      stream.unreadSince = clock.monotonic()
      yield Buffer.from(text)
      stream.unreadSince = null
    }
    try {
      yield* given(opening(follower))
      for (let said = follower.at; ;) {
        const leftMs = wish.endsAt - clock.now()
        if (leftMs <= 0) stream.end ??= 'token-expired'
        if (stream.end !== null) {
          yield* given(lastWords(stream.end, RETRY_MS + (ids.bytes(1)[0] ?? 0) * (RETRY_SPREAD_MS / 256)))
          return
        }
        const events = await follower.next(Math.min(heartbeatMs, leftMs))
        stream.events += events.length
        if (events.length > 0) yield* given(events.map(written).join(''))
        // With the place reached, so that one who comes back need not be taken through what is not for them again.
        else if (stream.end === null) yield* given(follower.at > said ? `id: ${follower.at}\n\n` : ':\n\n')
        said = follower.at
      }
    } catch (error) {
      stream.end ??= 'failed'
      throw error
    } finally {
      over()
    }
  }

  function look(): void {
    const now = clock.monotonic()
    for (const stream of streams) {
      if (stream.unreadSince === null || now - stream.unreadSince < unreadMs) continue
      stream.end ??= 'unread'
      stream.cut()
    }
  }

  async function lookOn(): Promise<void> {
    while (!closing.signal.aborted) {
      await clock.delay(Math.min(LOOK_EVERY_MS, unreadMs / 2), closing.signal).catch(() => undefined)
      look()
    }
  }

  async function begin(caller: Caller, wish: StreamWish, leave: () => void): Promise<Handled> {
    const { scope, after, about, cut } = wish
    const follower = await feed.follow(scope, after ?? (scope.caseNo === undefined ? null : 0))
    const stream: Stream = { follower, cut, unreadSince: null, end: null, events: 0 }
    const opened = recording.of(caller, 'request-answered', 'answered', { ...about, status: 200 })
    let isOver = false
    const over = (): void => {
      if (isOver) return
      isOver = true
      follower.leave()
      streams.delete(stream)
      leave()
      const end = stream.end ?? 'caller-gone'
      onEnd(end)
      const counts = { events: stream.events }
      background.add(store.append([recording.of(caller, 'stream-ended', end, { ...about, counts })]))
    }
    try {
      await store.append([opened])
    } catch (error) {
      follower.leave()
      throw error
    }
    streams.add(stream)
    // Where it had not even begun, nothing else says that it is over.
    caller.gone.addEventListener('abort', () => {
      follower.nudge()
      stream.end ??= 'caller-gone'
      over()
    })
    if (caller.gone.aborted) over()
    return { recordId: opened.id, status: 200, headers: STREAM_HEADERS, body: bytesOf(stream, wish, over) }
  }

  const looking = lookOn()
  return {
    async open(caller, wish) {
      const leave = takePlace(caller)
      try {
        return await begin(caller, wish, leave)
      } catch (error) {
        leave()
        throw error
      }
    },
    count: () => streams.size,
    end() {
      ending = true
      for (const stream of streams) {
        stream.end ??= 'gateway-stopping'
        stream.follower.nudge()
        // It would not take these last words either.
        if (stream.unreadSince !== null) stream.cut()
      }
    },
    async [Symbol.asyncDispose]() {
      closing.abort()
      await looking
    },
  }
}

export const STREAM_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/event-stream; charset=utf-8',
  // Proxies (nginx) that would hold it back until it ends.
  'x-accel-buffering': 'no',
}

/** The place from which it goes on, so that who is cut off before the first event loses none. */
function opening({ at, isLost }: Follower): string {
  const start = `retry: ${RETRY_MS}\nid: ${at}\n`
  return isLost ? `${start}event: lost\ndata: {}\n\n` : `${start}\n`
}

const lastWords = (end: StreamEnd, retryMs: number): string =>
  `retry: ${Math.round(retryMs)}\nevent: end\ndata: ${JSON.stringify({ reason: end })}\n\n`

function written({ position, caseNo, item, event }: FedEvent): string {
  const at = new Date(event.at).toISOString()
  return `id: ${position}\ndata: ${JSON.stringify({ caseNo, item, ...event, at })}\n\n`
}

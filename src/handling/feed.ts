// Reads what is new about cases once for all who follow it, soon after each commit, and hands each what is for them.

import type { Clock } from '../domain/clock.ts'
import { isFor, type FedEvent, type FeedScope, type FeedStore } from '../domain/feed.ts'

/** Events looked at by one reading. */
const PAGE = 200
/** The newest ones, for those who are not far behind: they need not ask the store. */
const KEPT = 1000
/** Between two readings: commits may come much more often, and nobody reads that fast. */
const PAUSE_MS = 20

export interface Feed extends AsyncDisposable {
  /** Something was committed. */
  wake(): void
  /** Follows from after a position; null = from now on. To be ended by `leave`. */
  follow(scope: FeedScope, after: number | null): Promise<Follower>
}

export interface Follower {
  /** Everything for this scope up to here has been given. */
  readonly at: number
  /** The position given was one that the store has not come to: it was restored, or it is another one. `at` is its end then. */
  readonly isLost: boolean
  /**
   * The next events, none doubled and none left out; an empty list after `waitMs` without any, and as soon as it is `nudged`.
   * Throws what the store throws.
   */
  next(waitMs: number): Promise<readonly FedEvent[]>
  /** Ends a wait, now or the next one. */
  nudge(): void
  leave(): void
}

interface Following {
  readonly scope: FeedScope
  at: number
  isNudged: boolean
  /** Of the wait under way. */
  waking: AbortController | null
}

/** `pollMs`: how often it is looked for what was committed without a word to us. */
export function openFeed(options: {
  readonly store: FeedStore
  readonly clock: Clock
  readonly pollMs: number
  readonly onError: (error: unknown) => void
}): Feed {
  const { store, clock, pollMs, onError } = options
  const closing = new AbortController()
  const followers = new Set<Following>()
  let resting = new AbortController()
  /** All events after `keptFrom` and up to `end`, while anybody follows. */
  let recent: FedEvent[] = []
  let keptFrom = 0
  let end = 0

  async function read(): Promise<boolean> {
    const before = end
    const { events, upTo } = await store.readFeed(before, null, PAGE)
    if (upTo <= before) return false
    recent.push(...events)
    const dropped = recent.splice(0, Math.max(0, recent.length - KEPT)).at(-1)
    keptFrom = dropped?.position ?? keptFrom
    end = upTo
    for (const follower of followers) {
      if (follower.waking === null) continue
      if (events.some((event) => event.position > follower.at && isFor(event, follower.scope))) follower.waking.abort()
      // It has seen everything before, and of this there is nothing for it.
      else if (follower.at >= before) follower.at = Math.max(follower.at, upTo)
    }
    return events.length === PAGE
  }

  async function work(): Promise<void> {
    while (!closing.signal.aborted) {
      if (!resting.signal.aborted) await clock.delay(pollMs, resting.signal).catch(() => undefined)
      resting = new AbortController()
      let more = followers.size > 0
      while (more && !closing.signal.aborted) {
        more = await read().catch((error: unknown) => {
          onError(error)
          return false
        })
      }
      await clock.delay(PAUSE_MS, closing.signal).catch(() => undefined)
    }
  }

  async function wait(follower: Following, waitMs: number): Promise<void> {
    const waking = (follower.waking = new AbortController())
    await clock.delay(waitMs, waking.signal).catch(() => undefined)
    follower.waking = null
  }

  /** From what is kept, or, of one who is further behind, from the store; null = there is nothing new. */
  async function fetch(follower: Following): Promise<readonly FedEvent[] | null> {
    const { scope, at } = follower
    if (at < keptFrom) {
      const { events, upTo } = await store.readFeed(at, scope, PAGE)
      follower.at = upTo > at ? upTo : keptFrom
      return events
    }
    const fresh = recent.filter((event) => event.position > at && isFor(event, scope)).slice(0, PAGE)
    follower.at = fresh.length === PAGE ? (fresh.at(-1)?.position ?? at) : Math.max(at, end)
    return fresh.length === 0 ? null : fresh
  }

  async function next(follower: Following, waitMs: number): Promise<readonly FedEvent[]> {
    const until = clock.monotonic() + waitMs
    for (;;) {
      const events = await fetch(follower)
      if (events !== null && events.length > 0) return events
      const leftMs = until - clock.monotonic()
      if (follower.isNudged || leftMs <= 0) return []
      if (events === null) await wait(follower, leftMs)
    }
  }

  const working = work()
  return {
    wake() {
      if (followers.size > 0) resting.abort()
    },
    async follow(scope, after) {
      const endNow = await store.feedEnd()
      if (followers.size === 0) {
        recent = []
        keptFrom = end = endNow
      }
      const isLost = after !== null && after > endNow
      const follower: Following = { scope, at: isLost ? endNow : (after ?? endNow), isNudged: false, waking: null }
      followers.add(follower)
      return {
        isLost,
        get at() {
          return follower.at
        },
        next: (waitMs) => next(follower, waitMs),
        nudge() {
          follower.isNudged = true
          follower.waking?.abort()
        },
        leave: () => void followers.delete(follower),
      }
    },
    async [Symbol.asyncDispose]() {
      closing.abort()
      resting.abort()
      await working
    },
  }
}

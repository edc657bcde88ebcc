// The time that all gateways on one database have in common, so that none takes a lease of another for over because its clock is ahead.

import type { Clock } from '../domain/clock.ts'

export interface CommonClock extends Clock {
  /**
   * From now on `now` is the time that `ask` tells (milliseconds since 1970), told onward by this machine's monotonic clock: setting
   * the machine's clock changes nothing any more. Asked again each minute, and as soon as the machine's clock has been set or the
   * machine has slept. While nobody answers the time goes on as it was; it is the machine's own until there was a first answer.
   * Resolves after the first attempt; disposing ends the asking.
   */
  follow(ask: () => Promise<number>, options: FollowOptions): Promise<AsyncDisposable>
}

export interface FollowOptions {
  /** The machine's clock is out by so much (positive = ahead), which was not so before. */
  readonly onAstray: (aheadMs: number) => void
}

const LOOK_EVERY_MS = 1000
const ASK_EVERY_MS = 60_000
/** An answer that took longer does not tell the time well enough. */
const ROUND_MS_MAX = 1000
/** By so much a machine's clock and its monotonic clock part when one of them was set or has stood still. */
const LEAP_MS = 100
/** A machine whose clock is kept by NTP stays well below. */
const ASTRAY_MS = 2000

interface Answer {
  readonly time: number
  /** By the monotonic and by the machine's clock. */
  readonly at: number
  readonly own: number
}

export function openCommonClock(own: Clock): CommonClock {
  let known: Answer | null = null
  let isAstray = false

  async function look(ask: () => Promise<number>, onAstray: FollowOptions['onAstray']): Promise<void> {
    const asked = own.monotonic()
    const told = await ask()
    const at = own.monotonic()
    if (at - asked > ROUND_MS_MAX && known !== null) return
    known = { time: told + (at - asked) / 2, at, own: own.now() }
    const aheadMs = Math.round(known.own - known.time)
    const before = isAstray
    isAstray = Math.abs(aheadMs) > ASTRAY_MS
    if (isAstray && !before) onAstray(aheadMs)
  }

  function isOld(): boolean {
    if (known === null) return true
    const passed = own.monotonic() - known.at
    return passed >= ASK_EVERY_MS || Math.abs(own.now() - known.own - passed) > LEAP_MS
  }

  return {
    ...own,
    now: () => (known === null ? own.now() : Math.floor(known.time + own.monotonic() - known.at)),
    async follow(ask, { onAstray }) {
      const closing = new AbortController()
      // Whoever asks for anything else of a database that is away is told so.
      const attempt = (): Promise<void> => look(ask, onAstray).catch(() => undefined)
      async function work(): Promise<void> {
        while (!closing.signal.aborted) {
          await own.delay(LOOK_EVERY_MS, closing.signal).catch(() => undefined)
          if (!closing.signal.aborted && isOld()) await attempt()
        }
      }
      await attempt()
      const working = work()
      return {
        async [Symbol.asyncDispose]() {
          closing.abort()
          await working
        },
      }
    },
  }
}

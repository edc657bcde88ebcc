// Watches how far a city's clock is from ours, by the Date header of its answers, or by what the city itself says of its clock.

import type { Clock } from '../domain/clock.ts'
import { headerOf, type WireAnswer } from './wire.ts'

/** How often it looks: a clock does not drift within a second, and a busy line answers a thousand times in one. */
const EVERY_MS = 1000

export interface SkewWatch {
  /** Notes what an answer says, that was asked for at `askedAt` (clock.monotonic()). */
  note(answer: WireAnswer, askedAt: number): void
  /** Notes what the city itself says: whole seconds, in milliseconds since 1970. Better than the header, which a proxy may have set. */
  told(theirs: number, askedAt: number): void
  /** Milliseconds that the city is ahead of us, by its last answer; good to a second, and the half of what the call took. Null = unknown. */
  skewMs(): number | null
}

/** The city read its clock at some time between our asking and its answer's arrival: the middle is as good a guess as any. */
export function openSkewWatch(clock: Clock): SkewWatch {
  let skew: number | null = null
  let notedAt = -Infinity

  /** What was cut to whole seconds lacks half a second on average. */
  function measure(theirs: number, askedAt: number): void {
    skew = Math.round(theirs + 500 - (clock.now() - (clock.monotonic() - askedAt) / 2))
  }

  return {
    note(answer, askedAt) {
      const arrivedAt = clock.monotonic()
      if (arrivedAt - notedAt < EVERY_MS) return
      notedAt = arrivedAt
      const theirs = Date.parse(headerOf(answer, 'date'))
      if (!Number.isNaN(theirs)) measure(theirs, askedAt)
    },
    told: measure,
    skewMs: () => skew,
  }
}

// Watches how far a city's clock is from ours, by the Date header of its answers.

import type { Clock } from '../domain/clock.ts'
import { headerOf, type WireAnswer } from './wire.ts'

/** How often it looks: a clock does not drift within a second, and a busy line answers a thousand times in one. */
const EVERY_MS = 1000

export interface SkewWatch {
  /** Notes what an answer says, that was asked for at `askedAt` (clock.monotonic()). */
  note(answer: WireAnswer, askedAt: number): void
  /** Milliseconds that the city is ahead of us, by its last answer; good to a second, and the half of what the call took. Null = unknown. */
  skewMs(): number | null
}

/** The city read its clock at some time between our asking and its answer's arrival: the middle is as good a guess as any. */
export function openSkewWatch(clock: Clock): SkewWatch {
  let skew: number | null = null
  let notedAt = -Infinity
  return {
    note(answer, askedAt) {
      const arrivedAt = clock.monotonic()
      if (arrivedAt - notedAt < EVERY_MS) return
      notedAt = arrivedAt
      const theirs = Date.parse(headerOf(answer, 'date'))
      if (Number.isNaN(theirs)) return
      // The header is cut to whole seconds: on average half a second is missing.
      skew = Math.round(theirs + 500 - (clock.now() - (arrivedAt - askedAt) / 2))
    },
    skewMs: () => skew,
  }
}

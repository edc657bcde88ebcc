// Remembers the submissions that a city has understood last, in memory alone, so that they can be held against what was sent.

import type { CitySubmission } from './submission.ts'

export interface HeardSubmission {
  /** In our own words, as the city's side of its protocol has read them off the wire. */
  readonly submission: CitySubmission
  /** What a query has found, before it is put into the city's words; null where there was nothing, and of an application. */
  readonly result: object | null
}

export interface Heard {
  note(heard: HeardSubmission): void
  /** The last under this reference, null if there was none among the last ones. */
  find(reference: string): HeardSubmission | null
}

/** The last so many of one city; older ones are forgotten. */
const KEPT_MAX = 500

export function openHeard(): Heard {
  const byReference = new Map<string, HeardSubmission>()
  return {
    note(heard) {
      const { reference } = heard.submission
      byReference.delete(reference)
      byReference.set(reference, heard)
      const oldest = byReference.keys().next()
      if (byReference.size > KEPT_MAX && oldest.done !== true) byReference.delete(oldest.value)
    },
    find: (reference) => byReference.get(reference) ?? null,
  }
}

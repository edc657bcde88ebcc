// Waits for an attempt as long as its caller is patient; the attempt goes on either way.

import type { Clock } from '../domain/clock.ts'

/** A reason made once: by itself abort() makes an error with a stack for each call. */
const ANSWERED = new Error('answered')

/** What `work` gives, or null when the patience ends first. */
export async function withinPatience<Value>(
  clock: Clock,
  work: Promise<Value>,
  patienceMs: number,
): Promise<Value | null> {
  const answered = new AbortController()
  const patience = clock.delay(patienceMs, answered.signal).then(
    () => null,
    () => null,
  )
  const done = await Promise.race([work, patience])
  answered.abort(ANSWERED)
  return done
}

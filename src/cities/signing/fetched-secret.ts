// Holds the signing secret of a city that hands it out for a time: fetched when first needed, by one call for all who wait,
// renewed before it ends.

import type { Clock } from '../../domain/clock.ts'
import type { CallOutcome } from '../../domain/delivery.ts'
import type { FetchedSecret } from '../protocol.ts'

export interface SecretHolder {
  /** The secret to sign with; a promise only while there is none. Rejects with the Fault of the fetch. */
  current(): Buffer | Promise<Buffer>
  /** The city refused what was signed with `refused`: another one, fetched anew unless that has happened since. */
  instead(refused: Buffer): Buffer | Promise<Buffer>
}

export function openSecretHolder(options: {
  readonly clock: Clock
  readonly renewBeforeMs: number
  readonly fetch: () => Promise<CallOutcome<FetchedSecret>>
}): SecretHolder {
  const { clock, renewBeforeMs } = options
  let held: FetchedSecret | null = null
  let fetching: Promise<Buffer> | null = null

  /** One fetch at a time, whoever asks. */
  function fetchOnce(): Promise<Buffer> {
    fetching ??= fetchAnew().finally(() => {
      fetching = null
    })
    return fetching
  }

  async function fetchAnew(): Promise<Buffer> {
    const outcome = await options.fetch()
    if (outcome.sent !== 'answered') throw outcome.fault
    held = outcome.answer
    return held.secret
  }

  return {
    current() {
      const leftMs = held === null ? 0 : held.endsAt - clock.now()
      if (held === null || leftMs <= 0) return fetchOnce()
      // The old one still serves; should this fetch fail, a later call tries again.
      if (leftMs < renewBeforeMs) fetchOnce().catch(() => undefined)
      return held.secret
    },
    instead(refused) {
      return held === null || held.secret === refused ? fetchOnce() : held.secret
    },
  }
}

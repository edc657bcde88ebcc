// Whom the store's operations go to: one thread that writes, one or several that look up, and one that searches once it is asked.

import type { Operators } from './calls.ts'
import type { Batches } from './batches.ts'
import type { ReadOperation } from './operations.ts'

/** Reads finish in microseconds, or milliseconds over a network; this many waiting means that something is wrong. */
const READS_WAITING_MAX = 10_000

export interface ServingOptions {
  readonly writes: Batches
  /** At least one. */
  readonly lookups: readonly Batches[]
  /** Called by the first search: the query builder takes longer to load than all the rest, and many a gateway never searches. */
  readonly beginSearches: () => Batches
  readonly queueMax: number
  /** When all that waited is done. */
  readonly release: () => Promise<void> | void
}

export interface Serving {
  readonly operators: Pick<Operators, 'write' | 'lookUp' | 'search'>
  readonly stats: () => { readonly writesWaiting: number; readonly readsWaiting: number }
  /** Finishes what waits. */
  readonly close: () => Promise<void>
}

export function openServing({ writes, lookups, beginSearches, queueMax, release }: ServingOptions): Serving {
  let searches: Batches | undefined
  let closing: Promise<void> | undefined
  const read = (batches: Batches, operation: ReadOperation): Promise<unknown> =>
    batches.call(operation, READS_WAITING_MAX)
  const lookUp = (operation: ReadOperation): Promise<unknown> => read(leastBusy(lookups), operation)

  async function end(): Promise<void> {
    await Promise.all([...lookups, ...(searches === undefined ? [] : [searches])].map((reads) => reads.end()))
    await writes.end()
    await release()
  }
  return {
    operators: {
      write: (operation) => writes.call(operation, operation.kind === 'settle' ? 2 * queueMax : queueMax),
      lookUp,
      search(operation) {
        if (closing !== undefined) return lookUp(operation)
        searches ??= beginSearches()
        return read(searches, operation)
      },
    },
    stats: () => ({
      writesWaiting: writes.waiting(),
      readsWaiting: [...lookups, searches].reduce((sum, reads) => sum + (reads?.waiting() ?? 0), 0),
    }),
    close: () => (closing ??= end()),
  }
}

/** The one with nothing away, if there is one; else the one where least waits. */
function leastBusy(all: readonly Batches[]): Batches {
  return all.reduce((best, one) => (one.load() < best.load() ? one : best))
}

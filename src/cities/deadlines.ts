// Ends calls that took too long. All calls of a line have the same duration, so they fall due in the order in which they
// began: one sleeping timer serves them all, and beginning and ending a call costs an entry in a set.

import type { Clock } from '../domain/clock.ts'

export interface Due {
  /** On `clock.monotonic()`. */
  readonly dueAt: number
}

export interface Deadlines<Entry extends Due> extends Disposable {
  /** `entry.dueAt` must not lie before that of an entry added earlier. */
  add(entry: Entry): void
  /** Does nothing if the entry has fallen due already. */
  remove(entry: Entry): void
}

export function openDeadlines<Entry extends Due>(options: {
  readonly clock: Clock
  readonly onDue: (entry: Entry) => void
}): Deadlines<Entry> {
  const { clock, onDue } = options
  const waiting = new Set<Entry>()
  const stop = new AbortController()
  let watching = false

  async function watch(): Promise<void> {
    watching = true
    try {
      for (let first = next(); first !== undefined; first = next()) {
        const leftMs = first.dueAt - clock.monotonic()
        if (leftMs > 0) {
          await clock.delay(leftMs, stop.signal)
        } else {
          waiting.delete(first)
          onDue(first)
        }
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error
    } finally {
      watching = false
    }
  }

  function next(): Entry | undefined {
    return waiting.values().next().value
  }

  return {
    add(entry) {
      waiting.add(entry)
      if (!watching) void watch()
    },
    remove(entry) {
      waiting.delete(entry)
    },
    [Symbol.dispose]() {
      waiting.clear()
      stop.abort()
    },
  }
}

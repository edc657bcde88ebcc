// Bounds how many calls are on their way to a city at once, and how many may wait for that. A city that hangs fills its own
// bulkhead and nothing else. It stands before the breaker, since a full bulkhead says nothing about the city's health.

export interface Bulkhead {
  readonly inFlight: number
  readonly queued: number
  /** Takes a free slot. False = none is free: `queue` or give up. */
  tryEnter(): boolean
  /** Waits for a slot; `entered` is called once, with the slot taken. False = the queue is full. */
  queue(entered: () => void): boolean
  /** Gives up waiting. */
  leaveQueue(entered: () => void): void
  /** Gives the slot back; whoever waits longest gets it at once. */
  leave(): void
}

export function openBulkhead(options: { readonly slots: number; readonly queueMax: number }): Bulkhead {
  const waiting = new Set<() => void>()
  let inFlight = 0

  return {
    get inFlight() {
      return inFlight
    },
    get queued() {
      return waiting.size
    },
    tryEnter() {
      if (inFlight >= options.slots) return false
      inFlight += 1
      return true
    },
    queue(entered) {
      if (waiting.size >= options.queueMax) return false
      waiting.add(entered)
      return true
    },
    leaveQueue(entered) {
      waiting.delete(entered)
    },
    leave() {
      const next = waiting.values().next().value
      if (next === undefined) {
        inFlight -= 1
      } else {
        waiting.delete(next)
        next()
      }
    },
  }
}

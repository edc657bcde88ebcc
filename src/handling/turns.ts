// Lets the calls about one delivery take turns within this process, whatever the clock and the leases say.

export interface Turns {
  /** Carries out `call` once no other call about `reference` is on its way. Settles as `call` does. */
  take<Value>(reference: string, call: () => Promise<Value>): Promise<Value>
}

/**
 * A lease alone does not keep two calls about one delivery apart: it may run out before its own call has begun (a slow disk)
 * or while that is on its way (a clock set forward). An enquiry would then be answered "not known" by a city that is only
 * about to take the message, and twice of that sends it again.
 */
export function openTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return {
    async take(reference, call) {
      const before = last.get(reference)
      const own = before === undefined ? call() : before.then(call, call)
      last.set(reference, own)
      try {
        return await own
      } finally {
        if (last.get(reference) === own) last.delete(reference)
      }
    },
  }
}

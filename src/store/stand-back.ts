// Lets the thread of searches run after those that somebody waits for at a counter.

import { setPriority } from 'node:os'

const NICE = 10

/**
 * Makes the calling thread give way to the others of this process where processors are scarce. Linux gives each thread a priority of
 * its own; elsewhere it would be that of the whole process, and is left alone.
 */
export function standBack(): void {
  if (process.platform === 'linux') setPriority(NICE)
}

// Reads what a process has used so far: processor time of all its threads, and memory.

import { readdirSync, readFileSync } from 'node:fs'

export interface Used {
  /** Nanoseconds on a processor, of all threads and of the main one; null where the system does not tell (no /proc). */
  readonly allNs: number
  readonly mainNs: number
}

/** Null where there is no /proc. A thread that ends takes its time with it: use it over spans in which none ends. */
export function cpuOf(pid: number): Used | null {
  let allNs = 0
  let mainNs = 0
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const ns = Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ', 1)[0])
      allNs += ns
      if (Number(thread) === pid) mainNs = ns
    }
  } catch {
    return null
  }
  return { allNs, mainNs }
}

/** Resident memory in MB; null where there is no /proc. */
export function residentMb(pid: number): number | null {
  try {
    const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
    return kb === undefined ? null : Number(kb) / 1024
  } catch {
    return null
  }
}

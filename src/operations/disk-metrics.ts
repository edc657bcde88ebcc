// How much room the disk of the data folder has left: what to be woken by before nothing can be put on record any more.

import { statfs } from 'node:fs/promises'
import { Gauge, type Registry } from '@prometheus-io/client'

export interface DiskMetrics {
  /** Looks now; of a folder that cannot be looked at both are missing. */
  look(): Promise<void>
}

export function openDiskMetrics(registers: Registry[], dataDir: string): DiskMetrics {
  const free = new Gauge({
    registers,
    name: 'gateway_store_disk_free_bytes',
    help: 'Room that the disk of the data folder has left for the gateway',
  })
  const size = new Gauge({
    registers,
    name: 'gateway_store_disk_bytes',
    help: 'Size of the disk of the data folder',
  })
  return {
    async look() {
      try {
        const { bavail, blocks, bsize } = await statfs(dataDir)
        free.set(bavail * bsize)
        size.set(blocks * bsize)
      } catch {
        // A folder that is gone: /readyz says so. Without labels `reset` would say that not a byte is left.
        free.remove()
        size.remove()
      }
    },
  }
}

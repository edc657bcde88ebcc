// Where a running gateway is noted, so that commands in a second terminal find it.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const addressFile = (dataDir: string): string => join(dataDir, 'gateway.json')

/**
 * Written once the gateway listens; a crash leaves it behind, and the next start overwrites it. Of several gateways on one folder it
 * names the one that was started last, and goes with that one.
 */
export function noteAddress(dataDir: string, address: string): Disposable {
  const file = addressFile(dataDir)
  const own = JSON.stringify({ pid: process.pid, address }) + '\n'
  writeFileSync(file, own, { mode: 0o600 })
  return {
    [Symbol.dispose]() {
      if (existsSync(file) && readFileSync(file, 'utf8') === own) rmSync(file, { force: true })
    },
  }
}

// Where a running gateway is noted, so that commands in a second terminal find it.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const addressFile = (dataDir: string): string => join(dataDir, 'gateway.json')

/** Written once the gateway listens; a crash leaves it behind, and the next start overwrites it. */
export function noteAddress(dataDir: string, address: string): Disposable {
  const file = addressFile(dataDir)
  writeFileSync(file, JSON.stringify({ pid: process.pid, address }) + '\n', { mode: 0o600 })
  return { [Symbol.dispose]: () => rmSync(file, { force: true }) }
}

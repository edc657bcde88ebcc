// A PostgreSQL with a disk to itself, which can be full.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { until } from '../gateway/harness.ts'
import { mountDisk, type OwnDisk } from '../own-mounts.ts'
import type { PostgresServer } from './server.ts'

const BACK_MS = 60_000

/** A folder for `startPostgres`. Its user may pass it. */
export function databaseDisk(t: Pick<Test, 'teardown'>, megabytes: number): OwnDisk {
  const path = mkdtempSync(join(tmpdir(), 'gateway-database-'))
  chmodSync(path, 0o755)
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return mountDisk(t, path, megabytes, '0755')
}

/** Waits until it answers, and starts it where it has ended itself, as a supervisor does. Throws with its log where it does not come back. */
export async function bringBack(server: PostgresServer): Promise<void> {
  const answers = async (): Promise<boolean> => {
    try {
      if (!server.isRunning()) await server.start()
      await server.query('SELECT 1')
      return true
    } catch {
      return false
    }
  }
  if (!(await until(answers, (is) => is, BACK_MS)))
    throw new Error(`the database does not come back:\n${server.said().slice(-2000)}`)
}

// Brings tables and keys into being together, or checks that they belong together.

import type { LogKey } from '../domain/log.ts'
import { openKeys, type HeldKey, type Keys } from './keys.ts'
import { noteLogKey, publicKeyOf, readLogKeys } from './log-keys.ts'
import { migrate, migrationsApplied } from './migrate.ts'
import type { SqlScripts } from './sql.ts'

export interface PreparedTables {
  readonly keys: Keys
  /** Newest first. */
  readonly logKeys: readonly LogKey[]
}

export interface TablesOptions {
  /** Where the key files are, or are to be. */
  readonly dataDir: string
  readonly now: number
  readonly bytes: (size: number) => Buffer
  /** Whether there are no tables yet. */
  readonly isNew: boolean
}

interface HeldRow {
  readonly purpose: HeldKey['purpose']
  readonly key_id: number
  readonly fingerprint: string
  readonly canary: Uint8Array | null
}

/**
 * Within one transaction: tables and the keys' fingerprints come into being with its commit, so that a store has both or neither.
 * Checks the version and the keys, and runs the migrations. Throws StoreProblem.
 */
export function prepareTables(database: SqlScripts, options: TablesOptions): PreparedTables {
  const { dataDir, now, bytes, isNew } = options
  const applied = isNew ? new Set<number>() : migrationsApplied(database)
  const held = isNew ? [] : heldKeys(database)
  const keys = openKeys({ dataDir, held, bytes })
  migrate(database, applied, now)
  const hold = database.prepare('INSERT INTO store_keys (purpose, key_id, fingerprint, canary) VALUES (?, ?, ?, ?)')
  for (const key of keys.toHold) hold.run(key.purpose, key.keyId, key.fingerprint, key.canary)
  if (keys.toHold.some(({ purpose }) => purpose === 'log')) {
    const { keyId, privateKey } = keys.logKey
    noteLogKey(database, { keyId, publicKey: publicKeyOf(privateKey), since: now, succession: null })
  }
  return { keys, logKeys: readLogKeys(database) }
}

const heldKeys = (database: SqlScripts): readonly HeldKey[] =>
  (database.prepare('SELECT * FROM store_keys ORDER BY key_id').all() as unknown as HeldRow[]).map((row) => ({
    purpose: row.purpose,
    keyId: row.key_id,
    fingerprint: row.fingerprint,
    canary: row.canary,
  }))

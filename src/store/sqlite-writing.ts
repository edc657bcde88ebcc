// Transactions of the embedded store, and what SQLite's result codes mean for them.

import type { DatabaseSync } from 'node:sqlite'
import type { WritingSql } from './sql.ts'

// Primary result codes that concern one statement only; all others (full, input/output, corrupt …) concern the store.
const ERROR = 1
const FULL = 13
const TOOBIG = 18
const CONSTRAINT = 19
const MISMATCH = 20
const RANGE = 25

const resultCode = (error: unknown): number | undefined => {
  const code = (error as { errcode?: unknown } | null)?.errcode
  return typeof code === 'number' ? code & 0xff : undefined
}

/** `database`: the only connection that writes to its file. `prepare` may give a statement of it that was prepared before. */
export const sqliteWriting = (
  database: DatabaseSync,
  prepare: WritingSql['prepare'] = (sql) => database.prepare(sql),
): WritingSql => ({
  prepare,
  exec: (sql) => database.exec(sql),
  get isTransaction() {
    return database.isTransaction
  },
  begin(first) {
    database.exec('BEGIN IMMEDIATE')
    first()
  },
  flush() {}, // each statement is done when it has been called
  commit: () => database.exec('COMMIT'),
  rollback: () => database.exec('ROLLBACK'),
  concernsOneOnly(error) {
    const code = resultCode(error)
    return code === undefined || [ERROR, TOOBIG, CONSTRAINT, MISMATCH, RANGE].includes(code)
  },
  // Otherwise the log may hold the whole transaction: it would come back after a crash, unless a later commit overwrites it.
  isUndone: (error) => resultCode(error) === FULL,
})

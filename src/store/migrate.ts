// Brings a database to this program's version, one numbered migration after the other, and refuses a newer one.

import type { DatabaseSync } from 'node:sqlite'
import * as casesAndRecords from './migrations/0001-cases-and-records.ts'
import * as cityNews from './migrations/0002-city-news.ts'
import * as lineHolds from './migrations/0003-line-holds.ts'
import { StoreProblem } from './problem.ts'

/** In order, without gaps, never edited once released: a change of the tables is a further file. */
const MIGRATIONS = [casesAndRecords, cityNews, lineHolds] as const

export const SCHEMA_VERSION = MIGRATIONS.length

/** Version of the tables, 0 for an empty database. Throws StoreProblem STORE_NEWER. */
export function schemaVersion(database: DatabaseSync): number {
  const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'").get()
  if (table === undefined) return 0
  const row = database.prepare('SELECT max(version) AS version FROM schema_version').get()
  const version = Number(row?.['version'] ?? 0)
  if (version > SCHEMA_VERSION) {
    throw new StoreProblem(
      'STORE_NEWER',
      `数据由更新版本的网关写入（数据版本 ${version}，本程序支持到 ${SCHEMA_VERSION}）。请使用新版本的程序。`,
      `The data was written by a newer gateway (data version ${version}, this program knows up to ${SCHEMA_VERSION}). Use the newer program.`,
    )
  }
  return version
}

/** Runs what is missing. To be called within a transaction. */
export function migrate(database: DatabaseSync, from: number, now: number): void {
  if (from === 0) {
    database.exec(
      'CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT',
    )
  }
  const applied = database.prepare('INSERT INTO schema_version (version, name, applied_at) VALUES (?, ?, ?)')
  for (const migration of MIGRATIONS.slice(from)) {
    database.exec(migration.sql)
    applied.run(migration.version, migration.name, now)
  }
}

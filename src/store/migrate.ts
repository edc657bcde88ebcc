// Brings a database to this program's version, one numbered migration after the other, and refuses a newer one.

import * as casesAndRecords from './migrations/0001-cases-and-records.ts'
import * as cityNews from './migrations/0002-city-news.ts'
import * as lineHolds from './migrations/0003-line-holds.ts'
import * as materials from './migrations/0004-materials.ts'
import * as caseStates from './migrations/0010-case-states.ts'
import * as auditLog from './migrations/0020-audit-log.ts'
import * as operatorsDeliveries from './migrations/0021-operators-deliveries.ts'
import * as openLegs from './migrations/0022-open-legs.ts'
import * as filedDays from './migrations/0029-filed-days.ts'
import * as drafts from './migrations/0030-drafts.ts'
import * as eventFeed from './migrations/0035-event-feed.ts'
import * as webhooks from './migrations/0036-webhooks.ts'
import * as reconciliations from './migrations/0050-reconciliations.ts'
import * as auditSearch from './migrations/0085-audit-search.ts'
import * as recordCounts from './migrations/0086-record-counts.ts'
import * as disclosedValues from './migrations/0087-disclosed-values.ts'
import * as erasures from './migrations/0088-erasures.ts'
import * as recordBlockMinutes from './migrations/0089-record-block-minutes.ts'
import * as duties from './migrations/0095-duties.ts'
import * as openLegsAtHalls from './migrations/0096-open-legs-at-halls.ts'
import { StoreProblem } from './problem.ts'
import type { Sql, SqlScripts } from './sql.ts'

/** In the order of their numbers, never edited once released: a change of the tables is a further file. Numbers may be left out. */
export const MIGRATIONS = [
  casesAndRecords,
  cityNews,
  lineHolds,
  materials,
  caseStates,
  auditLog,
  operatorsDeliveries,
  openLegs,
  filedDays,
  drafts,
  eventFeed,
  webhooks,
  reconciliations,
  auditSearch,
  recordCounts,
  disclosedValues,
  erasures,
  recordBlockMinutes,
  duties,
  openLegsAtHalls,
] as const

const NEWEST = Math.max(...MIGRATIONS.map(({ version }) => version))

/** Versions of the migrations that the tables have had. Throws StoreProblem STORE_NEWER. */
export function migrationsApplied(database: Sql): ReadonlySet<number> {
  const rows = database.prepare('SELECT version FROM schema_version').all()
  const applied = new Set(rows.map((row) => Number(row['version'])))
  const newest = Math.max(...applied)
  if ([...applied].some((version) => !MIGRATIONS.some((migration) => migration.version === version))) {
    throw new StoreProblem(
      'STORE_NEWER',
      `数据由更新版本的网关写入（数据版本 ${newest}，本程序支持到 ${NEWEST}）。请使用新版本的程序。`,
      `The data was written by a newer gateway (data version ${newest}, this program knows up to ${NEWEST}). Use the newer program.`,
    )
  }
  return applied
}

/** Runs what is missing. To be called within a transaction. */
export function migrate(database: SqlScripts, applied: ReadonlySet<number>, now: number): void {
  if (applied.size === 0) {
    database.exec(
      'CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT',
    )
  }
  const note = database.prepare('INSERT INTO schema_version (version, name, applied_at) VALUES (?, ?, ?)')
  for (const { version, name, sql } of MIGRATIONS) {
    if (applied.has(version)) continue
    database.exec(sql)
    note.run(version, name, now)
  }
}

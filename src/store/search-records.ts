// Lists audit records page by page in store order, by any of the filters.

import type { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import type { AuditRecord, RecordFilter } from '../domain/audit.ts'
import type { Page } from '../domain/store.ts'
import { auditRecord } from './read-records.ts'
import type { Search } from './search.ts'
import type { SearchedTables } from './tables.ts'

const MINUTE_MS = 60_000

/** The column of each filter, the one that leaves fewest records first: its index is walked, the others only checked. */
const EQUAL = [
  ['requestId', 'request_id'],
  ['actor', 'actor'],
  ['item', 'item'],
  ['kind', 'kind'],
  ['city', 'city'],
  ['role', 'role'],
  ['outcome', 'outcome'],
] as const satisfies readonly (readonly [keyof RecordFilter, keyof SearchedTables['records']])[]

/** `from` inclusive, `until` exclusive, both by the record's own time; `actor` is a subject, of residents a subject reference. */
export function openRecordSearch(database: DatabaseSync, search: Search): (filter: RecordFilter) => Page<AuditRecord> {
  const casePosition = database.prepare('SELECT position FROM cases WHERE case_no = ?')
  const bounds = database.prepare(`
    SELECT min(first_position) AS first, max(last_position) AS last FROM record_minutes WHERE minute >= ? AND minute <= ?`)

  /** Positions between which all records of this span lie; null if it holds none. */
  function positionsOf(from: number, until: number): { readonly first: number; readonly last: number } | null {
    const lastMinute = Math.min(Math.floor((until - 1) / MINUTE_MS), Number.MAX_SAFE_INTEGER)
    const row = bounds.get(Math.floor(from / MINUTE_MS), lastMinute)
    const { first, last } = row as { first: number | null; last: number | null }
    return first === null || last === null ? null : { first, last }
  }

  return (filter) => {
    const { from, until, after = 0, limit } = filter
    let query = search.build
      .selectFrom('records')
      .select(['position', 'id', 'leaf', 'leaf_hash'])
      .where('position', '>', after)
      .orderBy('position')
      .limit(limit + 1)
    if (from !== undefined || until !== undefined) {
      const span = positionsOf(from ?? 0, until ?? Number.MAX_SAFE_INTEGER)
      if (span === null) return { entries: [], next: null }
      query = query.where('position', '>=', span.first).where('position', '<=', span.last)
      if (from !== undefined) query = query.where('time', '>=', from)
      if (until !== undefined) query = query.where('time', '<', until)
    }
    let walked = false
    if (filter.caseNo !== undefined) {
      const position = casePosition.get(filter.caseNo)?.['position']
      query =
        position === undefined
          ? query.where('strange_case_no', '=', filter.caseNo)
          : query.where('case_position', '=', Number(position))
      walked = true
    }
    for (const [member, column] of EQUAL) {
      const value = filter[member]
      if (value === undefined) continue
      // A unary plus keeps SQLite from taking this column's index instead.
      query = walked ? query.where(sql<string>`+${sql.ref(column)}`, '=', value) : query.where(column, '=', value)
      walked = true
    }
    const rows = search.run(query)
    const entries = rows.slice(0, limit)
    return {
      entries: entries.map(auditRecord),
      next: rows.length > limit ? (entries.at(-1)?.position ?? null) : null,
    }
  }
}

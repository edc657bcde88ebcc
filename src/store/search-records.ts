// Lists audit records page by page in store order, by any of the filters.

import { sql } from 'kysely'
import type { AuditRecord, RecordFilter } from '../domain/audit.ts'
import type { Page } from '../domain/store.ts'
import { auditRecord } from './read-records.ts'
import { BLOCK_RECORDS, blockOf, minuteOf, termOf } from './record-blocks.ts'
import type { NotedColumn } from './record-blocks.ts'
import type { Search } from './search.ts'
import type { Sql } from './sql.ts'
import { openSubjectFinder } from './subjects.ts'

/** The column of each filter, the one that leaves fewest blocks first: its blocks are walked, the others only checked. */
const NOTED = [
  ['actor', 'actor'],
  ['hall', 'hall'],
  ['fault_code', 'faultCode'],
  ['item', 'item'],
  ['kind', 'kind'],
  ['collecting_city', 'collectingCity'],
  ['city', 'city'],
  ['source', 'source'],
  ['role', 'role'],
  ['outcome', 'outcome'],
] as const satisfies readonly (readonly [NotedColumn, keyof RecordFilter])[]

const ALL = { first: 0, last: blockOf(Number.MAX_SAFE_INTEGER) - 1 }

/** A case, a request and a person have an index of their own, and few records. */
const hasOwnIndex = ({ caseNo, requestId, subjectKey }: RecordFilter): boolean =>
  caseNo !== undefined || requestId !== undefined || subjectKey !== undefined

/** Positions of records that name a person themselves, and of those of the cases that the person is a party of. */
const aboutSubject = (subjectId: number, after: number) => sql<number>`(
  SELECT position FROM record_subjects WHERE subject_id = ${subjectId} AND position > ${after}
  UNION ALL
  SELECT of_case.position FROM case_parties JOIN records of_case ON of_case.case_position = case_parties.case_position
  WHERE case_parties.subject_id = ${subjectId} AND of_case.position > ${after})`

/** `from` inclusive, `until` exclusive, both by the record's own time; `actor` is a subject, of residents a subject reference. */
export function openRecordSearch(database: Sql, search: Search): (filter: RecordFilter) => Page<AuditRecord> {
  const casePosition = database.prepare('SELECT position FROM cases WHERE case_no = ?')
  const findSubject = openSubjectFinder(database)
  const bounds = database.prepare(`
    SELECT min(block) AS first, max(block) AS last FROM record_minutes WHERE minute >= ? AND minute <= ?`)

  /** Blocks between which all records of this span lie; null if it holds none. */
  function blocksOf(from: number, until: number): { readonly first: number; readonly last: number } | null {
    const row = bounds.get(minuteOf(from), Math.min(minuteOf(until - 1), Number.MAX_SAFE_INTEGER))
    const { first, last } = row as { first: number | null; last: number | null }
    return first === null || last === null ? null : { first, last }
  }

  return (filter) => {
    const { from, until, after = 0, limit } = filter
    const span = from === undefined && until === undefined ? ALL : blocksOf(from ?? 0, until ?? Number.MAX_SAFE_INTEGER)
    if (span === null) return { entries: [], next: null }
    let query = search.build
      .selectFrom('records')
      .select(['records.position', 'id', 'leaf', 'leaf_hash'])
      .limit(sql<number>`${limit + 1} + 0`)
    if (from !== undefined) query = query.where('time', '>=', from)
    if (filter.upTo !== undefined) query = query.where('records.position', '<=', filter.upTo)
    if (until !== undefined) query = query.where('time', '<', until)
    if (filter.caseNo !== undefined) {
      const position = casePosition.get(filter.caseNo)?.['position']
      query =
        position === undefined
          ? query.where('strange_case_no', '=', filter.caseNo)
          : query.where('case_position', '=', Number(position))
    }
    if (filter.requestId !== undefined) query = query.where('request_id', '=', filter.requestId)
    if (filter.subjectKey !== undefined) {
      const subject = findSubject(filter.subjectKey)
      if (subject === null) return { entries: [], next: null }
      query = query.where('records.position', 'in', aboutSubject(subject.subjectId, after))
    }
    const terms: string[] = []
    for (const [column, member] of NOTED) {
      const value = filter[member]
      if (value === undefined) continue
      query = query.where(`records.${column}`, '=', value)
      terms.push(termOf(column, value))
    }
    const [walked, ...others] = terms
    const above = Math.max(after, span.first * BLOCK_RECORDS - 1)
    if (walked === undefined || hasOwnIndex(filter)) {
      query = query
        .where('records.position', '>', above)
        .where('records.position', '<', (span.last + 1) * BLOCK_RECORDS)
    } else {
      query = query
        .innerJoin('record_terms', (join) =>
          join
            .on('records.position', '>=', sql<number>`record_terms.block * ${sql.lit(BLOCK_RECORDS)}`)
            .on('records.position', '<', sql<number>`(record_terms.block + 1) * ${sql.lit(BLOCK_RECORDS)}`),
        )
        .where('record_terms.term', '=', walked)
        .where('record_terms.block', '>=', blockOf(above))
        .where('record_terms.block', '<=', span.last)
        // A unary plus keeps SQLite from reading each block from here on instead of from its own beginning.
        .where(sql<number>`+records.position`, '>', above)
        .orderBy('record_terms.block')
      for (const term of others) {
        query = query.where(
          sql<boolean>`EXISTS (SELECT 1 FROM record_terms o WHERE o.term = ${term} AND o.block = record_terms.block)`,
        )
      }
    }
    query = query.orderBy('records.position')
    const rows = search.run(query)
    const entries = rows.slice(0, limit)
    return {
      entries: entries.map(auditRecord),
      next: rows.length > limit ? (entries.at(-1)?.position ?? null) : null,
    }
  }
}

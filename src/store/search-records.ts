// Lists audit records page by page in store order, by any of the filters.

import { sql } from 'kysely'
import type { AuditRecord, RecordFilter } from '../domain/audit.ts'
import type { Page } from '../domain/store.ts'
import { auditRecord } from './read-records.ts'
import { BLOCK_RECORDS, blockOf, inBlock, minuteOf, termOf } from './record-blocks.ts'
import type { NotedColumn } from './record-blocks.ts'
import { openRecordTimes } from './record-times.ts'
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

const hasTime = ({ from, until }: RecordFilter): boolean => from !== undefined || until !== undefined

/** Whether records of a block have times within these bounds: a clock that was set leaves others before and behind them. */
const holdsTime = ({ from = 0, until = Number.MAX_SAFE_INTEGER }: RecordFilter) => sql<boolean>`
  last_minute >= ${minuteOf(from)} AND first_minute <= ${minuteOf(until - 1)}`

/** Blocks that may hold a match: those of the first term, or those of the time where there is no term. */
function blocksWith(filter: RecordFilter, [walked, ...others]: readonly string[]) {
  if (walked === undefined) {
    return sql<{ block: number }>`(SELECT block FROM record_block_minutes WHERE ${holdsTime(filter)})`
  }
  const checks = others.map(
    (term) => sql`AND EXISTS (SELECT 1 FROM record_terms o WHERE o.term = ${term} AND o.block = w.block)`,
  )
  if (hasTime(filter)) {
    checks.push(sql`AND EXISTS (SELECT 1 FROM record_block_minutes m WHERE m.block = w.block AND ${holdsTime(filter)})`)
  }
  return sql<{ block: number }>`(SELECT block FROM record_terms w WHERE w.term = ${walked} ${sql.join(checks, sql` `)})`
}

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
  const times = openRecordTimes(database)

  /** Blocks between which all records of this span lie; null if it holds none. */
  function blocksOf({ from, until }: RecordFilter): { readonly first: number; readonly last: number } | null {
    const first = from === undefined ? ALL.first : times.firstFrom(from)
    const last = until === undefined ? ALL.last : times.lastBefore(until)
    return first === null || last === null || first > last ? null : { first, last }
  }

  return (filter) => {
    const { from, until, after = 0, limit } = filter
    const span = blocksOf(filter)
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
    const above = Math.max(after, span.first * BLOCK_RECORDS - 1)
    if (hasOwnIndex(filter) || (terms.length === 0 && !hasTime(filter))) {
      query = query
        .where('records.position', '>', above)
        .where('records.position', '<', (span.last + 1) * BLOCK_RECORDS)
    } else {
      // A unary plus keeps SQLite from reading each block from here on instead of from its own beginning.
      query = query
        .innerJoin(blocksWith(filter, terms).as('b'), (join) => join.on(sql.raw<boolean>(inBlock('records'))))
        .where('b.block', '>=', blockOf(above))
        .where('b.block', '<=', span.last)
        .where(sql<number>`+records.position`, '>', above)
        .orderBy('b.block')
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

// Lists cases page by page, newest first, within what the asker may see.

import type { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import type { CaseRecord } from '../domain/case-record.ts'
import type { CaseFilter, Page } from '../domain/store.ts'
import type { CaseReader } from './read-cases.ts'
import type { Search } from './search.ts'
import { openSubjectFinder } from './subjects.ts'

/** A scope without members finds nothing. */
export function openCaseSearch(
  database: DatabaseSync,
  cases: CaseReader,
  search: Search,
): (filter: CaseFilter) => Page<CaseRecord> {
  const subjectOf = openSubjectFinder(database)
  return ({ scope, item, state, limit, before }) => {
    const { hall, city, subjectKey } = scope
    if (hall === undefined && city === undefined && subjectKey === undefined) return { entries: [], next: null }
    // All three are the case's position: the one named is that of the index which is walked, newest first.
    const walked =
      subjectKey !== undefined
        ? 'case_parties.case_position'
        : city !== undefined
          ? 'deliveries.case_position'
          : 'cases.position'
    const position = sql.ref<number>(walked)
    let query = search.build
      .selectFrom('cases')
      .select('cases.position')
      .distinct()
      .orderBy(position, 'desc')
      .limit(limit + 1)
    if (hall !== undefined) query = query.where('cases.hall', '=', hall)
    if (city !== undefined) {
      query = query
        .innerJoin('deliveries', 'deliveries.case_position', 'cases.position')
        .where('deliveries.city', '=', city)
    }
    if (subjectKey !== undefined) {
      const subject = subjectOf(subjectKey)
      if (subject === null) return { entries: [], next: null }
      query = query
        .innerJoin('case_parties', 'case_parties.case_position', 'cases.position')
        .where('case_parties.subject_id', '=', subject.subjectId)
    }
    if (before !== undefined) query = query.where(position, '<', before)
    if (item !== undefined) query = query.where('cases.item', '=', item)
    if (state !== undefined) query = query.where('cases.state', '=', state)
    const positions = search.run(query).map((row) => row.position)
    const shown = positions.slice(0, limit)
    const entries = shown.map((shownAt) => cases.caseAt(shownAt))
    return { entries, next: positions.length > limit ? (shown.at(-1) ?? null) : null }
  }
}

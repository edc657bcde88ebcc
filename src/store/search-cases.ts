// Lists cases page by page, newest first, within what the asker may see, at a cost that does not grow with the store.

import { sql, type RawBuilder } from 'kysely'
import type { CaseRecord } from '../domain/case-record.ts'
import type { CaseFilter } from '../domain/case-filter.ts'
import type { Page } from '../domain/store.ts'
import { openFiledPositions, type Positions } from './filed-days.ts'
import type { CaseReader } from './read-cases.ts'
import type { Search } from './search.ts'
import type { Sql } from './sql.ts'
import { openSubjectFinder, type Subject } from './subjects.ts'

/** Of the asker's cases so many are looked at for a page; one that finds few of them is short, and says where to go on. */
export const CASES_LOOKED_AT = 5000

/** The index that is walked, newest first. Its rows come first in the join, whatever the planner thinks of the others. */
interface Walk {
  readonly by: 'party' | 'city' | 'hall'
  readonly rows: RawBuilder<unknown>
  readonly position: RawBuilder<unknown>
  readonly where: RawBuilder<unknown>
  readonly withCases: RawBuilder<unknown>
}

interface Subjects {
  readonly scope: Subject | null | undefined
  readonly applicant: Subject | null | undefined
}

type Condition = RawBuilder<unknown>

const ofParty = ({ subjectId }: Subject): Walk => ({
  by: 'party',
  rows: sql`case_parties w`,
  position: sql`w.case_position`,
  where: sql`w.subject_id = ${subjectId}`,
  withCases: sql`CROSS JOIN cases c ON c.position = w.case_position`,
})
const ofCity = (city: string): Walk => ({
  by: 'city',
  rows: sql`deliveries w`,
  position: sql`w.case_position`,
  where: sql`w.city = ${city}`,
  withCases: sql`CROSS JOIN cases c ON c.position = w.case_position`,
})
const ofHall = (hall: string): Walk => ({
  by: 'hall',
  rows: sql`cases c`,
  position: sql`c.position`,
  where: sql`c.hall = ${hall}`,
  withCases: sql``,
})

/** Null: a scope without members, or somebody whom the store does not know. */
function walkOf({ scope: { hall, city } }: CaseFilter, { scope, applicant }: Subjects): Walk | null {
  if (scope === null || applicant === null) return null
  if (scope !== undefined) return ofParty(scope)
  if (hall === undefined && city === undefined) return null
  if (applicant !== undefined) return ofParty(applicant)
  if (city !== undefined) return ofCity(city)
  return hall === undefined ? null : ofHall(hall)
}

/** All that a case must be beside standing in the index that is walked. */
function conditionsOf(filter: CaseFilter, by: Walk['by'], { applicant }: Subjects): readonly Condition[] {
  const { scope, filedFrom, filedUntil } = filter
  const conditions: Condition[] = []
  if (scope.city !== undefined && by !== 'city') {
    conditions.push(
      sql`EXISTS (SELECT 1 FROM deliveries d WHERE d.city = ${scope.city} AND d.case_position = c.position)`,
    )
  }
  if (applicant) conditions.push(sql`c.applicant_ref = ${applicant.subjectRef}`)
  for (const [column, value] of [
    ['c.hall', by === 'hall' ? undefined : scope.hall],
    ['c.hall', filter.hall],
    ['c.item', filter.item],
    ['c.state', filter.state],
    ['c.collecting_city', filter.collectingCity],
    ['c.competent_city', filter.competentCity],
  ] as const) {
    if (value !== undefined) conditions.push(sql`${sql.ref(column)} = ${value}`)
  }
  if (filedFrom !== undefined) conditions.push(sql`c.filed_at >= ${filedFrom}`)
  if (filedUntil !== undefined) conditions.push(sql`c.filed_at < ${filedUntil}`)
  return conditions
}

/** A scope without members finds nothing. */
export function openCaseSearch(
  database: Sql,
  cases: CaseReader,
  search: Search,
): (filter: CaseFilter) => Page<CaseRecord> {
  const subjectOf = openSubjectFinder(database)
  const filedPositions = openFiledPositions(database)
  const positionOf = database.prepare('SELECT position FROM cases WHERE case_no = ?')
  const positions = (query: RawBuilder<{ readonly position: number }>): readonly number[] =>
    search.run({ compile: () => query.compile(search.build) }).map(({ position }) => position)

  /** Between which positions the cases must stand; null: there are none. */
  function spanOf({ before, caseNo, filedFrom, filedUntil }: CaseFilter): Positions | null {
    const spans: Positions[] = [{ first: 0, end: before ?? Number.MAX_SAFE_INTEGER }]
    if (caseNo !== undefined) {
      const row = positionOf.get(caseNo)
      if (row === undefined) return null
      spans.push({ first: Number(row['position']), end: Number(row['position']) + 1 })
    }
    if (filedFrom !== undefined || filedUntil !== undefined) {
      const filed = filedPositions(filedFrom ?? 0, filedUntil ?? Number.MAX_SAFE_INTEGER)
      if (filed === null) return null
      spans.push(filed)
    }
    const span = {
      first: Math.max(...spans.map(({ first }) => first)),
      end: Math.min(...spans.map(({ end }) => end)),
    }
    return span.first < span.end ? span : null
  }

  /** How far down the page looks: the position of the last case that it looks at, null if there are not so many. */
  function floorOf({ rows, position, where }: Walk, { first, end }: Positions): number | null {
    const [floor] = positions(sql`
      SELECT ${position} AS position FROM ${rows}
      WHERE ${where} AND ${position} >= ${first} AND ${position} < ${end}
      ORDER BY ${position} DESC LIMIT 1 OFFSET ${CASES_LOOKED_AT - 1}`)
    return floor ?? null
  }

  return (filter) => {
    const { scope, applicantKey, limit } = filter
    const subjects = {
      scope: scope.subjectKey === undefined ? undefined : subjectOf(scope.subjectKey),
      applicant: applicantKey === undefined ? undefined : subjectOf(applicantKey),
    }
    const walk = walkOf(filter, subjects)
    const span = spanOf(filter)
    if (walk === null || span === null) return { entries: [], next: null }
    const conditions = conditionsOf(filter, walk.by, subjects)
    // Where each case that is walked past fits, the page is full before that many.
    const floor = conditions.length === 0 ? null : floorOf(walk, span)
    const { position, rows, withCases, where } = walk
    const found = positions(sql`
      SELECT DISTINCT ${position} AS position FROM ${rows} ${withCases}
      WHERE ${sql.join(
        [where, sql`${position} >= ${floor ?? span.first}`, sql`${position} < ${span.end}`, ...conditions],
        sql` AND `,
      )}
      ORDER BY ${position} DESC LIMIT ${limit + 1} + 0`)
    const shown = found.slice(0, limit)
    const entries = shown.map((shownAt) => cases.caseAt(shownAt))
    return { entries, next: found.length > limit ? (shown.at(-1) ?? null) : floor }
  }
}

// Reads cases for those who may see them, and counts the deliveries that are not at rest.

import type { Reason } from '../domain/delivery.ts'
import type { CaseEvent, CaseRecord, LegView } from '../domain/case-record.ts'
import type { CaseScope, Store } from '../domain/store.ts'
import type { SubmissionBody } from '../domain/submission.ts'
import type { Sealer } from './sealed.ts'
import { bodyPlace, reasonsPlace } from './places.ts'
import { openActReader } from './read-acts.ts'
import { openNewsReader } from './read-news.ts'
import type { Sql } from './sql.ts'
import { openSubjectFinder } from './subjects.ts'

export type Backlog = Awaited<ReturnType<Store['backlog']>>

export interface CaseReader {
  /** A scope without members finds nothing. */
  findCase(caseNo: string, scope: CaseScope): CaseRecord | null
  /** Whether there is such a case in this scope. */
  isInScope(caseNo: string, scope: CaseScope): boolean
  /** The case at a position of the store; throws if there is none. */
  caseAt(position: number): CaseRecord
  backlog(): Backlog
}

interface CaseRow {
  readonly position: number
  readonly case_no: string
  readonly item: string
  readonly handling_mode: CaseRecord['handlingMode']
  readonly collecting_city: string | null
  readonly competent_city: string
  readonly hall: string | null
  readonly state: CaseRecord['state']
  readonly filed_at: number
  readonly updated_at: number
  readonly schema_digest: string
  readonly config_version: string
  readonly body: Uint8Array
}

interface LegRow {
  readonly ordinal: number
  readonly leg: string
  readonly city: string
  readonly leg_state: LegView['state']
  readonly message_no: number
  readonly act: number | null
  readonly state: LegView['delivery']
  readonly due_at: number | null
  readonly lease: string | null
  readonly attempts: number
  readonly backend_case_no: string | null
  readonly city_status: string | null
  readonly reasons: Uint8Array | null
  readonly fault_code: string | null
}

const CASE = 'SELECT c.*, b.body FROM cases c JOIN case_bodies b ON b.case_position = c.position'

export function openCaseReader(database: Sql, sealer: Sealer): CaseReader {
  const byNumber = database.prepare(`${CASE} WHERE c.case_no = ?`)
  const byPosition = database.prepare(`${CASE} WHERE c.position = ?`)
  const legsOf = database.prepare('SELECT * FROM deliveries WHERE case_position = ? ORDER BY ordinal')
  const eventsOf = database.prepare(
    'SELECT at, event, leg, city, role AS "by", hall, state, document FROM case_events WHERE case_position = ? ORDER BY ordinal',
  )
  const { newsOf } = openNewsReader(database, sealer)
  const actsOf = openActReader(database, sealer)
  const subjectOf = openSubjectFinder(database)
  const isParty = database.prepare('SELECT 1 FROM case_parties WHERE subject_id = ? AND case_position = ?')
  const countOpen = database.prepare(`
    SELECT city, state, count(*) AS count, min(begun_at) AS "oldestAt" FROM deliveries
    WHERE state IN ('sending', 'stored', 'unconfirmed', 'stuck') GROUP BY city, state`)

  function legView(caseNo: string, row: LegRow): LegView {
    const place = row.message_no === 0 ? caseNo : `${caseNo}/${row.ordinal}`
    // While somebody is at it, due_at is the end of the lease, which is no promise to anybody.
    const waits = row.lease === null && (row.state === 'stored' || row.state === 'unconfirmed')
    return {
      leg: row.leg,
      city: row.city,
      state: row.leg_state,
      delivery: row.state,
      backendCaseNo: row.backend_case_no,
      cityStatus: row.city_status,
      reasons:
        row.reasons === null
          ? []
          : (JSON.parse(sealer.open(reasonsPlace(place, row.leg), row.reasons)) as readonly Reason[]),
      attempts: row.attempts,
      faultCode: row.fault_code,
      nextAt: waits ? row.due_at : null,
    }
  }

  function caseRecord(row: CaseRow, messages: readonly LegRow[]): CaseRecord {
    const caseNo = row.case_no
    const legs = messages.filter((message) => message.message_no === 0)
    return {
      caseNo,
      item: row.item,
      handlingMode: row.handling_mode,
      collectingCity: row.collecting_city,
      competentCity: row.competent_city,
      hall: row.hall,
      state: row.state,
      filedAt: row.filed_at,
      updatedAt: row.updated_at,
      schemaDigest: row.schema_digest,
      configVersion: row.config_version,
      body: JSON.parse(sealer.open(bodyPlace(caseNo), row.body)) as SubmissionBody,
      legs: legs.map((leg) => legView(caseNo, leg)),
      events: eventsOf.all(row.position).map((event) => ({ ...event }) as unknown as CaseEvent),
      news: newsOf(row.position),
      acts: actsOf(row.position, (act) =>
        messages.filter((one) => one.act === act && one.message_no > 0).map((one) => legView(caseNo, one)),
      ),
    }
  }

  const legRows = (position: number): readonly LegRow[] => legsOf.all(position) as unknown as LegRow[]

  function inScope(row: CaseRow, legs: readonly LegRow[], scope: CaseScope): boolean {
    const { hall, city, subjectKey } = scope
    if (hall === undefined && city === undefined && subjectKey === undefined) return false
    if (hall !== undefined && row.hall !== hall) return false
    if (city !== undefined && !legs.some((leg) => leg.city === city)) return false
    if (subjectKey === undefined) return true
    const subject = subjectOf(subjectKey)
    return subject !== null && isParty.get(subject.subjectId, row.position) !== undefined
  }

  return {
    findCase(caseNo, scope) {
      const row = byNumber.get(caseNo) as CaseRow | undefined
      if (row === undefined) return null
      const legs = legRows(row.position)
      return inScope(row, legs, scope) ? caseRecord(row, legs) : null
    },

    isInScope(caseNo, scope) {
      const row = byNumber.get(caseNo) as CaseRow | undefined
      return row !== undefined && inScope(row, legRows(row.position), scope)
    },

    caseAt(position) {
      const row = byPosition.get(position) as CaseRow | undefined
      if (row === undefined) throw new Error(`no case at position ${position}`)
      return caseRecord(row, legRows(position))
    },

    backlog: () => countOpen.all().map((row) => ({ ...row }) as unknown as Backlog[number]),
  }
}

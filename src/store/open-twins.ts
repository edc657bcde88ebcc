// Finds what the same applicant has open for the same item, within the writer's transaction.

import { CASE_STATES } from '../domain/delivery.ts'
import { isOpen } from '../domain/case-states.ts'
import type { Sql } from './sql.ts'
import type { Subject } from './subjects.ts'

/** So many of the applicant's newest cases are looked at: an employer may have thousands. */
export const TWINS_LOOKED_AT = 50

const OPEN = CASE_STATES.filter(isOpen)
  .map((state) => `'${state}'`)
  .join(', ')

/**
 * The number of the newest other open case of this applicant and item, null if there is none. Cases decided where they were taken do
 * not count.
 */
export function openTwinFinder(database: Sql): (applicant: Subject, item: string, own: number) => string | null {
  const find = database.prepare(`
    SELECT c.case_no FROM (
      SELECT case_position FROM case_parties WHERE subject_id = ? AND case_position < ?
      ORDER BY case_position DESC LIMIT ${TWINS_LOOKED_AT}) p
    CROSS JOIN cases c ON c.position = p.case_position
    WHERE c.applicant_ref = ? AND c.item = ? AND c.state IN (${OPEN})
      AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.case_position = c.position AND d.state = 'local')
    ORDER BY p.case_position DESC LIMIT 1`)
  return ({ subjectId, subjectRef }, item, own) => {
    const row = find.get(subjectId, own, subjectRef, item)
    return row === undefined ? null : String(row['case_no'])
  }
}

// Enters what happens to a case into its history, within the writer's transaction.

import type { CaseEvent } from '../domain/case-record.ts'
import type { Sql } from './sql.ts'

export interface EventWriter {
  add(casePosition: number, event: CaseEvent): void
  /** Unless it is the last one of this leg already: repeated attempts with one end are one event. */
  addOnce(casePosition: number, event: CaseEvent): void
}

/** What the gateway did by itself, and moved nothing but a message. */
export const BY_GATEWAY = { by: 'gateway', hall: null, state: null, document: null } as const

export function openEventWriter(database: Sql): EventWriter {
  const insert = database.prepare(`
    INSERT INTO case_events (case_position, ordinal, at, event, leg, city, role, hall, state, document, position)
    SELECT ?1, coalesce(max(ordinal), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,
      (SELECT coalesce(max(position), 0) + 1 FROM case_events)
    FROM case_events WHERE case_position = ?1`)
  const last = database.prepare(
    'SELECT event FROM case_events WHERE case_position = ? AND leg = ? ORDER BY ordinal DESC LIMIT 1',
  )
  const add: EventWriter['add'] = (casePosition, { at, event, leg, city, by, hall, state, document }) => {
    insert.run(casePosition, at, event, leg, city, by, hall, state, document)
  }
  return {
    add,
    addOnce(casePosition, event) {
      if (last.get(casePosition, event.leg)?.['event'] !== event.event) add(casePosition, event)
    },
  }
}

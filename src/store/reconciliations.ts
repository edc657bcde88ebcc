// Keeps what was found when a city was asked what it holds, and reads which applications arrived when.

import type { RecordDraft } from '../domain/audit.ts'
import type {
  DeliveredFilter,
  DeliveredLeg,
  Difference,
  Reconciliation,
  ReconciliationFilter,
  ReconciliationStanding,
} from '../domain/reconciliation.ts'
import type { Page } from '../domain/store.ts'
import { differencesPlace } from './places.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'
import type { RecordWriter } from './write-records.ts'

export function openReconciliationWriter(options: {
  readonly database: Sql
  readonly sealer: Sealer
  readonly records: RecordWriter
}): (reconciliation: Reconciliation, record: RecordDraft) => void {
  const { database, sealer, records } = options
  const keep = database.prepare(`
    INSERT INTO reconciliations (
      city, backend, day, began_at, ended_at, outcome, fault_code, here, there, agreed, differing, differences)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (city, backend, day) DO UPDATE SET
      began_at = excluded.began_at, ended_at = excluded.ended_at, outcome = excluded.outcome,
      fault_code = excluded.fault_code, here = excluded.here, there = excluded.there, agreed = excluded.agreed,
      differing = excluded.differing, differences = excluded.differences`)
  return (one, record) => {
    const { city, backend, day, differences } = one
    keep.run(
      city,
      backend,
      day,
      one.beganAt,
      one.endedAt,
      one.outcome,
      one.faultCode,
      one.here,
      one.there,
      one.agreed,
      one.differing,
      sealer.seal(differencesPlace(city, backend, day), JSON.stringify(differences)),
    )
    records.append(record)
  }
}

interface Row {
  readonly position: number
  readonly city: string
  readonly backend: string
  readonly day: string
  readonly began_at: number
  readonly ended_at: number
  readonly outcome: Reconciliation['outcome']
  readonly fault_code: string | null
  readonly here: number
  readonly there: number
  readonly agreed: number
  readonly differing: number
  readonly differences: Uint8Array
}

interface LegRow {
  readonly position: number
  readonly at: number
  readonly case_no: string
  readonly leg: string
  readonly item: string
  readonly backend_case_no: string | null
  readonly state: DeliveredLeg['state']
  readonly begun_at: number
}

export interface ReconciliationReader {
  list(filter: ReconciliationFilter): Page<Reconciliation>
  standings(): readonly ReconciliationStanding[]
  delivered(filter: DeliveredFilter): Page<DeliveredLeg>
}

export function openReconciliationReader(database: Sql, sealer: Sealer): ReconciliationReader {
  // A row for each backend and day: few, and a page walks them from the newest on.
  const list = database.prepare(`
    SELECT * FROM reconciliations
    WHERE (?1 IS NULL OR city = ?1) AND (?2 IS NULL OR outcome = ?2)
      AND (?3 = 0 OR (day, position) < ((SELECT day FROM reconciliations WHERE position = ?3), ?3))
    ORDER BY day DESC, position DESC LIMIT ?4 + 0`)
  const standings = database.prepare(`
    SELECT r.city, r.backend, r.day, r.differing FROM reconciliations r
    WHERE r.outcome <> 'failed' AND r.day = (
      SELECT max(n.day) FROM reconciliations n
      WHERE n.city = r.city AND n.backend = r.backend AND n.outcome <> 'failed')
    ORDER BY r.city, r.backend`)
  const delivered = database.prepare(`
    SELECT e.position, e.at, c.case_no, e.leg, c.item, d.backend_case_no, d.state,
      coalesce(d.begun_at, c.filed_at) AS begun_at
    FROM case_events e INDEXED BY case_events_delivered
      JOIN deliveries d ON d.case_position = e.case_position AND d.leg = e.leg AND d.message_no = 0
      JOIN cases c ON c.position = e.case_position
    WHERE e.event = 'delivered' AND e.city = ?1 AND e.at >= ?2 AND e.at < ?3
      AND (e.at, e.position) > (coalesce((SELECT at FROM case_events WHERE position = ?4), -1), ?4)
    ORDER BY e.at, e.position LIMIT ?5 + 0`)

  return {
    list({ city, outcome, limit, after = 0 }) {
      const rows = list.all(city ?? null, outcome ?? null, after, limit + 1) as unknown as readonly Row[]
      const shown = rows.slice(0, limit)
      return {
        entries: shown.map((row) => reconciliation(row, sealer)),
        next: rows.length > limit ? (shown.at(-1)?.position ?? null) : null,
      }
    },
    standings: () => standings.all().map((row) => ({ ...row }) as unknown as ReconciliationStanding),
    delivered({ city, from, until, limit, after = 0 }) {
      const rows = delivered.all(city, from, until, after, limit + 1) as unknown as readonly LegRow[]
      const shown = rows.slice(0, limit)
      return {
        entries: shown.map((row) => ({
          caseNo: row.case_no,
          leg: row.leg,
          item: row.item,
          backendCaseNo: row.backend_case_no,
          state: row.state,
          begunAt: row.begun_at,
          deliveredAt: row.at,
        })),
        next: rows.length > limit ? (shown.at(-1)?.position ?? null) : null,
      }
    },
  }
}

function reconciliation(row: Row, sealer: Sealer): Reconciliation {
  const { city, backend, day, outcome, here, there, agreed, differing } = row
  const place = differencesPlace(city, backend, day)
  return {
    city,
    backend,
    day,
    beganAt: row.began_at,
    endedAt: row.ended_at,
    outcome,
    faultCode: row.fault_code,
    here,
    there,
    agreed,
    differing,
    differences: JSON.parse(sealer.open(place, row.differences)) as readonly Difference[],
  }
}

// Reads the messages that are not at rest, for operators: nothing of a person is in them.

import type { PlannedLeg } from '../domain/leg-place.ts'
import type { DeliveryFilter, FoundDelivery, OpenDelivery } from '../domain/open-delivery.ts'
import type { Page } from '../domain/store.ts'
import type { Sql } from './sql.ts'

interface DeliveryRow {
  readonly case_position: number
  readonly ordinal: number
  readonly case_no: string
  readonly item: string
  readonly filed_at: number
  readonly leg: string
  readonly message_no: number
  readonly city: string
  readonly kind: OpenDelivery['kind']
  readonly state: OpenDelivery['state']
  readonly begun_at: number | null
  readonly sent_at: number | null
  readonly attempts: number
  readonly fault_code: string | null
  readonly due_at: number | null
  readonly lease: string | null
  readonly may_have_arrived: number | null
  readonly leg_number: string | null
  readonly is_next: number
}

export interface DeliveryReader {
  list(filter: DeliveryFilter): Page<OpenDelivery>
  find(caseNo: string, leg: string, messageNo: number): FoundDelivery | null
  /** By its place in the store; throws if there is none. */
  at(casePosition: number, ordinal: number): OpenDelivery
}

/** A case has fewer messages than this: position and ordinal in one number, which pages go on from. */
const ORDINALS = 65_536

const COLUMNS = `
  SELECT d.*, c.case_no, c.item, c.filed_at,
    CASE WHEN d.message_no = 0 THEN d.backend_case_no ELSE (
      SELECT f.backend_case_no FROM deliveries f
      WHERE f.case_position = d.case_position AND f.leg = d.leg AND f.message_no = 0) END AS leg_number,
    d.message_no = 0 OR NOT EXISTS (
      SELECT 1 FROM deliveries e
      WHERE e.case_position = d.case_position AND e.leg = d.leg AND e.message_no < d.message_no
        AND e.state NOT IN ('delivered', 'refused', 'cancelled', 'given-up')) AS is_next`
const PAGE = `
  (?1 IS NULL OR d.city = ?1) AND (?2 IS NULL OR d.state = ?2) AND (d.case_position, d.ordinal) > (?3, ?4)
  ORDER BY d.case_position, d.ordinal LIMIT ?5 + 0`

export function openDeliveryReader(database: Sql): DeliveryReader {
  // Those not at rest are few beside all there have been: their own indexes, never a walk through every case.
  const listOpen = database.prepare(`${COLUMNS}
    FROM deliveries d INDEXED BY deliveries_open JOIN cases c ON c.position = d.case_position
    WHERE d.state IN ('sending', 'stored', 'unconfirmed', 'stuck') AND ${PAGE}`)
  const listStuck = database.prepare(`${COLUMNS}
    FROM deliveries d INDEXED BY deliveries_stuck JOIN cases c ON c.position = d.case_position
    WHERE d.state = 'stuck' AND ${PAGE}`)
  const findOne = database.prepare(`${COLUMNS}
    FROM cases c JOIN deliveries d ON d.case_position = c.position
    WHERE c.case_no = ? AND d.leg = ? AND d.message_no = ? AND d.state NOT IN ('waiting', 'local')`)
  const oneAt = database.prepare(`${COLUMNS}
    FROM deliveries d JOIN cases c ON c.position = d.case_position WHERE d.case_position = ? AND d.ordinal = ?`)
  const legsOf = database.prepare(`
    SELECT leg, city, route_rule AS "routeRule" FROM deliveries
    WHERE case_position = ? AND message_no = 0 ORDER BY ordinal`)

  return {
    list({ state, city, limit, after = 0 }) {
      const list = state === 'stuck' ? listStuck : listOpen
      const [position, ordinal] = [Math.floor(after / ORDINALS), after % ORDINALS]
      const rows = list.all(
        city ?? null,
        state ?? null,
        position,
        ordinal,
        limit + 1,
      ) as unknown as readonly DeliveryRow[]
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        entries: shown.map(openDelivery),
        next: last === undefined ? null : last.case_position * ORDINALS + last.ordinal,
      }
    },
    find(caseNo, leg, messageNo) {
      const row = findOne.get(caseNo, leg, messageNo) as DeliveryRow | undefined
      if (row === undefined) return null
      const legs = legsOf.all(row.case_position).map((planned) => ({ ...planned }) as unknown as PlannedLeg)
      return { delivery: openDelivery(row), legs }
    },
    at(casePosition, ordinal) {
      const row = oneAt.get(casePosition, ordinal) as DeliveryRow | undefined
      if (row === undefined) throw new Error(`no message ${ordinal} of the case at position ${casePosition}`)
      return openDelivery(row)
    },
  }
}

function openDelivery(row: DeliveryRow): OpenDelivery {
  const { state, lease, due_at: dueAt } = row
  return {
    caseNo: row.case_no,
    item: row.item,
    leg: row.leg,
    messageNo: row.message_no,
    city: row.city,
    kind: row.kind,
    state,
    since: row.begun_at ?? row.filed_at,
    lastAttemptAt: row.sent_at,
    attempts: row.attempts,
    faultCode: row.fault_code,
    // While somebody is at it, due_at is the end of the lease, which is no promise to anybody.
    nextAt: lease === null && (state === 'stored' || state === 'unconfirmed') ? dueAt : null,
    backendCaseNo: row.leg_number,
    mayHaveArrived: state === 'stuck' || state === 'given-up' ? row.may_have_arrived !== 0 : state !== 'stored',
    atWorkUntil: lease === null ? null : dueAt,
    isNext: row.is_next === 1,
  }
}

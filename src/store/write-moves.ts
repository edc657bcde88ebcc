// Moves a leg and its case by the table of states, and carries out what follows from that, within the writer's transaction.

import { hasFailed, isDone, isOpen, move, moveOfCase, moveTold, type Doer, type Move } from '../domain/case-states.ts'
import type { CaseState, DeliveryState } from '../domain/delivery.ts'
import type { Act } from '../domain/acts.ts'
import { currentLegs, legToStart, type LegPlace, type PlannedLeg } from '../domain/leg-place.ts'
import type { Sql } from './sql.ts'
import { BY_GATEWAY, type EventWriter } from './write-events.ts'

/** A leg of a case as its application's row has it. */
export interface LegRow {
  readonly case_position: number
  readonly ordinal: number
  readonly leg: string
  readonly city: string
  readonly route_rule: string
  readonly state: DeliveryState | 'waiting' | 'local'
  readonly lease: string | null
  readonly leg_state: CaseState
  readonly backend_case_no: string | null
  readonly news_order: number | null
  readonly case_state: CaseState
  readonly applicant_ref: string
}

/** Who moves it, and when by whose clock. */
export interface Moving {
  readonly by: Doer
  readonly hall: string | null
  readonly at: number
  readonly now: number
}

export interface LegMover {
  find(caseNo: string, leg: string): LegRow | undefined
  legsOf(casePosition: number): readonly LegRow[]
  /**
   * What a city tells of its leg, itself or by the hall that decides it. False, and nothing is moved, where the table does not have
   * it. `backendCaseNo` is the city's number as it is known now.
   */
  tell(leg: LegRow, told: CaseState, moving: Omit<Moving, 'by'>, place: LegPlace, backendCaseNo: string | null): boolean
  apply(leg: LegRow, moved: Move, moving: Moving, place: LegPlace, backendCaseNo: string | null): void
  /** Starts the leg after this one, if that waits and its turn has come. */
  goOn(caseNo: string, pair: Extract<Act, { kind: 'rerouting' }>['following'][number], now: number): void
  /** Takes a leg back: what was not sent is cancelled, what was is followed by a withdrawal. Says which of the two. */
  takeBack(leg: LegRow, act: number | null, now: number): 'cancelled' | 'to-be-withdrawn' | 'ended'
  isBeingWithdrawn(leg: LegRow): boolean
  /** A leg that is proven not to have been sent and that somebody has taken back meanwhile ends without a call. */
  endIfTakenBack(leg: LegRow, now: number, place: LegPlace): void
}

const LEG = `
  SELECT d.case_position, d.ordinal, d.leg, d.city, d.route_rule, d.state, d.lease, d.leg_state, d.backend_case_no, d.news_order,
    c.state AS case_state, c.applicant_ref
  FROM cases c JOIN deliveries d ON d.case_position = c.position`

export function openLegMover(database: Sql, events: EventWriter): LegMover {
  const find = database.prepare(`${LEG} WHERE c.case_no = ? AND d.leg = ? AND d.message_no = 0`)
  const legsOf = database.prepare(`${LEG} WHERE c.position = ? AND d.message_no = 0 ORDER BY d.ordinal`)
  const moveLeg = database.prepare('UPDATE deliveries SET leg_state = ? WHERE case_position = ? AND ordinal = ?')
  const moveCase = database.prepare('UPDATE cases SET state = coalesce(?, state), updated_at = ? WHERE position = ?')
  const startLeg = database.prepare(`
    INSERT INTO deliveries (case_position, ordinal, leg, city, route_rule, state, begun_at, due_at, related_case_no, act)
    SELECT ?1, coalesce(min(CASE WHEN leg = ?2 THEN ordinal END), max(ordinal) + 1), ?2, ?3, ?4, 'stored', ?5, ?5, ?6,
      (SELECT max(position) FROM case_acts WHERE case_position = ?1 AND kind = 'correction')
    FROM deliveries WHERE case_position = ?1
    ON CONFLICT (case_position, ordinal) DO UPDATE SET
      city = excluded.city, route_rule = excluded.route_rule, state = excluded.state, begun_at = excluded.begun_at,
      due_at = excluded.due_at, related_case_no = excluded.related_case_no, act = excluded.act
    WHERE deliveries.state = 'waiting'`)
  const cancel = database.prepare(`
    UPDATE deliveries SET state = 'cancelled', due_at = NULL, lease = NULL, fault_code = NULL
    WHERE case_position = ? AND ordinal = ?`)
  const pending = database.prepare(`
    SELECT ordinal, kind FROM deliveries
    WHERE case_position = ? AND leg = ? AND message_no > 0 AND state = 'stored' AND lease IS NULL`)
  const insertWithdrawal = database.prepare(`
    INSERT INTO deliveries
      (case_position, ordinal, leg, city, route_rule, state, begun_at, due_at, message_no, kind, act)
    SELECT ?1, (SELECT max(ordinal) + 1 FROM deliveries WHERE case_position = ?1), leg, city, route_rule, 'stored', ?3, ?3,
      message_no + 1, 'withdrawal', ?4
    FROM deliveries WHERE case_position = ?1 AND leg = ?2 ORDER BY message_no DESC LIMIT 1`)
  const takenBackBy = database.prepare(`
    SELECT coalesce(a.role, 'other-leg') AS role, a.hall FROM deliveries d LEFT JOIN case_acts a ON a.position = d.act
    WHERE d.case_position = ? AND d.leg = ? AND d.kind = 'withdrawal' AND d.state = 'stored' AND d.lease IS NULL`)
  const hasWithdrawal = database.prepare(`
    SELECT 1 FROM deliveries WHERE case_position = ? AND leg = ? AND kind = 'withdrawal'
      AND state IN ('sending', 'stored', 'unconfirmed', 'stuck', 'delivered')`)

  const enter = (
    { case_position: position, leg, city }: LegRow,
    event: Parameters<EventWriter['add']>[1]['event'],
    { by, hall, at }: Pick<Moving, 'by' | 'hall' | 'at'>,
    moved: Pick<Move, 'to' | 'document'> | null,
  ): void => {
    const [state, document] = moved === null ? [null, null] : [moved.to, moved.document]
    events.add(position, { at, event, leg, city, by, hall, state, document })
  }

  /** Messages of a leg that nobody has begun to send, and that make no sense any more. */
  function cancelPending(leg: LegRow, now: number): void {
    for (const { ordinal, kind } of pending.all(leg.case_position, leg.leg)) {
      cancel.run(leg.case_position, Number(ordinal))
      const event = kind === 'withdrawal' ? 'withdrawal-cancelled' : 'correction-cancelled'
      enter(leg, event, { by: 'gateway', hall: null, at: now }, null)
    }
  }

  /** The others of a leg that has ended badly. One that may be routed anew keeps them; who takes back the case, takes back all. */
  function endOthers(leg: LegRow, to: CaseState, place: LegPlace, now: number): void {
    if (to === 'returned' || (place.whenFailed === 'go-on' && !place.decides)) return
    const undoes = place.whenFailed === 'undo' || (place.decides && to === 'withdrawn')
    for (const other of legRows(leg.case_position)) {
      if (other.ordinal === leg.ordinal) continue
      const hasBegun = other.state !== 'waiting' && other.state !== 'stored'
      if (!hasBegun || undoes) takeBack(other, null, now)
    }
  }

  const isBeingWithdrawn: LegMover['isBeingWithdrawn'] = (leg) =>
    hasWithdrawal.get(leg.case_position, leg.leg) !== undefined

  const takeBack: LegMover['takeBack'] = (leg, act, now) => {
    if (leg.state === 'cancelled' || leg.state === 'refused' || !isOpen(leg.leg_state)) return 'ended'
    const isUnsent = leg.state === 'waiting' || leg.state === 'local' || (leg.state === 'stored' && leg.lease === null)
    if (isUnsent) {
      if (leg.state !== 'local') cancel.run(leg.case_position, leg.ordinal)
      if (leg.state === 'stored') enter(leg, 'cancelled', { by: 'gateway', hall: null, at: now }, null)
      return 'cancelled'
    }
    if (!isBeingWithdrawn(leg)) {
      insertWithdrawal.run(leg.case_position, leg.leg, now, act)
      if (act === null) enter(leg, 'withdrawal-filed', { by: 'other-leg', hall: null, at: now }, null)
    }
    return 'to-be-withdrawn'
  }

  const legRows = (position: number): readonly LegRow[] => legsOf.all(position) as unknown as readonly LegRow[]

  function start(leg: LegRow, next: PlannedLeg, relatedCaseNo: string, now: number): void {
    const { changes } = startLeg.run(leg.case_position, next.leg, next.city, next.routeRule, now, relatedCaseNo)
    if (Number(changes) === 0) return
    events.addOnce(leg.case_position, { ...BY_GATEWAY, at: now, event: 'stored', leg: next.leg, city: next.city })
  }

  const apply: LegMover['apply'] = (leg, moved, moving, place, backendCaseNo) => {
    const { case_position: position } = leg
    // What is told a second time moves nothing: neither the leg nor the case, which another leg may have ended meanwhile.
    const isNew = moved.to !== leg.leg_state
    if (isNew) {
      moveLeg.run(moved.to, position, leg.ordinal)
      enter(leg, moved.event, moving, moved)
    }
    const othersAreDone = (): boolean => areDone(currentLegs(legRows(position)), leg.ordinal)
    const ofCase = isNew ? moveOfCase(leg.case_state, moved, place, moving.by, othersAreDone) : null
    moveCase.run(ofCase?.to ?? null, moving.now, position)
    if (ofCase !== null && !place.decides) {
      enter(leg, ofCase.event, { by: 'other-leg', hall: null, at: moving.now }, ofCase)
    }
    if (!isOpen(moved.to)) cancelPending(leg, moving.now)
    if (hasFailed(moved.to) && isNew) endOthers(leg, moved.to, place, moving.now)
    const next = legToStart(place, moved.to, ofCase?.to ?? leg.case_state, backendCaseNo)
    if (next !== null && backendCaseNo !== null) start(leg, next, backendCaseNo, moving.now)
  }

  return {
    find: (caseNo, leg) => find.get(caseNo, leg) as LegRow | undefined,
    legsOf: legRows,
    tell(leg, told, moving, place, backendCaseNo) {
      const moved = moveTold(leg.leg_state, told)
      if (moved === null) return false
      apply(leg, moved, { ...moving, by: 'city' }, place, backendCaseNo)
      return true
    },
    apply,
    goOn(caseNo, { leg: key, next: nextKey, after }, now) {
      const [leg, row] = [key, nextKey].map((one) => find.get(caseNo, one) as LegRow | undefined)
      if (leg === undefined || row?.state !== 'waiting' || leg.leg_state === 'collected') return
      const planned = { leg: row.leg, city: row.city, routeRule: row.route_rule }
      const place: LegPlace = { decides: false, whenFailed: 'go-on', next: { leg: planned, after } }
      const number = leg.backend_case_no
      const next = legToStart(place, leg.leg_state, leg.case_state, number)
      if (next !== null && number !== null) start(leg, next, number, now)
    },
    takeBack,
    isBeingWithdrawn,
    endIfTakenBack(leg, now, place) {
      const found = takenBackBy.get(leg.case_position, leg.leg) as { role: Doer; hall: string | null } | undefined
      const moved = found === undefined ? null : move(leg.leg_state, 'withdraw', found.role)
      if (found === undefined || moved === null) return
      cancel.run(leg.case_position, leg.ordinal)
      apply(leg, moved, { by: found.role, hall: found.hall, at: now, now }, place, null)
    },
  }
}

/** Nothing is going to happen in the others any more: each is done, has failed, was never sent, or waits for one that has failed. */
function areDone(legs: readonly LegRow[], butFor: number): boolean {
  let hasFailedBefore = false
  return legs.every(({ ordinal, state, leg_state: standing }) => {
    hasFailedBefore ||= hasFailed(standing)
    const never = state === 'cancelled' || state === 'local' || (state === 'waiting' && hasFailedBefore)
    return ordinal === butFor || never || isDone(standing) || hasFailed(standing)
  })
}

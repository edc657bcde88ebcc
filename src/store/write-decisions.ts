// Enters what operators decide about messages to cities, within the writer's transaction.

import { move, type StateEvent } from '../domain/case-states.ts'
import { actsOn, type DeliveryDecided, type DeliveryDecision, type OpenDelivery } from '../domain/open-delivery.ts'
import { deliveryActWordsPlace, reasonsPlace } from './places.ts'
import { openDeliveryReader } from './read-deliveries.ts'
import { openRepeats } from './repeats.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'
import { KEPT_MS } from './write-cases.ts'
import type { EventWriter } from './write-events.ts'
import type { LegMover, LegRow } from './write-moves.ts'
import type { RecordWriter } from './write-records.ts'

/** The message that is decided about, and the leg that it belongs to. */
interface Subject {
  readonly decision: DeliveryDecision
  readonly delivery: OpenDelivery
  readonly leg: LegRow
  readonly ordinal: number
}

/** What the city having the message means for its leg. */
const TAKEN = { application: 'pre-accept', correction: 'pre-accept', withdrawal: 'withdraw' } as const
const TAKEN_EVENT = { application: 'delivered', correction: 'correction-taken', withdrawal: null } as const
const GIVEN_UP_EVENT = {
  application: 'given-up',
  correction: 'correction-given-up',
  withdrawal: 'withdrawal-given-up',
} as const

export function openDecisionWriter(options: {
  readonly database: Sql
  readonly sealer: Sealer
  readonly records: RecordWriter
  readonly events: EventWriter
  readonly legs: LegMover
}): (decision: DeliveryDecision) => DeliveryDecided {
  const { database, sealer, records, events, legs } = options
  const findRepeat = openRepeats(database, sealer)
  const reader = openDeliveryReader(database)
  const ordinalOf = database.prepare(
    'SELECT ordinal FROM deliveries WHERE case_position = ? AND leg = ? AND message_no = ?',
  )
  const keep = database.prepare(`
    INSERT INTO delivery_acts (case_position, ordinal, act, at, words, scope, fingerprint, kept_until)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
  // Without its lease, an attempt that is still under way somewhere settles nothing any more.
  const redrive = database.prepare(`
    UPDATE deliveries SET
      state = ?, lease = NULL, due_at = ?4, tried_since = ?4, not_known = 0, may_have_arrived = NULL
    WHERE case_position = ?2 AND ordinal = ?3`)
  const mark = database.prepare(`
    UPDATE deliveries SET
      state = 'delivered', lease = NULL, due_at = NULL, fault_code = NULL, reasons = NULL, may_have_arrived = NULL,
      backend_case_no = coalesce(?, backend_case_no)
    WHERE case_position = ? AND ordinal = ?`)
  const giveUp = database.prepare(`
    UPDATE deliveries SET state = 'given-up', lease = NULL, due_at = NULL, reasons = ?, may_have_arrived = ?
    WHERE case_position = ? AND ordinal = ?`)
  const touch = database.prepare('UPDATE cases SET updated_at = ? WHERE position = ?')

  function enter({ decision: { at }, leg }: Subject, event: Parameters<EventWriter['add']>[1]['event']): void {
    const byOperator = { by: 'operator', hall: null, state: null, document: null } as const
    events.add(leg.case_position, { ...byOperator, at, event, leg: leg.leg, city: leg.city })
  }

  /** The leg goes where the table leads from its state; where that has no such way it stays. */
  function moveLeg({ decision, leg }: Subject, event: StateEvent, backendCaseNo: string | null): void {
    const { at, place } = decision
    const moved = move(leg.leg_state, event, 'operator')
    if (moved !== null) legs.apply(leg, moved, { by: 'operator', hall: null, at, now: at }, place, backendCaseNo)
  }

  function tryAgain({ decision, delivery, leg, ordinal }: Subject): void {
    redrive.run(delivery.mayHaveArrived ? 'unconfirmed' : 'stored', leg.case_position, ordinal, decision.at)
  }

  function markDelivered(subject: Subject): void {
    const { decision, delivery, leg, ordinal } = subject
    const number = delivery.kind === 'application' ? decision.backendCaseNo : null
    mark.run(number, leg.case_position, ordinal)
    const event = TAKEN_EVENT[delivery.kind]
    if (event !== null) enter(subject, event)
    moveLeg(subject, TAKEN[delivery.kind], number ?? delivery.backendCaseNo)
  }

  function end(subject: Subject): void {
    const { decision, delivery, leg, ordinal } = subject
    const { caseNo, shown } = decision
    const place = reasonsPlace(delivery.messageNo === 0 ? caseNo : `${caseNo}/${ordinal}`, leg.leg)
    const sealed = shown === null ? null : sealer.seal(place, JSON.stringify([shown]))
    giveUp.run(sealed, delivery.mayHaveArrived ? 1 : 0, leg.case_position, ordinal)
    enter(subject, GIVEN_UP_EVENT[delivery.kind])
    // A correction or withdrawal that is not sent leaves the leg where it is, so that another can be filed.
    if (delivery.kind === 'application') moveLeg(subject, 'abort', null)
  }

  function carryOut(subject: Subject): void {
    switch (subject.decision.act) {
      case 'redrive':
        return tryAgain(subject)
      case 'mark-delivered':
        return markDelivered(subject)
      case 'give-up':
        return end(subject)
    }
  }

  function find(decision: DeliveryDecision): Subject | null {
    const { caseNo, messageNo } = decision
    const found = reader.find(caseNo, decision.leg, messageNo)
    const leg = legs.find(caseNo, decision.leg)
    if (found === null || leg === undefined) return null
    const ordinal = Number(ordinalOf.get(leg.case_position, leg.leg, messageNo)?.['ordinal'])
    return { decision, delivery: found.delivery, leg, ordinal }
  }

  return (decision) => {
    const { key, act, at, seen, words, record } = decision
    const repeat = findRepeat(key.scope)
    if (repeat !== null) return { kind: 'repeated', repeat }
    const subject = find(decision)
    if (subject === null) return { kind: 'unknown' }
    const { delivery, leg, ordinal } = subject
    const { state, atWorkUntil } = delivery
    if (atWorkUntil !== null && atWorkUntil > at) return { kind: 'at-work', until: atWorkUntil }
    if ((seen !== null && seen !== state) || !actsOn(delivery).includes(act)) return { kind: 'not-now', state }
    const sealed = sealer.seal(deliveryActWordsPlace(key.scope), JSON.stringify(words))
    keep.run(leg.case_position, ordinal, act, at, sealed, key.scope, key.fingerprint, at + KEPT_MS)
    carryOut(subject)
    touch.run(at, leg.case_position)
    records.append(record, { casePosition: leg.case_position, subjectRef: leg.applicant_ref })
    return { kind: 'decided', delivery: reader.at(leg.case_position, ordinal) }
  }
}

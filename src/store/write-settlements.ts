// Ends attempts at deliveries, within the writer's transaction.

import type { Settled, Settlement } from '../domain/store.ts'
import { reasonsPlace } from './places.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'
import type { AnswerKeeper } from './write-answers.ts'
import { BY_GATEWAY, type EventWriter } from './write-events.ts'
import type { LegMover, LegRow } from './write-moves.ts'
import type { RecordWriter } from './write-records.ts'

interface MessageRow {
  readonly ordinal: number
  readonly state: string
  readonly lease: string | null
  readonly kind: 'application' | 'correction' | 'withdrawal'
  readonly sent_at: number | null
}

/** The columns that a delivery gets by the end of an attempt. */
function settledColumns(settled: Settled, sealReasons: (reasons: string) => Buffer) {
  const none = {
    dueAt: null,
    notKnown: 0,
    backendCaseNo: null,
    cityStatus: null,
    reasons: null,
    faultCode: null,
    mayHaveArrived: null,
  }
  switch (settled.state) {
    case 'delivered':
      return { ...none, backendCaseNo: settled.backendCaseNo, cityStatus: settled.cityStatus }
    case 'refused':
      return { ...none, reasons: sealReasons(JSON.stringify(settled.reasons)) }
    case 'stored':
    case 'unconfirmed':
      return { ...none, dueAt: settled.nextAt, notKnown: settled.notKnown, faultCode: settled.faultCode }
    case 'stuck':
      return { ...none, faultCode: settled.faultCode, mayHaveArrived: settled.mayHaveArrived ? 1 : 0 }
  }
}

export function openSettlementWriter(options: {
  readonly database: Sql
  readonly sealer: Sealer
  readonly records: RecordWriter
  readonly events: EventWriter
  readonly legs: LegMover
  readonly answers: AnswerKeeper
}): (settlement: Settlement) => boolean {
  const { database, sealer, records, events, legs, answers } = options
  const findMessage = database.prepare(`
    SELECT ordinal, state, lease, kind, sent_at FROM deliveries WHERE case_position = ? AND leg = ? AND message_no = ?`)
  const settleMessage = database.prepare(`
    UPDATE deliveries SET
      state = ?, due_at = ?, lease = NULL, not_known = ?, backend_case_no = ?, city_status = ?, reasons = ?, fault_code = ?,
      may_have_arrived = ?
    WHERE case_position = ? AND ordinal = ?`)
  const settleTold = database.prepare(`
    UPDATE deliveries SET
      state = 'delivered', due_at = NULL, lease = NULL, fault_code = NULL, backend_case_no = coalesce(?, backend_case_no)
    WHERE case_position = ? AND ordinal = ?`)
  const tellLeg = database.prepare(
    'UPDATE deliveries SET city_status = ?, reasons = NULL WHERE case_position = ? AND ordinal = ?',
  )
  const toldSince = database.prepare(
    "SELECT 1 FROM case_news WHERE case_position = ? AND leg = ? AND received_at >= ? AND kept = 'new'",
  )
  const touch = database.prepare('UPDATE cases SET updated_at = ? WHERE position = ?')
  function settleRow(message: MessageRow, leg: LegRow, { settled }: Settlement, place: string): void {
    const columns = settledColumns(settled, (reasons) => sealer.seal(reasonsPlace(place, leg.leg), reasons))
    settleMessage.run(
      settled.state,
      columns.dueAt,
      columns.notKnown,
      columns.backendCaseNo,
      columns.cityStatus,
      columns.reasons,
      columns.faultCode,
      columns.mayHaveArrived,
      leg.case_position,
      message.ordinal,
    )
  }

  const happened = (leg: LegRow, event: Parameters<EventWriter['add']>[1]['event'], at: number): void =>
    events.addOnce(leg.case_position, { ...BY_GATEWAY, at, event, leg: leg.leg, city: leg.city })

  function settleApplication(message: MessageRow, leg: LegRow, settlement: Settlement): void {
    const { caseNo, settled, now, place } = settlement
    // The city has told of it meanwhile, so it has it, whatever this attempt makes of it; and its news are newer.
    const isTold = leg.news_order !== null && settled.state !== 'refused'
    const number = settled.state === 'delivered' ? settled.backendCaseNo : null
    if (isTold) settleTold.run(number, leg.case_position, message.ordinal)
    else settleRow(message, leg, settlement, caseNo)
    happened(leg, isTold ? 'delivered' : settled.state, now)
    const told = isTold && leg.leg_state !== 'collected' ? leg.leg_state : settlement.told
    if (told !== null) legs.tell(leg, told, { at: now, now, hall: null }, place, number ?? leg.backend_case_no)
    // Proven not to have arrived: what was taken back in the meantime never will.
    if (settled.state === 'stored' && !isTold) legs.endIfTakenBack(leg, now, place)
  }

  function settleLater(message: MessageRow, leg: LegRow, settlement: Settlement): void {
    const { settled, now, place, told } = settlement
    settleRow(message, leg, settlement, `${settlement.caseNo}/${message.ordinal}`)
    if (settled.state === 'delivered') {
      if (message.kind === 'correction') happened(leg, 'correction-taken', now)
      // News that came while a correction was under way are newer than its answer. A case given back is at its end, whatever was
      // told before the city heard of that; where it had been decided by then, the table keeps the decision.
      const isOlder =
        message.kind === 'correction' && toldSince.get(leg.case_position, leg.leg, message.sent_at) !== undefined
      if (told !== null && !isOlder && legs.tell(leg, told, { at: now, now, hall: null }, place, leg.backend_case_no)) {
        tellLeg.run(settled.cityStatus, leg.case_position, leg.ordinal)
      }
    }
    if (settled.state === 'refused') {
      happened(leg, message.kind === 'correction' ? 'correction-refused' : 'withdrawal-refused', now)
    }
  }

  return (settlement) => {
    const { caseNo, lease, now, records: drafts, answer } = settlement
    const leg = legs.find(caseNo, settlement.leg)
    const message =
      leg === undefined
        ? undefined
        : (findMessage.get(leg.case_position, leg.leg, settlement.messageNo) as MessageRow | undefined)
    const held =
      leg !== undefined &&
      message !== undefined &&
      message.lease === lease &&
      (message.state === 'sending' || message.state === 'unconfirmed')
    if (held) {
      touch.run(now, leg.case_position)
      if (message.kind === 'application') settleApplication(message, leg, settlement)
      else settleLater(message, leg, settlement)
      if (answer !== null) answers.keepOfCase(caseNo, answer)
    }
    const known = leg === undefined ? undefined : { casePosition: leg.case_position }
    for (const draft of drafts) records.append(draft, draft.caseNo === caseNo ? known : undefined)
    return held
  }
}

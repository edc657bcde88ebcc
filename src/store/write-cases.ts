// Files cases and ends attempts at their deliveries, within the writer's transaction.

import type { DatabaseSync } from 'node:sqlite'
import type { Acceptance, Accepted, KeptAnswer, PlannedLeg, Settled, Settlement } from '../domain/store.ts'
import { answerPlace, bodyPlace, reasonsPlace } from './places.ts'
import { openRepeats } from './repeats.ts'
import type { Sealer } from './sealed.ts'
import type { Subject } from './subjects.ts'
import type { MaterialWriter } from './write-materials.ts'
import type { RecordWriter } from './write-records.ts'

/** How long a repeated idempotency key finds its case again. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000

export interface CaseWriter {
  accept(acceptance: Acceptance): Accepted
  settle(settlement: Settlement): boolean
  /** Keeps an answer for the case's idempotency key if none is kept yet. */
  keepAnswer(caseNo: string, answer: KeptAnswer): void
  /** Enters an event, unless it is the last one of this leg already: repeated attempts with one end are one event. */
  happened(casePosition: number, at: number, event: string, leg: string, city: string): void
  /** Makes the delivery of a leg that still waits due at once. */
  start(casePosition: number, leg: PlannedLeg, relatedCaseNo: string | null, now: number): void
}

export interface CaseWriterOptions {
  readonly database: DatabaseSync
  readonly sealer: Sealer
  readonly records: RecordWriter
  readonly subjectOf: (subjectKey: string) => Subject
  readonly materials: Pick<MaterialWriter, 'areUsable' | 'give'>
}

interface DeliveryRow {
  readonly case_position: number
  readonly ordinal: number
  readonly city: string
  readonly state: string
  readonly lease: string | null
  readonly news_order: number | null
}

/** The columns that a delivery gets by the end of an attempt. */
function settledColumns(settled: Settled, sealReasons: (reasons: string) => Buffer) {
  const none = { dueAt: null, notKnown: 0, backendCaseNo: null, cityStatus: null, reasons: null, faultCode: null }
  switch (settled.state) {
    case 'delivered':
      return { ...none, backendCaseNo: settled.backendCaseNo, cityStatus: settled.cityStatus }
    case 'refused':
      return { ...none, reasons: sealReasons(JSON.stringify(settled.reasons)) }
    case 'stored':
    case 'unconfirmed':
      return { ...none, dueAt: settled.nextAt, notKnown: settled.notKnown, faultCode: settled.faultCode }
    case 'stuck':
      return { ...none, faultCode: settled.faultCode }
  }
}

export function openCaseWriter(options: CaseWriterOptions): CaseWriter {
  const { database, sealer, records, subjectOf, materials } = options
  const findRepeat = openRepeats(database, sealer)
  const insertCase = database.prepare(`
    INSERT INTO cases
      (case_no, item, handling_mode, collecting_city, competent_city, hall, state, filed_at, updated_at,
       applicant_ref, schema_digest, config_version, scope, fingerprint, answer_due_at, kept_until)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (scope) DO NOTHING`)
  const insertBody = database.prepare('INSERT INTO case_bodies (case_position, body) VALUES (?, ?)')
  const insertParty = database.prepare(
    'INSERT INTO case_parties (subject_id, case_position) VALUES (?, ?) ON CONFLICT DO NOTHING',
  )
  const insertFirst = database.prepare(`
    INSERT INTO deliveries
      (case_position, ordinal, leg, city, route_rule, state, begun_at, due_at, lease, attempts, sent_at)
    VALUES (?, 1, ?, ?, ?, 'sending', ?, ?, ?, 1, ?)`)
  const insertLocal = database.prepare(
    "INSERT INTO deliveries (case_position, ordinal, leg, city, route_rule, state) VALUES (?, 1, ?, ?, ?, 'local')",
  )
  const insertWaiting = database.prepare(
    "INSERT INTO deliveries (case_position, ordinal, leg, city, route_rule, state) VALUES (?, ?, ?, ?, ?, 'waiting')",
  )
  const insertEvent = database.prepare(`
    INSERT INTO case_events (case_position, ordinal, at, event, leg, city)
    SELECT ?1, coalesce(max(ordinal), 0) + 1, ?2, ?3, ?4, ?5 FROM case_events WHERE case_position = ?1`)
  const lastEvent = database.prepare(
    'SELECT event FROM case_events WHERE case_position = ? AND leg = ? ORDER BY ordinal DESC LIMIT 1',
  )
  const findDelivery = database.prepare(`
    SELECT d.case_position, d.ordinal, d.city, d.state, d.lease, d.news_order
    FROM cases c JOIN deliveries d ON d.case_position = c.position
    WHERE c.case_no = ? AND d.leg = ?`)
  const settleDelivery = database.prepare(`
    UPDATE deliveries SET
      state = ?, due_at = ?, lease = NULL, not_known = ?, backend_case_no = ?, city_status = ?, reasons = ?, fault_code = ?
    WHERE case_position = ? AND ordinal = ?`)
  const settleTold = database.prepare(`
    UPDATE deliveries SET
      state = 'delivered', due_at = NULL, lease = NULL, fault_code = NULL, backend_case_no = coalesce(?, backend_case_no)
    WHERE case_position = ? AND ordinal = ?`)
  const startLeg = database.prepare(`
    INSERT INTO deliveries (case_position, ordinal, leg, city, route_rule, state, begun_at, due_at, related_case_no)
    SELECT ?1, coalesce(min(iif(leg = ?2, ordinal, NULL)), max(ordinal) + 1), ?2, ?3, ?4, 'stored', ?5, ?5, ?6
    FROM deliveries WHERE case_position = ?1
    ON CONFLICT (case_position, ordinal) DO UPDATE SET
      city = excluded.city, route_rule = excluded.route_rule, state = excluded.state, begun_at = excluded.begun_at,
      due_at = excluded.due_at, related_case_no = excluded.related_case_no
    WHERE state = 'waiting'`)
  const changeCase = database.prepare('UPDATE cases SET state = coalesce(?, state), updated_at = ? WHERE position = ?')
  const keep = database.prepare(`
    INSERT INTO kept_answers (case_position, answer) SELECT position, ? FROM cases WHERE case_no = ?
    ON CONFLICT DO NOTHING`)

  const happened: CaseWriter['happened'] = (casePosition, at, event, leg, city) => {
    if (lastEvent.get(casePosition, leg)?.['event'] !== event) insertEvent.run(casePosition, at, event, leg, city)
  }

  const keepAnswer = (caseNo: string, answer: KeptAnswer): void => {
    keep.run(sealer.seal(answerPlace(caseNo), JSON.stringify(answer)), caseNo)
  }

  function start(casePosition: number, leg: PlannedLeg, relatedCaseNo: string | null, now: number): void {
    const { changes } = startLeg.run(casePosition, leg.leg, leg.city, leg.routeRule, now, relatedCaseNo)
    if (Number(changes) > 0) happened(casePosition, now, 'stored', leg.leg, leg.city)
  }

  return {
    accept({ key, newCase, lease, leaseUntil, intent, materials: named, keptHere }) {
      const { caseNo, filedAt, legs } = newCase
      if (!materials.areUsable(named.materialIds, named.owner, null)) {
        const before = findRepeat(key.scope)
        return before === null ? { kind: 'materials-unusable' } : { kind: 'repeated', repeat: before }
      }
      const parties = newCase.subjectKeys.map(subjectOf)
      const [applicant] = parties
      if (applicant === undefined) throw new Error(`case ${caseNo} names no applicant`)
      const inserted = insertCase.run(
        caseNo,
        newCase.item,
        newCase.handlingMode,
        newCase.collectingCity,
        newCase.competentCity,
        newCase.hall,
        newCase.state,
        filedAt,
        filedAt,
        applicant.subjectRef,
        newCase.schemaDigest,
        newCase.configVersion,
        key.scope,
        key.fingerprint,
        leaseUntil,
        filedAt + KEPT_MS,
      )
      if (Number(inserted.changes) === 0) {
        const repeat = findRepeat(key.scope)
        if (repeat === null) throw new Error('an idempotency key was taken and is not there')
        return { kind: 'repeated', repeat }
      }
      const position = Number(inserted.lastInsertRowid)
      insertBody.run(position, sealer.seal(bodyPlace(caseNo), JSON.stringify(newCase.body)))
      for (const { subjectId } of parties) insertParty.run(subjectId, position)
      materials.give(named.materialIds, position)
      const [first, ...later] = legs
      if (keptHere === null) {
        insertFirst.run(position, first.leg, first.city, first.routeRule, filedAt, leaseUntil, lease, intent.time)
      } else {
        insertLocal.run(position, first.leg, first.city, first.routeRule)
        keepAnswer(caseNo, keptHere)
      }
      for (const [index, leg] of later.entries()) {
        insertWaiting.run(position, index + 2, leg.leg, leg.city, leg.routeRule)
      }
      insertEvent.run(position, filedAt, 'filed', first.leg, first.city)
      records.append(intent, { casePosition: position })
      return { kind: 'accepted' }
    },

    settle({ caseNo, leg, lease, now, settled, caseState, startLeg: next, records: drafts, answer }) {
      const delivery = findDelivery.get(caseNo, leg) as DeliveryRow | undefined
      const held =
        delivery !== undefined &&
        delivery.lease === lease &&
        (delivery.state === 'sending' || delivery.state === 'unconfirmed')
      if (held) {
        const { case_position: position, ordinal, city } = delivery
        // The city has told of it meanwhile, so it has it, whatever this attempt makes of it; and its news are newer.
        const told = delivery.news_order !== null && settled.state !== 'refused'
        const columns = settledColumns(settled, (reasons) => sealer.seal(reasonsPlace(caseNo, leg), reasons))
        if (told) settleTold.run(columns.backendCaseNo, position, ordinal)
        else {
          settleDelivery.run(
            settled.state,
            columns.dueAt,
            columns.notKnown,
            columns.backendCaseNo,
            columns.cityStatus,
            columns.reasons,
            columns.faultCode,
            position,
            ordinal,
          )
        }
        happened(position, now, told ? 'delivered' : settled.state, leg, city)
        changeCase.run(told ? null : caseState, now, position)
        if (next !== null) start(position, next, columns.backendCaseNo, now)
        if (answer !== null) keepAnswer(caseNo, answer)
      }
      const known = delivery === undefined ? undefined : { casePosition: delivery.case_position }
      for (const draft of drafts) records.append(draft, draft.caseNo === caseNo ? known : undefined)
      return held
    },

    keepAnswer,
    happened,
    start,
  }
}

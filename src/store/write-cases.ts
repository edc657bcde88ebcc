// Files cases, within the writer's transaction.

import { move } from '../domain/case-states.ts'
import type { Acceptance, Accepted } from '../domain/store.ts'
import { openFiledDays } from './filed-days.ts'
import { openTwinFinder } from './open-twins.ts'
import { bodyPlace } from './places.ts'
import { openRepeats } from './repeats.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'
import type { Subject } from './subjects.ts'
import type { AnswerKeeper } from './write-answers.ts'
import type { EventWriter } from './write-events.ts'
import type { MaterialWriter } from './write-materials.ts'
import type { RecordWriter } from './write-records.ts'

/** How long a repeated idempotency key finds its case again. */
export const KEPT_MS = 30 * 24 * 60 * 60 * 1000

export function openCaseWriter(options: {
  readonly database: Sql
  readonly sealer: Sealer
  readonly records: RecordWriter
  readonly events: EventWriter
  readonly answers: AnswerKeeper
  readonly subjectOf: (subjectKey: string) => Subject
  readonly materials: Pick<MaterialWriter, 'areUsable' | 'give'>
}): (acceptance: Acceptance) => Accepted {
  const { database, sealer, records, events, answers, subjectOf, materials } = options
  const findRepeat = openRepeats(database, sealer)
  const insertCase = database.prepare(`
    INSERT INTO cases
      (case_no, item, handling_mode, collecting_city, competent_city, hall, state, filed_at, updated_at,
       applicant_ref, schema_digest, config_version, scope, fingerprint, answer_due_at, kept_until)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (scope) DO NOTHING`)
  const noteDay = openFiledDays(database)
  const openTwin = openTwinFinder(database)
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
  return ({ key, newCase, lease, leaseUntil, intent, materials: named, keptHere }) => {
    const { caseNo, filedAt, legs } = newCase
    if (!materials.areUsable(named.materialIds, named.owner, null)) {
      const before = findRepeat(key.scope)
      return before === null ? { kind: 'materials-unusable' } : { kind: 'repeated', repeat: before }
    }
    const by = intent.actor.role
    const filed = move(null, 'file', by)
    if (filed === null) throw new Error(`no ${by} files a case`)
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
    noteDay(position, filedAt)
    insertBody.run(position, sealer.seal(bodyPlace(caseNo), JSON.stringify(newCase.body)))
    for (const { subjectId } of parties) insertParty.run(subjectId, position)
    materials.give(named.materialIds, position)
    const [first, ...later] = legs
    if (keptHere === null) {
      insertFirst.run(position, first.leg, first.city, first.routeRule, filedAt, leaseUntil, lease, intent.time)
    } else {
      insertLocal.run(position, first.leg, first.city, first.routeRule)
      answers.keepOfCase(caseNo, keptHere)
    }
    for (const [index, leg] of later.entries()) {
      insertWaiting.run(position, index + 2, leg.leg, leg.city, leg.routeRule)
    }
    const { document } = filed
    const { leg, city } = first
    events.add(position, { at: filedAt, event: 'filed', leg, city, by, hall: newCase.hall, state: filed.to, document })
    records.append(intent, { casePosition: position })
    const sameItemOpen = keptHere === null ? openTwin(applicant, newCase.item, position) : null
    return { kind: 'accepted', sameItemOpen }
  }
}

// Enters what people do with a case after it was filed, within the writer's transaction.

import { hasEnded, isOpen, move } from '../domain/case-states.ts'
import type { MessageEvent } from '../domain/case-record.ts'
import type { CaseState } from '../domain/delivery.ts'
import type { Act, ActEntered, ActWords, NewAct } from '../domain/acts.ts'
import { actWordsPlace } from './places.ts'
import { openRepeats } from './repeats.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'
import { KEPT_MS } from './write-cases.ts'
import type { ClaimWriter } from './write-claims.ts'
import { BY_GATEWAY, type EventWriter } from './write-events.ts'
import type { MaterialWriter } from './write-materials.ts'
import type { LegMover, LegRow } from './write-moves.ts'
import type { NewsWriter } from './write-news.ts'
import type { RecordWriter } from './write-records.ts'

interface CaseRow {
  readonly position: number
  readonly state: CaseState
  readonly applicant_ref: string
}

interface Entry {
  readonly act: NewAct
  readonly found: CaseRow
}

export function openActWriter(options: {
  readonly database: Sql
  readonly sealer: Sealer
  readonly records: RecordWriter
  readonly events: EventWriter
  readonly legs: LegMover
  readonly claims: ClaimWriter
  readonly materials: Pick<MaterialWriter, 'areUsable' | 'give'>
  readonly news: Pick<NewsWriter, 'tellHere'>
}): (act: NewAct) => ActEntered {
  const { database, sealer, records, events, legs, claims, materials, news } = options
  const findRepeat = openRepeats(database, sealer)
  const findCase = database.prepare('SELECT position, state, applicant_ref FROM cases WHERE case_no = ?')
  const insert = database.prepare(`
    INSERT INTO case_acts
      (case_position, kind, leg, at, role, hall, correction_no, schema_digest, config_version, words, scope, fingerprint,
       answer_due_at, kept_until)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const insertMessage = database.prepare(`
    INSERT INTO deliveries (case_position, ordinal, leg, city, route_rule, state, begun_at, due_at, message_no, kind, act)
    SELECT ?1, (SELECT max(ordinal) + 1 FROM deliveries WHERE case_position = ?1), leg, city, route_rule, 'stored', ?3, ?3,
      message_no + 1, 'correction', ?4
    FROM deliveries WHERE case_position = ?1 AND leg = ?2 ORDER BY message_no DESC LIMIT 1`)
  const insertLeg = database.prepare(`
    INSERT INTO deliveries (case_position, ordinal, leg, city, route_rule, state, begun_at, due_at, related_case_no, act)
    SELECT ?1, (SELECT max(ordinal) + 1 FROM deliveries WHERE case_position = ?1), ?3, ?4, ?5, 'stored', ?6, ?6,
      related_case_no, (SELECT max(position) FROM case_acts WHERE case_position = ?1 AND kind = 'correction')
    FROM deliveries WHERE case_position = ?1 AND ordinal = ?2`)
  const reopen = database.prepare(
    'UPDATE cases SET state = ?, competent_city = coalesce(?, competent_city), updated_at = ? WHERE position = ?',
  )
  const messageOf = database.prepare(
    'SELECT ordinal FROM deliveries WHERE case_position = ? AND act = ? AND message_no > 0',
  )
  const isUnderWay = database.prepare(`
    SELECT 1 FROM deliveries
    WHERE case_position = ? AND leg = ? AND message_no > 0 AND state IN ('sending', 'stored', 'unconfirmed', 'stuck')`)
  const lastCorrection = database.prepare(
    "SELECT max(correction_no) AS last FROM case_acts WHERE case_position = ? AND leg = ? AND kind = 'correction'",
  )
  const isRated = database.prepare("SELECT 1 FROM case_acts WHERE case_position = ? AND kind = 'rating'")
  const stateOf = database.prepare('SELECT state FROM cases WHERE position = ?')
  const touch = database.prepare('UPDATE cases SET updated_at = ? WHERE position = ?')

  function keep({ act: entered, found }: Entry, words: ActWords, correctionNo: number | null): number {
    const { act, key, at } = entered
    const { lastInsertRowid } = insert.run(
      found.position,
      act.kind,
      'leg' in act ? act.leg : null,
      at,
      entered.by,
      entered.hall,
      correctionNo,
      'schemaDigest' in act ? act.schemaDigest : null,
      entered.configVersion,
      sealer.seal(actWordsPlace(key.scope), JSON.stringify(words)),
      key.scope,
      key.fingerprint,
      entered.leaseUntil,
      at + KEPT_MS,
    )
    touch.run(at, found.position)
    return Number(lastInsertRowid)
  }

  /** The message of an act, sent at once if nothing stands before it. */
  function sent(entry: Entry, position: number, correctionNo: number | null): ActEntered {
    const row = messageOf.get(entry.found.position, position)
    return sentAt(entry, row === undefined ? null : Number(row['ordinal']), correctionNo)
  }

  function sentAt({ act, found }: Entry, ordinal: number | null, correctionNo: number | null): ActEntered {
    const { lease, leaseUntil, at: now, intent } = act
    const claim = ordinal === null ? null : claims.one(found.position, ordinal, { lease, leaseUntil, now, intent })
    return { kind: 'entered', claim, state: stateOf.get(found.position)?.['state'] as CaseState, correctionNo }
  }

  const filed = ({ act: { at, by, hall } }: Entry, leg: LegRow, event: MessageEvent): void =>
    events.add(leg.case_position, { ...BY_GATEWAY, at, event, leg: leg.leg, city: leg.city, by, hall })

  function correct(entry: Entry, act: Extract<Act, { kind: 'correction' }>): ActEntered | null {
    const leg = legs.find(entry.act.caseNo, act.leg)
    if (leg === undefined || leg.leg_state !== 'correction-required') return null
    const { position } = entry.found
    if (isUnderWay.get(position, leg.leg) !== undefined) return null
    const { materialIds, owner } = act.materials
    if (!materials.areUsable(materialIds, owner, position)) return { kind: 'materials-unusable' }
    const correctionNo = Number(lastCorrection.get(position, leg.leg)?.['last'] ?? 0) + 1
    const kept = keep(entry, { body: act.body }, correctionNo)
    materials.give(materialIds, position)
    insertMessage.run(position, leg.leg, entry.act.at, kept)
    filed(entry, leg, 'correction-filed')
    return sent(entry, kept, correctionNo)
  }

  function withdraw(entry: Entry, act: Extract<Act, { kind: 'withdrawal' }>): ActEntered | null {
    const leg = legs.find(entry.act.caseNo, act.leg)
    const { by, hall, at } = entry.act
    const moved = leg === undefined ? null : move(leg.leg_state, 'withdraw', by)
    if (leg === undefined || moved === null || move(leg.case_state, 'withdraw', by) === null) return null
    if (leg.leg_state === 'withdrawn' || legs.isBeingWithdrawn(leg)) return null
    const kept = keep(entry, act.reason === null ? {} : { reason: act.reason }, null)
    filed(entry, leg, 'withdrawal-filed')
    if (legs.takeBack(leg, kept, at) === 'cancelled') {
      legs.apply(leg, moved, { by, hall, at, now: at }, act.place, null)
    }
    return sent(entry, kept, null)
  }

  /** The leg that was returned stays as it is; another begins in its place, and the case stands where its deciding leg does. */
  function reroute(entry: Entry, act: Extract<Act, { kind: 'rerouting' }>): ActEntered | null {
    const { caseNo, at, by, hall } = entry.act
    const { position, state } = entry.found
    const { leg: key, city, routeRule } = act.to
    const leg = legs.find(caseNo, act.leg)
    const moved = leg === undefined ? null : move(leg.leg_state, 'reroute', by)
    if (leg === undefined || moved === null || legs.find(caseNo, key) !== undefined) return null
    // A case that has ended otherwise meanwhile is not opened again.
    if (state !== 'returned' && !isOpen(state)) return null
    keep(entry, { reason: act.reason }, null)
    insertLeg.run(position, leg.ordinal, key, city, routeRule, at)
    const begun = legs.find(caseNo, key)
    if (begun === undefined) throw new Error('a leg was routed anew and is not there')
    const { event, to, document } = moved
    events.add(position, { at, event, leg: key, city, by, hall, state: to, document })
    const decides = act.decidingLeg === key
    const stands = decides ? to : (legs.find(caseNo, act.decidingLeg)?.leg_state ?? to)
    reopen.run(state === 'returned' ? stands : state, decides ? city : null, at, position)
    // While the case was returned nothing followed from what the other legs' cities told.
    for (const pair of act.following) legs.goOn(caseNo, pair, at)
    return sentAt(entry, begun.ordinal, null)
  }

  function mail(entry: Entry, act: Extract<Act, { kind: 'mailing' }>): ActEntered | null {
    const leg = legs.find(entry.act.caseNo, act.leg)
    if (leg === undefined || !isOpen(entry.found.state)) return null
    keep(entry, { mailing: act.mailing }, null)
    filed(entry, leg, 'papers-mailed')
    return { kind: 'entered', claim: null, state: entry.found.state, correctionNo: null }
  }

  /** The leg goes on as by news of a city, and so does its case. */
  function tell(entry: Entry, act: Extract<Act, { kind: 'news' }>): ActEntered | null {
    const { caseNo, at: now, hall, key } = entry.act
    const leg = legs.find(caseNo, act.leg)
    if (leg?.state !== 'local') return null
    const telling = { id: `hall.${key.scope}`, caseNo, hall, news: act.news, now, place: act.place }
    if (!news.tellHere(telling, leg)) return null
    keep(entry, {}, null)
    return {
      kind: 'entered',
      claim: null,
      state: legs.find(caseNo, act.leg)?.case_state ?? entry.found.state,
      correctionNo: null,
    }
  }

  function rate(entry: Entry, act: Extract<Act, { kind: 'rating' }>): ActEntered | null {
    const { position, state } = entry.found
    if (!hasEnded(state) || isRated.get(position) !== undefined) return null
    keep(entry, { rating: act.rating }, null)
    return { kind: 'entered', claim: null, state, correctionNo: null }
  }

  function enter(entry: Entry): ActEntered | null {
    const { act } = entry.act
    switch (act.kind) {
      case 'correction':
        return correct(entry, act)
      case 'withdrawal':
        return withdraw(entry, act)
      case 'rerouting':
        return reroute(entry, act)
      case 'mailing':
        return mail(entry, act)
      case 'news':
        return tell(entry, act)
      case 'rating':
        return rate(entry, act)
    }
  }

  return (act) => {
    const repeat = findRepeat(act.key.scope)
    if (repeat !== null) return { kind: 'repeated', repeat }
    const found = findCase.get(act.caseNo) as CaseRow | undefined
    if (found === undefined) throw new Error(`there is no case ${act.caseNo}`)
    const entered = enter({ act, found })
    if (entered?.kind === 'materials-unusable') return entered
    if (entered === null) return { kind: 'not-now', state: found.state }
    const hasEndedByIt = act.act.kind === 'withdrawal' && entered.kind === 'entered' && entered.state === 'withdrawn'
    const known = { casePosition: found.position, subjectRef: found.applicant_ref }
    records.append({ ...act.record, outcome: hasEndedByIt ? 'undone' : act.act.kind }, known)
    return entered
  }
}

// Leases due messages, to the courier or to the caller who has just brought one, within the writer's transaction, each with its intent record.

import type { RecordDraft } from '../domain/audit.ts'
import type { CaseNews } from '../domain/case-record.ts'
import type { PlannedLeg } from '../domain/leg-place.ts'
import type { ActWords } from '../domain/acts.ts'
import type { CaseResult } from '../domain/news.ts'
import type { Claim, ClaimRequest } from '../domain/store.ts'
import type { SubmissionBody } from '../domain/submission.ts'
import { actWordsPlace, bodyPlace, newsPlace } from './places.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'
import { BY_GATEWAY, type EventWriter } from './write-events.ts'
import type { RecordWriter } from './write-records.ts'

export interface ClaimWriterOptions {
  readonly database: Sql
  readonly sealer: Sealer
  readonly records: RecordWriter
  readonly events: EventWriter
}

interface DueRow {
  readonly case_position: number
  readonly ordinal: number
  readonly leg: string
  readonly city: string
  readonly route_rule: string
  readonly state: 'sending' | 'stored' | 'unconfirmed'
  readonly attempts: number
  readonly not_known: number
  readonly sent_at: number | null
  readonly begun_at: number | null
  readonly tried_since: number | null
  readonly related_case_no: string | null
  readonly case_no: string
  readonly item: string
  readonly collecting_city: string | null
  readonly filed_at: number
  readonly applicant_ref: string
  readonly schema_digest: string
  readonly body: Uint8Array
  readonly message_no: number
  readonly kind: 'application' | 'correction' | 'withdrawal'
  readonly leg_number: string | null
  readonly act_scope: string | null
  readonly act_at: number | null
  readonly act_schema: string | null
  readonly act_words: Uint8Array | null
  readonly correction_no: number | null
}

interface WordsRow {
  readonly city: string
  readonly event_id: string
  readonly words: Uint8Array
}

/** What is to be done for a message: few cities take an application twice without harm, all else is the same to each the second time. */
function callOf({ kind, state }: DueRow, sendsAgain: boolean): Claim['call'] {
  switch (kind) {
    case 'application':
      return state === 'stored' || sendsAgain ? 'deliver' : 'enquire'
    case 'correction':
      return 'correct'
    case 'withdrawal':
      return 'withdraw'
  }
}

function intentOf(row: DueRow, call: Claim['call'], id: string, request: ClaimRequest): RecordDraft {
  return {
    id,
    time: request.now,
    kind: 'forwarded',
    requestId: null,
    actor: { role: 'gateway' },
    // The case knows its applicant's reference; the key it was made from is not kept.
    subjectKey: null,
    method: null,
    route: null,
    item: row.item,
    city: row.city,
    collectingCity: row.collecting_city,
    routeRule: row.route_rule,
    caseNo: row.case_no,
    leg: row.leg,
    call,
    intent: null,
    outcome: 'sending',
    status: null,
    faultCode: null,
    source: null,
    consentVersion: null,
    contentDigest: null,
    disclosed: null,
    requestDigest: null,
    answerDigest: null,
    schemaDigest: row.act_schema ?? row.schema_digest,
    configVersion: request.configVersion,
    counts: null,
  }
}

/** Under which lease a message is taken, and the record of it. */
interface Taking {
  readonly lease: string
  readonly leaseUntil: number
  readonly now: number
  readonly intent: RecordDraft
}

export interface ClaimWriter {
  due(request: ClaimRequest): readonly Claim[]
  /** One message at once, by its place in its case; null where others of the case stand before it. */
  one(casePosition: number, ordinal: number, taking: Taking): Claim | null
}

// A case whose other message is being worked on has to wait, and what comes after a message until that is at rest: they leave in
// order. A later leg carries the newest version of the form that there was when it began.
const MESSAGE = `
  SELECT d.case_position, d.ordinal, d.leg, d.city, d.route_rule, d.state, d.attempts, d.not_known, d.sent_at, d.begun_at,
    d.tried_since, d.related_case_no, d.message_no, d.kind, c.case_no, c.item, c.collecting_city, c.filed_at, c.applicant_ref, c.schema_digest, b.body,
    a.scope AS act_scope, a.at AS act_at, a.words AS act_words, a.correction_no, a.schema_digest AS act_schema,
    CASE WHEN d.message_no = 0 THEN d.backend_case_no ELSE (
      SELECT f.backend_case_no FROM deliveries f
      WHERE f.case_position = d.case_position AND f.leg = d.leg AND f.message_no = 0) END AS leg_number
  FROM deliveries d
  JOIN cases c ON c.position = d.case_position
  JOIN case_bodies b ON b.case_position = d.case_position
  LEFT JOIN case_acts a ON a.position = d.act`
const ITS_TURN = `
  NOT EXISTS (
    SELECT 1 FROM deliveries o
    WHERE o.case_position = d.case_position AND o.ordinal <> d.ordinal AND o.lease IS NOT NULL AND o.due_at > ?2)
  AND (d.message_no = 0 OR NOT EXISTS (
    SELECT 1 FROM deliveries e
    WHERE e.case_position = d.case_position AND e.leg = d.leg AND e.message_no < d.message_no
      AND e.state NOT IN ('delivered', 'refused', 'cancelled', 'given-up')))`

export function openClaimWriter(options: ClaimWriterOptions): ClaimWriter {
  const { database, sealer, records, events } = options
  const findDue = database.prepare(`${MESSAGE}
    WHERE d.city = ?1 AND d.due_at <= ?2 AND d.state IN ('sending', 'stored', 'unconfirmed', 'stuck') AND ${ITS_TURN}
    ORDER BY d.due_at, d.case_position, d.ordinal
    LIMIT ?3 + 0`)
  const findOne = database.prepare(`${MESSAGE}
    WHERE d.case_position = ?1 AND d.ordinal = ?3 AND d.state = 'stored' AND ${ITS_TURN}`)
  const findLegs = database.prepare(`
    SELECT leg, city, route_rule AS "routeRule" FROM deliveries
    WHERE case_position = ? AND message_no = 0 ORDER BY ordinal`)
  const resultsBefore = database.prepare(`
    SELECT n.city, n.event_id, n.words FROM case_news n
    WHERE n.case_position = ?1 AND n.leg = (
      SELECT b.leg FROM deliveries b
      WHERE b.case_position = ?1 AND b.message_no = 0 AND b.backend_case_no = ?2 AND b.ordinal <> ?3
      ORDER BY b.ordinal LIMIT 1)
    ORDER BY n.news_order`)
  const lease = database.prepare(`
    UPDATE deliveries SET state = ?, lease = ?, due_at = ?, attempts = attempts + 1, sent_at = ?
    WHERE case_position = ? AND ordinal = ?`)

  /** Several legs of one case may be due in one city: all but the first of them are passed over. */
  function dueRows(request: ClaimRequest): readonly DueRow[] {
    const rows = findDue.all(request.city, request.now, request.limit * 2) as unknown as DueRow[]
    const seen = new Set<number>()
    const firsts = rows.filter((row) => {
      const first = !seen.has(row.case_position)
      seen.add(row.case_position)
      return first
    })
    return firsts.slice(0, request.limit)
  }

  const unconfirmed = ({ case_position, leg, city }: DueRow, at: number): void =>
    events.addOnce(case_position, { ...BY_GATEWAY, at, event: 'unconfirmed', leg, city })

  function wordsOf(row: DueRow): Pick<Claim, 'body' | 'reason'> {
    const act =
      row.act_words === null || row.act_scope === null
        ? null
        : (JSON.parse(sealer.open(actWordsPlace(row.act_scope), row.act_words)) as ActWords)
    const filed = (): SubmissionBody => JSON.parse(sealer.open(bodyPlace(row.case_no), row.body)) as SubmissionBody
    return { body: act?.body ?? filed(), reason: act?.reason ?? null }
  }

  /** What the leg has yielded whose number this one carries: of each code the newest. */
  function relatedResults({
    case_position: position,
    ordinal,
    related_case_no: number,
  }: DueRow): readonly CaseResult[] {
    if (number === null) return []
    const newest = new Map<string, CaseResult>()
    for (const row of resultsBefore.all(position, number, ordinal) as unknown as readonly WordsRow[]) {
      const { results } = JSON.parse(sealer.open(newsPlace(row.city, row.event_id), row.words)) as Pick<
        CaseNews,
        'results'
      >
      for (const result of results) newest.set(result.code, result)
    }
    return [...newest.values()]
  }

  function take(row: DueRow, call: Claim['call'], { lease: name, leaseUntil, now, intent }: Taking): Claim {
    const isEnquiry = call === 'enquire'
    const sentAt = isEnquiry ? (row.sent_at ?? row.filed_at) : now
    lease.run(isEnquiry ? 'unconfirmed' : 'sending', name, leaseUntil, sentAt, row.case_position, row.ordinal)
    if (row.state === 'sending' && isEnquiry) unconfirmed(row, now)
    records.append(intent, { casePosition: row.case_position, subjectRef: row.applicant_ref })
    return {
      caseNo: row.case_no,
      item: row.item,
      leg: row.leg,
      messageNo: row.message_no,
      city: row.city,
      lease: name,
      leaseUntil,
      call,
      attempts: row.attempts + 1,
      notKnown: row.not_known,
      mayHaveArrived: row.state !== 'stored',
      triedSince: row.tried_since ?? row.begun_at ?? row.filed_at,
      sentAt,
      relatedCaseNo: row.related_case_no,
      relatedResults: row.kind === 'application' ? relatedResults(row) : [],
      backendCaseNo: row.leg_number,
      correctionNo: call === 'correct' ? row.correction_no : null,
      ...wordsOf(row),
      takenAt: row.message_no === 0 ? row.filed_at : (row.act_at ?? row.begun_at ?? row.filed_at),
      filedAt: row.filed_at,
      // Rows come without a prototype; plain objects are what a caller expects.
      legs: findLegs.all(row.case_position).map((leg) => ({ ...leg }) as unknown as PlannedLeg),
      intentId: intent.id,
    }
  }

  return {
    due: (request) =>
      dueRows(request).map((row, index) => {
        const name = request.leases[index]
        const id = request.recordIds[index]
        if (name === undefined || id === undefined) throw new Error('fewer leases or record ids than `limit`')
        const call = callOf(row, request.sendsAgain)
        const intent = intentOf(row, call, id, request)
        return take(row, call, { lease: name, leaseUntil: request.leaseUntil, now: request.now, intent })
      }),
    one(casePosition, ordinal, taking) {
      const row = findOne.get(casePosition, taking.now, ordinal) as DueRow | undefined
      return row === undefined ? null : take(row, callOf(row, false), taking)
    },
  }
}

// Leases due deliveries to the courier within the writer's transaction, each with its intent record.

import type { DatabaseSync } from 'node:sqlite'
import type { RecordDraft } from '../domain/audit.ts'
import type { Claim, ClaimRequest, PlannedLeg } from '../domain/store.ts'
import type { SubmissionBody } from '../domain/submission.ts'
import { bodyPlace } from './places.ts'
import type { Sealer } from './sealed.ts'
import type { CaseWriter } from './write-cases.ts'
import type { RecordWriter } from './write-records.ts'

export interface ClaimWriterOptions {
  readonly database: DatabaseSync
  readonly sealer: Sealer
  readonly records: RecordWriter
  readonly cases: CaseWriter
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
  readonly related_case_no: string | null
  readonly case_no: string
  readonly item: string
  readonly collecting_city: string | null
  readonly filed_at: number
  readonly applicant_ref: string
  readonly schema_digest: string
  readonly body: Uint8Array
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
    requestDigest: null,
    answerDigest: null,
    schemaDigest: row.schema_digest,
    configVersion: request.configVersion,
    counts: null,
  }
}

export function openClaimWriter(options: ClaimWriterOptions): (request: ClaimRequest) => readonly Claim[] {
  const { database, sealer, records, cases } = options
  // A case whose other leg is being worked on has to wait: its messages leave in order.
  const findDue = database.prepare(`
    SELECT d.*, c.case_no, c.item, c.collecting_city, c.filed_at, c.applicant_ref, c.schema_digest, b.body
    FROM deliveries d
    JOIN cases c ON c.position = d.case_position
    JOIN case_bodies b ON b.case_position = d.case_position
    WHERE d.city = ?1 AND d.due_at <= ?2 AND d.state IN ('sending', 'stored', 'unconfirmed', 'stuck') AND NOT EXISTS (
      SELECT 1 FROM deliveries o
      WHERE o.case_position = d.case_position AND o.ordinal <> d.ordinal AND o.lease IS NOT NULL AND o.due_at > ?2)
    ORDER BY d.due_at, d.case_position, d.ordinal
    LIMIT ?3`)
  const findLegs = database.prepare(
    'SELECT leg, city, route_rule AS routeRule FROM deliveries WHERE case_position = ? ORDER BY ordinal',
  )
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

  return (request) =>
    dueRows(request).map((row, index) => {
      const leaseName = request.leases[index]
      const intentId = request.recordIds[index]
      if (leaseName === undefined || intentId === undefined) throw new Error('fewer leases or record ids than `limit`')
      const call = row.state === 'stored' ? 'deliver' : 'enquire'
      const sentAt = call === 'deliver' ? request.now : (row.sent_at ?? row.filed_at)
      const state = call === 'deliver' ? 'sending' : 'unconfirmed'
      lease.run(state, leaseName, request.leaseUntil, sentAt, row.case_position, row.ordinal)
      if (row.state === 'sending') cases.happened(row.case_position, request.now, 'unconfirmed', row.leg, row.city)
      const known = { casePosition: row.case_position, subjectRef: row.applicant_ref }
      records.append(intentOf(row, call, intentId, request), known)
      return {
        caseNo: row.case_no,
        item: row.item,
        leg: row.leg,
        city: row.city,
        lease: leaseName,
        leaseUntil: request.leaseUntil,
        call,
        attempts: row.attempts + 1,
        notKnown: row.not_known,
        sentAt,
        relatedCaseNo: row.related_case_no,
        body: JSON.parse(sealer.open(bodyPlace(row.case_no), row.body)) as SubmissionBody,
        filedAt: row.filed_at,
        // Rows come without a prototype; plain objects are what a caller expects.
        legs: findLegs.all(row.case_position).map((leg) => ({ ...leg }) as unknown as PlannedLeg),
        intentId,
      }
    })
}

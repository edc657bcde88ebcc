// Enters what cities tell of cases, within the writer's transaction: each event once, and never old news over new.

import type { DatabaseSync } from 'node:sqlite'
import type { NewsArrival, NewsKept } from '../domain/store.ts'
import { newsPlace, reasonsPlace } from './places.ts'
import type { Sealer } from './sealed.ts'
import type { CaseWriter } from './write-cases.ts'
import type { RecordWriter } from './write-records.ts'

export interface NewsWriter {
  take(arrival: NewsArrival): NewsKept
  keepCursor(source: string, cursor: string): void
}

interface TargetRow {
  readonly case_position: number
  readonly ordinal: number
  readonly state: string
  readonly news_order: number | null
  readonly backend_case_no: string | null
  readonly applicant_ref: string
}

export function openNewsWriter(options: {
  readonly database: DatabaseSync
  readonly sealer: Sealer
  readonly records: RecordWriter
  readonly cases: CaseWriter
}): NewsWriter {
  const { database, sealer, records, cases } = options
  const find = database.prepare(`
    SELECT d.case_position, d.ordinal, d.state, d.news_order, d.backend_case_no, c.applicant_ref
    FROM cases c JOIN deliveries d ON d.case_position = c.position
    WHERE c.case_no = ? AND d.leg = ? AND d.city = ? AND d.state NOT IN ('waiting', 'local')`)
  const insert = database.prepare(`
    INSERT INTO case_news
      (city, event_id, case_position, leg, news_order, at, received_at, city_status, state, words)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING`)
  const tell = database.prepare(`
    UPDATE deliveries SET
      news_order = ?, city_status = ?, backend_case_no = coalesce(?, backend_case_no), reasons = ?
    WHERE case_position = ? AND ordinal = ?`)
  const rest = database.prepare(`
    UPDATE deliveries SET state = ?, due_at = NULL, lease = NULL, fault_code = NULL
    WHERE case_position = ? AND ordinal = ?`)
  const changeCase = database.prepare('UPDATE cases SET state = coalesce(?, state), updated_at = ? WHERE position = ?')
  const keepCursor = database.prepare(
    'INSERT INTO news_cursors (source, cursor) VALUES (?, ?) ON CONFLICT DO UPDATE SET cursor = excluded.cursor',
  )

  function enter(arrival: NewsArrival, target: TargetRow): NewsKept {
    const { city, caseNo, leg, news, now } = arrival
    const { case_position: position, ordinal } = target
    const { remark, reasons, results } = news
    const inserted = insert.run(
      city,
      news.id,
      position,
      leg,
      news.order,
      news.at,
      now,
      news.cityStatus,
      news.state,
      sealer.seal(newsPlace(city, news.id), JSON.stringify({ remark, reasons, results })),
    )
    if (Number(inserted.changes) === 0) return 'known'
    // An attempt under way settles the delivery by itself, and sees then that the city has told of it.
    const end = news.state === 'refused' ? 'refused' : 'delivered'
    if (target.state !== 'sending' && target.state !== end && (end === 'refused' || target.state !== 'refused')) {
      rest.run(end, position, ordinal)
      cases.happened(position, now, end, leg, city)
    }
    if (target.news_order !== null && news.order < target.news_order) return 'older'
    const shown = reasons.length === 0 ? null : sealer.seal(reasonsPlace(caseNo, leg), JSON.stringify(reasons))
    tell.run(news.order, news.cityStatus, news.backendCaseNo, shown, position, ordinal)
    changeCase.run(arrival.caseState, now, position)
    const backendCaseNo = news.backendCaseNo ?? target.backend_case_no
    if (arrival.startLeg !== null && backendCaseNo !== null) cases.start(position, arrival.startLeg, backendCaseNo, now)
    return 'new'
  }

  return {
    take(arrival) {
      const target = find.get(arrival.caseNo, arrival.leg, arrival.city) as TargetRow | undefined
      const kept = target === undefined ? 'unknown' : enter(arrival, target)
      const known =
        target === undefined ? undefined : { casePosition: target.case_position, subjectRef: target.applicant_ref }
      records.append({ ...arrival.record, outcome: kept }, known)
      return kept
    },
    keepCursor(source, cursor) {
      keepCursor.run(source, cursor)
    },
  }
}

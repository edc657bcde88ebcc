// Reads what cities have told of cases, and how far each has been asked.

import type { PlannedLeg } from '../domain/leg-place.ts'
import type { CaseNews } from '../domain/case-record.ts'
import type { NewsTarget } from '../domain/store.ts'
import { newsPlace } from './places.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'

export interface NewsReader {
  findTarget(caseNo: string, leg: string, city: string): NewsTarget | null
  cursor(source: string): string | null
  /** Of a case by its position, in the order in which it happened. */
  newsOf(casePosition: number): readonly CaseNews[]
}

interface NewsRow {
  readonly city: string
  readonly event_id: string
  readonly leg: string
  readonly at: number
  readonly received_at: number
  readonly city_status: string
  readonly state: CaseNews['state']
  readonly words: Uint8Array
  readonly kept: CaseNews['kept']
}

export function openNewsReader(database: Sql, sealer: Sealer): NewsReader {
  const findTarget = database.prepare(`
    SELECT c.position, c.item FROM cases c JOIN deliveries d ON d.case_position = c.position
    WHERE c.case_no = ? AND d.leg = ? AND d.city = ? AND d.message_no = 0
      AND d.state NOT IN ('waiting', 'cancelled')`)
  const legsOf = database.prepare(
    'SELECT leg, city, route_rule AS "routeRule" FROM deliveries WHERE case_position = ? AND message_no = 0 ORDER BY ordinal',
  )
  const findCursor = database.prepare('SELECT cursor FROM news_cursors WHERE source = ?')
  const newsOf = database.prepare(`
    SELECT city, event_id, leg, at, received_at, city_status, state, words, kept FROM case_news
    WHERE case_position = ? ORDER BY at, leg, news_order`)

  return {
    findTarget(caseNo, leg, city) {
      const row = findTarget.get(caseNo, leg, city)
      if (row === undefined) return null
      const legs = legsOf.all(Number(row['position'])).map((entry) => ({ ...entry }) as unknown as PlannedLeg)
      return { item: String(row['item']), legs }
    },
    cursor(source) {
      const row = findCursor.get(source)
      return row === undefined ? null : String(row['cursor'])
    },
    newsOf: (casePosition) =>
      (newsOf.all(casePosition) as unknown as readonly NewsRow[]).map((row) => ({
        leg: row.leg,
        city: row.city,
        at: row.at,
        receivedAt: row.received_at,
        cityStatus: row.city_status,
        state: row.state,
        kept: row.kept,
        ...(JSON.parse(sealer.open(newsPlace(row.city, row.event_id), row.words)) as Pick<
          CaseNews,
          'remark' | 'reasons' | 'results' | 'fees' | 'office'
        >),
      })),
  }
}

// Reads the events of cases in the order in which they were committed, with who may see them.

import type { CaseEvent } from '../domain/case-record.ts'
import { isFor, type Audience, type FedEvent, type FeedPage, type FeedScope } from '../domain/feed.ts'
import type { Sql } from './sql.ts'

export interface FeedReader {
  after(position: number, scope: FeedScope | null, limit: number): FeedPage
  end(): number
}

interface Row extends CaseEvent {
  readonly position: number
  readonly case_position: number
  readonly case_no: string
  readonly item: string
  readonly case_hall: string | null
}

const EVENTS = `
  SELECT e.position, e.at, e.event, e.leg, e.city, e.role AS "by", e.hall, e.state, e.document,
    e.case_position, c.case_no, c.item, c.hall AS case_hall
  FROM case_events e JOIN cases c ON c.position = e.case_position`

export function openFeedReader(database: Sql): FeedReader {
  const afterPosition = database.prepare(`${EVENTS} WHERE e.position > ? ORDER BY e.position LIMIT ? + 0`)
  // Of one case the order of its events is that of the feed; the plus keeps SQLite from walking the whole feed for them.
  const ofCase = database.prepare(`
    ${EVENTS} WHERE e.case_position = (SELECT position FROM cases WHERE case_no = ?) AND +e.position > ?
    ORDER BY e.ordinal LIMIT ? + 0`)
  const last = database.prepare('SELECT max(position) AS last FROM case_events')
  const citiesOf = database.prepare('SELECT DISTINCT city FROM deliveries WHERE case_position = ?')
  const partiesOf = database.prepare(`
    SELECT s.subject_key FROM case_parties p JOIN subjects s ON s.subject_id = p.subject_id WHERE p.case_position = ?`)

  const end = (): number => Number(last.get()?.['last'] ?? 0)

  const audienceOf = ({ case_position: position, case_hall: hall }: Row): Audience => ({
    hall,
    cities: citiesOf.all(position).map((row) => String(row['city'])),
    subjectKeys: partiesOf.all(position).map((row) => String(row['subject_key'])),
  })

  return {
    end,
    after(position, scope, limit) {
      // Before the rows are read: what is committed in between is looked at the next time.
      const endNow = end()
      const found =
        scope?.caseNo === undefined ? afterPosition.all(position, limit) : ofCase.all(scope.caseNo, position, limit)
      const rows = found as unknown as readonly Row[]
      const audiences = new Map<number, Audience>()
      const events: FedEvent[] = []
      for (const row of rows) {
        const { case_position: casePosition, case_no: caseNo, item } = row
        const audience = audiences.get(casePosition) ?? audienceOf(row)
        audiences.set(casePosition, audience)
        if (scope !== null && !isFor({ caseNo, audience }, scope)) continue
        events.push({ position: row.position, caseNo, item, event: eventOf(row), audience })
      }
      const lastLookedAt = rows.at(-1)?.position ?? position
      return { events, upTo: rows.length < limit ? Math.max(lastLookedAt, endNow) : lastLookedAt }
    },
  }
}

const eventOf = ({ at, event, leg, city, by, hall, state, document }: Row): CaseEvent => ({
  at,
  event,
  leg,
  city,
  by,
  hall,
  state,
  document,
})

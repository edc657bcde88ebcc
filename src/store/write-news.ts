// Enters what cities tell of cases, within the writer's transaction: each event once, and never old news over new.

import { hasFailed, moveTold } from '../domain/case-states.ts'
import type { CaseState } from '../domain/delivery.ts'
import type { CityNews, HallNews } from '../domain/news.ts'
import type { LegPlace } from '../domain/leg-place.ts'
import type { NewsArrival, NewsKept } from '../domain/store.ts'
import { newsPlace, reasonsPlace } from './places.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'
import { BY_GATEWAY, type EventWriter } from './write-events.ts'
import type { LegMover, LegRow } from './write-moves.ts'
import type { RecordWriter } from './write-records.ts'

/** What a hall tells of a leg that is decided where it was taken; `id` is drawn from the key that it came with. */
export interface HallTelling {
  readonly id: string
  readonly caseNo: string
  readonly hall: string | null
  readonly news: HallNews
  readonly now: number
  readonly place: LegPlace
}

export interface NewsWriter {
  take(arrival: NewsArrival): NewsKept
  /** The newest of its leg by being told now. False, and nothing is kept, where the table of states does not have it. */
  tellHere(telling: HallTelling, leg: LegRow): boolean
  keepCursor(source: string, cursor: string): void
}

export function openNewsWriter(options: {
  readonly database: Sql
  readonly sealer: Sealer
  readonly records: RecordWriter
  readonly events: EventWriter
  readonly legs: LegMover
}): NewsWriter {
  const { database, sealer, records, events, legs } = options
  const insert = database.prepare(`
    INSERT INTO case_news
      (city, event_id, case_position, leg, news_order, at, received_at, city_status, state, words, kept)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING`)
  const tell = database.prepare(`
    UPDATE deliveries SET
      news_order = ?, city_status = ?, backend_case_no = coalesce(?, backend_case_no), reasons = ?
    WHERE case_position = ? AND ordinal = ?`)
  const rest = database.prepare(`
    UPDATE deliveries SET state = ?, due_at = NULL, lease = NULL, fault_code = NULL
    WHERE case_position = ? AND ordinal = ?`)
  const touch = database.prepare('UPDATE cases SET updated_at = ? WHERE position = ?')
  const keepCursor = database.prepare(
    'INSERT INTO news_cursors (source, cursor) VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET cursor = excluded.cursor',
  )

  function find({ caseNo, leg, city }: NewsArrival): LegRow | undefined {
    const found = legs.find(caseNo, leg)
    return found === undefined || found.city !== city || UNSENT.has(found.state) ? undefined : found
  }

  function keptAs(news: CityNews, leg: LegRow): 'new' | 'older' | 'illegal' {
    if (leg.news_order !== null && news.order < leg.news_order) return 'older'
    return news.state === null || moveTold(leg.leg_state, news.state) !== null ? 'new' : 'illegal'
  }

  function enter(arrival: Entering, leg: LegRow): NewsKept {
    const { city, caseNo, news, now, place, hall } = arrival
    const { case_position: position, ordinal } = leg
    const { remark, reasons, results, fees, office } = news
    const kept = keptAs(news, leg)
    const inserted = insert.run(
      city,
      news.id,
      position,
      leg.leg,
      news.order,
      news.at,
      now,
      news.cityStatus,
      news.state,
      sealer.seal(newsPlace(city, news.id), JSON.stringify({ remark, reasons, results, fees, office })),
      kept,
    )
    if (Number(inserted.changes) === 0) return 'known'
    // An attempt under way settles the delivery by itself, and sees then that the city has told of it.
    const end = news.state === 'refused' && kept === 'new' ? 'refused' : 'delivered'
    const isSettled = leg.state === end || (end === 'delivered' && leg.state === 'refused')
    // Nothing was sent of what is decided where it was taken, and nothing is going to be.
    if (leg.state !== 'sending' && leg.state !== 'local' && !isSettled) {
      rest.run(end, position, ordinal)
      events.addOnce(position, { ...BY_GATEWAY, at: now, event: end, leg: leg.leg, city })
    }
    if (kept !== 'new') return kept
    const why = reasonsTold(news)
    const shown = why.length === 0 ? null : sealer.seal(reasonsPlace(caseNo, leg.leg), JSON.stringify(why))
    tell.run(news.order, news.cityStatus, news.backendCaseNo, shown, position, ordinal)
    touch.run(now, position)
    const number = news.backendCaseNo ?? leg.backend_case_no
    // A status that the city's table does not name moves nothing, and still says that the city has the leg.
    legs.tell(leg, news.state ?? leg.leg_state, { at: news.at, now, hall }, place, number)
    return 'new'
  }

  return {
    take(arrival) {
      const leg = find(arrival)
      const kept = leg === undefined ? 'unknown' : enter({ ...arrival, hall: null }, leg)
      const known = leg === undefined ? undefined : { casePosition: leg.case_position, subjectRef: leg.applicant_ref }
      records.append({ ...arrival.record, outcome: kept }, known)
      return kept
    },
    tellHere({ id, caseNo, hall, news: told, now, place }, leg) {
      // Whatever the city's own system has told of it keeps its place in the order: what comes next there is not older than this.
      const news = { ...told, id, reference: `${caseNo}.${leg.leg}`, order: leg.news_order ?? 0 }
      if (keptAs(news, leg) !== 'new') return false
      enter({ city: leg.city, caseNo, news, now, place, hall }, leg)
      return true
    },
    keepCursor(source, cursor) {
      keepCursor.run(source, cursor)
    },
  }
}

type Entering = Pick<NewsArrival, 'city' | 'caseNo' | 'news' | 'now' | 'place'> & {
  /** That has told it in the city's place; null where the city did. */
  readonly hall: string | null
}

/** Many cities say why in words alone, without points: a no, or a clock that stands, is not shown without its reason. */
function reasonsTold({ state, remark, reasons }: CityNews): CityNews['reasons'] {
  if (reasons.length > 0 || remark === null || state === null) return reasons
  return hasFailed(state) || ASKING.has(state) ? [{ code: '', message: remark }] : reasons
}

const ASKING: ReadonlySet<CaseState> = new Set(['correction-required', 'suspended'])

/** What the city was not sent it has no news of, unless it was there that it was taken. */
const UNSENT: ReadonlySet<string> = new Set(['waiting', 'cancelled'])

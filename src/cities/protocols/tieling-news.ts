// Asks Tieling for news and reads its pages (docs/wire/tieling.md, News).

import type { CityNews, NewsPage } from '../../domain/news.ts'
import { fromBeijingMilliseconds } from '../beijing-time.ts'
import { garbled, objectIn, type JsonObject } from '../decoding.ts'
import type { Mapping } from '../mapping.ts'
import type { StatusTable } from '../protocol.ts'
import { newsOf } from '../told.ts'

export function eventsPath(cursor: string | null, limit: number): string {
  return `/api/v1/events?${cursor === null ? '' : `cursor=${encodeURIComponent(cursor)}&`}limit=${limit}`
}

export function pageIn(page: JsonObject, statuses: StatusTable, mapping: Mapping): NewsPage {
  const { events, next_cursor: next, has_more: more } = page
  if (!Array.isArray(events) || typeof next !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(next)) throw garbled('events')
  if (typeof more !== 'boolean') throw garbled('has_more')
  return { news: events.map((event) => eventIn(objectIn(event), statuses, mapping)), next, more }
}

function eventIn(event: JsonObject, statuses: StatusTable, mapping: Mapping): CityNews {
  const { case_no: caseNo, ticket, reasons, points } = event
  if (typeof ticket !== 'string' || caseNo === ticket) throw garbled('ticket')
  // There is no sequence number: no two events of a case have the same time.
  const at = timeIn(event['occurred_at'])
  return newsOf(
    statuses,
    {
      id: event['event_id'],
      reference: event['reference'],
      backendCaseNo: caseNo ?? null,
      order: at,
      at,
      cityStatus: event['status'],
      remark: event['remark'],
      reasons: [
        ...listIn(reasons).map(({ code, message }) => ({ code, message })),
        ...listIn(points).map(({ material, field, message }) => ({
          code: material ?? (typeof field === 'string' ? fieldOf(field, mapping) : field),
          message,
        })),
      ],
      results: listIn(event['results']).map(({ code, title, number }) => ({ code, name: title, number })),
    },
    garbled,
  )
}

/** `YYYY-MM-DDThh:mm:ss.SSS+08:00` as milliseconds since 1970; null where it is none. */
export function timeIn(value: unknown): number | null {
  const written = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}\+08:00$/
  return typeof value === 'string' && written.test(value)
    ? fromBeijingMilliseconds(value.slice(0, -6).replace(/\D/g, ''))
    : null
}

/** Our name of a field that the city calls so; as it came where it is none of ours. */
function fieldOf(theirs: string, mapping: Mapping): string {
  const [ours = theirs] = Object.keys(mapping.read({ [theirs]: '' }))
  return ours
}

function listIn(value: unknown): readonly JsonObject[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw garbled('a list was expected')
  return value.map(objectIn)
}

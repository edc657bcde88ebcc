// Reads a page of Anshan's news (docs/wire/anshan.md, News).

import type { CityNews, NewsPage } from '../../domain/news.ts'
import { fromSpacedBeijingTime } from '../beijing-time.ts'
import { garbled, objectIn, type JsonObject } from '../decoding.ts'
import type { StatusTable } from '../protocol.ts'
import { newsOf } from '../told.ts'
import { statusIn } from './anshan-answers.ts'

export function pageIn(statuses: StatusTable, data: unknown): NewsPage {
  const { events, next_cursor: next, has_more: more } = objectIn(data)
  if (!Array.isArray(events) || typeof next !== 'string' || !/^[A-Za-z0-9+/=]{1,128}$/.test(next)) throw garbled('news')
  if (more !== '0' && more !== '1') throw garbled('has_more')
  return { news: events.map((event) => eventIn(statuses, objectIn(event))), next, more: more === '1' }
}

function eventIn(statuses: StatusTable, event: JsonObject): CityNews {
  const { seq, event_time: time } = event
  return newsOf(
    statuses,
    {
      id: event['event_id'],
      reference: event['outer_no'],
      backendCaseNo: event['case_no'] ?? undefined,
      order: typeof seq === 'string' && /^[1-9][0-9]{0,8}$/.test(seq) ? Number(seq) : null,
      at: typeof time === 'string' ? fromSpacedBeijingTime(time) : null,
      cityStatus: statusIn(event),
      remark: event['remark'],
      reasons: listIn(event['points']).map((point) => ({ code: point['code'], message: point['text'] })),
      results: listIn(event['results']).map(({ code, name, number }) => ({ code, name, number })),
    },
    garbled,
  )
}

function listIn(value: unknown): readonly JsonObject[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw garbled('a list was expected')
  return value.map(objectIn)
}

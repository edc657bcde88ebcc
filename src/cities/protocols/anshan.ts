// Speaks the protocol of docs/wire/anshan.md: form-encoded requests signed over method, path, query and date; JSON answers.

import type { DeliverAnswer, EnquiryAnswer } from '../../domain/delivery.ts'
import { Fault } from '../../domain/fault.ts'
import type { CityNews, NewsPage } from '../../domain/news.ts'
import { fromSpacedBeijingTime } from '../beijing-time.ts'
import { garbled, objectIn, readJsonObject, reasonsIn, tokenIn, type JsonObject } from '../decoding.ts'
import type { Mapping } from '../mapping.ts'
import {
  answered,
  clocksApart,
  notDone,
  stateOf,
  type Protocol,
  type Reading,
  type Stamp,
  type StatusTable,
  NO_LATER_MESSAGES,
} from '../protocol.ts'
import { canonicalQuery, sign, type Pairs } from '../signing/anshan.ts'
import { newsOf } from '../told.ts'
import type { WireAnswer, WireRequest } from '../wire.ts'
import { pairsOf } from './anshan-body.ts'

const APPLICATIONS = '/kytb/v1/applications'
const EMPTY = Buffer.alloc(0)

export function anshanProtocol(options: {
  /** Application id (应用标识) that the city has given us. */
  readonly appId: string
  readonly statuses: StatusTable
  /** City key → division code, for `collecting_area`. */
  readonly areas: Readonly<Record<string, string>>
  readonly mapping: Mapping
}): Protocol {
  const { appId, statuses, areas, mapping } = options

  const request = (method: 'GET' | 'POST', path: string, pairs: Pairs, { now, secret }: Stamp): WireRequest => {
    const encoded = canonicalQuery(pairs)
    const query = method === 'GET' ? encoded : ''
    const body = method === 'GET' ? EMPTY : Buffer.from(encoded)
    const date = new Date(now).toUTCString()
    return {
      method,
      path: query === '' ? path : `${path}?${query}`,
      headers: {
        accept: 'application/json',
        date,
        'x-as-app-id': appId,
        'x-as-algorithm': 'HMAC-SHA256',
        'x-as-signature': sign(secret, { method, path, query, appId, date, body }),
        ...(method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      },
      body: method === 'POST' ? body : null,
    }
  }

  const taken = (data: JsonObject): DeliverAnswer => {
    const cityStatus = tokenIn(data['status'])
    return { kind: 'taken', backendCaseNo: tokenIn(data['case_no']), cityStatus, state: stateOf(statuses, cityStatus) }
  }

  return {
    canEnquire: true,
    ...NO_LATER_MESSAGES,
    headers: ['date', 'x-as-app-id', 'x-as-algorithm', 'x-as-signature'],
    secret: null,

    health: (stamp) => request('GET', '/kytb/v1/health', [], stamp),
    readHealth(answer) {
      const said = read(answer)
      const { code, data } = said
      if (code !== 0) return readCode(said)
      if (objectIn(data)['status'] !== '1') throw garbled('health')
      return answered(true)
    },

    query: (message, stamp) => request('POST', '/kytb/v1/queries', pairsOf(message, mapping, areas), stamp),
    readQuery(_message, answer) {
      const said = read(answer)
      const { code, data } = said
      if (code === 2001) return answered(refused(objectIn(data)))
      if (code !== 0) return readCode(said)
      const { exist, result } = objectIn(data)
      if (exist === '0') return answered({ kind: 'nothing-found' })
      if (exist === '1') return answered({ kind: 'found', result: mapping.read(objectIn(result)) })
      throw garbled('exist')
    },

    deliver: (message, stamp) => request('POST', APPLICATIONS, pairsOf(message, mapping, areas), stamp),
    readDeliver(message, answer) {
      const said = read(answer)
      const { code, data } = said
      if (code === 2001) return answered(refused(objectIn(data)))
      if (code !== 0) return readCode(said)
      return answered(taken(about(message.reference, data)))
    },

    enquire: (message, stamp) => request('GET', APPLICATIONS, [['outer_no', message.reference]], stamp),
    readEnquiry(message, answer): Reading<EnquiryAnswer> {
      const said = read(answer)
      const { code, data } = said
      if (code === 2004) return answered({ kind: 'not-known' })
      if (code !== 0) return readCode(said)
      const found = about(message.reference, data)
      return answered(stateOf(statuses, tokenIn(found['status'])) === 'refused' ? refused(found) : taken(found))
    },

    news: {
      kind: 'poll',
      request: (cursor, limit, stamp) =>
        request(
          'GET',
          '/kytb/v1/news',
          [['limit', String(limit)], ...(cursor === null ? [] : [['cursor', cursor] as const])],
          stamp,
        ),
      read(answer) {
        const said = read(answer)
        const { code, data } = said
        return code === 0 ? answered(pageIn(statuses, objectIn(data))) : readCode(said)
      },
    },
  }
}

interface Said {
  readonly code: number
  readonly data: unknown
}

/** A status that the document does not name, or a body without a number as `retcode`, is no answer in this protocol. */
function read(answer: WireAnswer): Said {
  if (![200, 401, 404, 405, 413, 415, 503].includes(answer.status)) {
    if (answer.status >= 500) throw new Fault('CITY_ERROR', { cause: new Error(`HTTP status ${answer.status}`) })
    throw garbled(`HTTP status ${answer.status}`)
  }
  const body = readJsonObject(answer)
  const code = body['retcode']
  if (typeof code !== 'number' || !Number.isSafeInteger(code)) throw garbled('retcode')
  // A code of five digits begins with the status that it comes with; with any other the answer contradicts itself.
  if (answer.status !== (code >= 10_000 ? Math.floor(code / 100) : 200)) throw garbled('retcode of another status')
  return { code, data: body['data'] }
}

/** An answer about another reference would settle our case by a stranger's. */
function about(reference: string, data: unknown): JsonObject {
  const found = objectIn(data)
  if (found['outer_no'] !== reference) throw garbled('another outer_no')
  return found
}

function refused(data: JsonObject): DeliverAnswer & { kind: 'refused' } {
  return { kind: 'refused', reasons: reasonsIn(data['reasons'], 'reason_code', 'reason_text') }
}

/** The codes by which the city says that it did not carry out a call. */
function readCode({ code, data }: Said): Reading<never> {
  switch (code) {
    case 1001:
    case 1002:
    case 1003:
    case 40400:
    case 40500:
    case 41300:
    case 41500:
      return notDone('CITY_MESSAGE_REFUSED')
    case 2002:
      // The first one under this reference stands: to be enquired about, never sent again.
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    case 40101:
    case 40102:
      return notDone('CITY_SIGNATURE_REFUSED')
    case 40103:
      return clocksApart(serverTimeIn(data))
    case 50300:
      return notDone('CITY_IN_MAINTENANCE')
    case 9000:
      throw new Fault('CITY_ERROR', { cause: new Error('retcode 9000') })
    default:
      throw garbled('a retcode that the protocol does not know')
  }
}

/** Null where the city does not say its time in the document's form. */
function serverTimeIn(data: unknown): number | null {
  const time = typeof data === 'object' && data !== null && 'server_time' in data ? data.server_time : null
  const at = typeof time === 'string' ? Date.parse(time) : NaN
  return Number.isNaN(at) || new Date(at).toUTCString() !== time ? null : at
}

function pageIn(statuses: StatusTable, data: JsonObject): NewsPage {
  const { events, next_cursor: next, has_more: more } = data
  if (!Array.isArray(events) || typeof next !== 'string' || !/^[A-Za-z0-9+/=]{1,128}$/.test(next)) throw garbled('news')
  if (more !== '0' && more !== '1') throw garbled('has_more')
  return { news: events.map((event) => eventIn(statuses, objectIn(event))), next, more: more === '1' }
}

function eventIn(statuses: StatusTable, event: JsonObject): CityNews {
  const { seq, event_time: time, result_type: type } = event
  return newsOf(
    statuses,
    {
      id: event['event_id'],
      reference: event['outer_no'],
      backendCaseNo: event['case_no'] ?? undefined,
      order: typeof seq === 'string' && /^[1-9][0-9]{0,8}$/.test(seq) ? Number(seq) : null,
      at: typeof time === 'string' ? fromSpacedBeijingTime(time) : null,
      cityStatus: type === undefined ? event['status'] : `${tokenIn(event['status'])}/${tokenIn(type)}`,
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

// Speaks the protocol of docs/wire/benxi.md: JSON with a token, signed with a nonce; success stands in the body alone.

import type { DeliverAnswer, EnquiryAnswer, Reason } from '../../domain/delivery.ts'
import { Fault } from '../../domain/fault.ts'
import type { CityNews, NewsPage } from '../../domain/news.ts'
import { fromBeijingMilliseconds } from '../beijing-time.ts'
import { garbled, objectIn, readJsonObject, reasonsIn, tokenIn, type JsonObject } from '../decoding.ts'
import type { Mapping } from '../mapping.ts'
import { answered, notDone, stateOf, type Protocol, type Reading, type Stamp, type StatusTable } from '../protocol.ts'
import { sign } from '../signing/benxi.ts'
import { newsOf } from '../told.ts'
import type { WireAnswer, WireRequest } from '../wire.ts'
import { correctionParams, paramsOf, withdrawalParams } from './benxi-body.ts'

type Call = 'query' | 'apply' | 'enquire' | 'correct' | 'withdraw' | 'news' | 'health'

const NONCE_BYTES = 16
/** Done: data may be there. */
const DONE = 1
const REFUSED = 0
/** The case does not stand where that may be done (当前环节不可补正, 当前环节不可撤回). */
const NOT_CORRECTABLE = 1413
const NOT_WITHDRAWABLE = 1414

export function benxiProtocol(options: {
  /** Authorization mark (授权标识) that the city has given us; no secret. */
  readonly token: string
  readonly statuses: StatusTable
  /** City key → division code, for `COLLECTING_AREA`. */
  readonly areas: Readonly<Record<string, string>>
  readonly mapping: Mapping
  /** Random bytes, for the nonce of each attempt. */
  readonly bytes: (size: number) => Buffer
}): Protocol {
  const { token, statuses, areas, mapping, bytes } = options

  const post = (call: Call, params: object, { now, secret }: Stamp): WireRequest => {
    const path = `/bxkytb/rest/${call}`
    const body = Buffer.from(JSON.stringify({ token, params }))
    const nonce = bytes(NONCE_BYTES).toString('hex')
    const timestamp = String(now)
    return {
      method: 'POST',
      path,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'x-bx-nonce': nonce,
        'x-bx-timestamp': timestamp,
        'x-bx-sign': sign(secret, { body, nonce, path, timestamp, token }),
      },
      body,
    }
  }

  const stateIn = (data: JsonObject): string => `${tokenIn(data['STATE'])}/${tokenIn(data['SUB_STATE'])}`

  const taken = (data: JsonObject): DeliverAnswer => {
    const cityStatus = stateIn(data)
    return { kind: 'taken', backendCaseNo: tokenIn(data['CASE_NO']), cityStatus, state: stateOf(statuses, cityStatus) }
  }

  return {
    canEnquire: true,
    headers: ['x-bx-nonce', 'x-bx-timestamp', 'x-bx-sign'],
    secret: null,

    health: (stamp) => post('health', {}, stamp),
    readHealth(answer) {
      const { code, data } = read(answer)
      if (code !== DONE) return readCode(code)
      if (objectIn(data)['STATUS'] !== 'UP') throw garbled('health')
      return answered(true)
    },

    query: (message, stamp) => post('query', paramsOf(message, mapping, areas), stamp),
    readQuery(_message, answer) {
      const { code, data } = read(answer)
      if (code === REFUSED) return answered(refused(objectIn(data)))
      if (code !== DONE) return readCode(code)
      if (data === null) return answered({ kind: 'nothing-found' })
      return answered({ kind: 'found', result: mapping.read(objectIn(objectIn(data)['RESULT'])) })
    },

    deliver: (message, stamp) => post('apply', paramsOf(message, mapping, areas), stamp),
    readDeliver(message, answer) {
      const { code, data } = read(answer)
      if (code === REFUSED) return answered(refused(objectIn(data)))
      if (code !== DONE) return readCode(code)
      return answered(taken(about(message.reference, data)))
    },

    enquire: (message, stamp) => post('enquire', { REF_NO: message.reference }, stamp),
    readEnquiry(message, answer): Reading<EnquiryAnswer> {
      const { code, data } = read(answer)
      if (code !== DONE) return readCode(code)
      if (data === null) return answered({ kind: 'not-known' })
      const found = about(message.reference, data)
      return answered(stateOf(statuses, stateIn(found)) === 'refused' ? refused(found) : taken(found))
    },

    correct: (message, stamp) => post('correct', correctionParams(message, mapping, areas), stamp),
    readCorrection(message, answer) {
      const { code, msg, data } = read(answer)
      if (code === REFUSED) return answered(refused(objectIn(data)))
      if (code === NOT_CORRECTABLE) return answered(tooLate(code, msg))
      if (code !== DONE) return readCode(code)
      const found = about(message.reference, data)
      if (found['CORRECT_NO'] !== message.correctionNo) throw garbled('another correction')
      const cityStatus = stateIn(found)
      return answered({ kind: 'taken', cityStatus, state: stateOf(statuses, cityStatus) })
    },

    withdraw: (message, stamp) => post('withdraw', withdrawalParams(message), stamp),
    readWithdrawal(message, answer) {
      const { code, msg, data } = read(answer)
      if (code === NOT_WITHDRAWABLE) return answered(tooLate(code, msg))
      if (code !== DONE) return readCode(code)
      const cityStatus = stateIn(about(message.reference, data))
      if (stateOf(statuses, cityStatus) !== 'withdrawn') throw garbled('withdrawal')
      return answered({ kind: 'withdrawn', cityStatus })
    },

    // Files are fetched from the addresses in the materials.
    linksMaterials: true,
    handOver: null,
    readHandOver: null,

    ledger: null,
    results: null,
    news: {
      kind: 'poll',
      request: (cursor, limit, stamp) =>
        post('news', cursor === null ? { LIMIT: limit } : { LIMIT: limit, CURSOR: cursor }, stamp),
      read(answer) {
        const { code, data } = read(answer)
        if (code !== DONE) return readCode(code)
        // Nothing new: no cursor comes, the one that was asked with is kept.
        return answered(
          data === null ? { news: [], next: null, more: false } : pageIn(statuses, objectIn(data), stateIn),
        )
      },
    },
  }
}

/** Everything has status 200; `code` is a number or its text; absent data is null. */
function read(answer: WireAnswer): { readonly code: number; readonly msg: unknown; readonly data: unknown } {
  if (answer.status >= 500) throw new Fault('CITY_ERROR', { cause: new Error(`HTTP status ${answer.status}`) })
  if (answer.status !== 200) throw garbled(`HTTP status ${answer.status}`)
  const body = readJsonObject(answer)
  const { code, msg, data = null } = body
  if (
    typeof code === 'number' ? !Number.isSafeInteger(code) : !(typeof code === 'string' && /^-?[0-9]{1,5}$/.test(code))
  ) {
    throw garbled('code')
  }
  return { code: Number(code), msg, data }
}

/** An answer about another reference would settle our case by a stranger's. */
function about(reference: string, data: unknown): JsonObject {
  const found = objectIn(data)
  if (found['REF_NO'] !== reference) throw garbled('another REF_NO')
  return found
}

function refused(data: JsonObject): DeliverAnswer & { kind: 'refused' } {
  return { kind: 'refused', reasons: reasonsIn(data['REASONS'], 'REASON_CODE', 'REASON_TEXT') }
}

function tooLate(code: number, msg: unknown): { readonly kind: 'refused'; readonly reasons: readonly Reason[] } {
  return {
    kind: 'refused',
    reasons: [{ code: String(code), message: typeof msg === 'string' ? msg.slice(0, 500) : '' }],
  }
}

/** The codes by which the city says that it did not carry out a call. */
function readCode(code: number): Reading<never> {
  switch (code) {
    case 1001:
    case 1002:
    case 1003:
    case 1004:
    case 1404:
    case 1410:
    case 1412:
    case 1424:
      return notDone('CITY_MESSAGE_REFUSED')
    case 1409: // the first one under this reference stands
    case 1411: // and under this number
    case 4013: // whoever had the nonce before may have been heard
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    case 4010:
    case 4011:
    case 4012:
      return notDone('CITY_SIGNATURE_REFUSED')
    case 9002:
      return notDone('CITY_IN_MAINTENANCE')
    case 9003:
      return notDone('CITY_BUSY')
    case -1:
      throw new Fault('CITY_ERROR', { cause: new Error('code -1') })
    default:
      throw garbled('a code that the protocol does not know')
  }
}

function pageIn(statuses: StatusTable, data: JsonObject, stateIn: (event: JsonObject) => string): NewsPage {
  const { EVENTS: events, NEXT_CURSOR: next, MORE: more } = data
  if (!Array.isArray(events) || typeof next !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(next)) throw garbled('news')
  if (more !== '0' && more !== '1') throw garbled('MORE')
  return { news: events.map((event) => eventIn(statuses, objectIn(event), stateIn)), next, more: more === '1' }
}

function eventIn(statuses: StatusTable, event: JsonObject, stateIn: (event: JsonObject) => string): CityNews {
  const { EVENT_TIME: time } = event
  const at = typeof time === 'string' ? fromBeijingMilliseconds(time) : null
  return newsOf(
    statuses,
    {
      id: event['EVENT_ID'],
      reference: event['REF_NO'],
      backendCaseNo: event['CASE_NO'] ?? undefined,
      // There is no sequence number: the time in milliseconds is the order.
      order: at,
      at,
      cityStatus: stateIn(event),
      remark: event['REMARK'] ?? undefined,
      reasons: listIn(event['POINTS']).map((point) => ({ code: point['CODE'] ?? undefined, message: point['TEXT'] })),
      results: listIn(event['RESULTS']).map(({ CODE: code, NAME: name, NUMBER: number }) => ({ code, name, number })),
    },
    garbled,
  )
}

function listIn(value: unknown): readonly JsonObject[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw garbled('a list was expected')
  return value.map(objectIn)
}

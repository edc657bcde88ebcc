// Reads Shenyang's own calls with news (SY-NOTIFY-0001 of docs/wire/shenyang.md), and answers them in its style.

import { timingSafeEqual } from 'node:crypto'
import { Fault } from '../../domain/fault.ts'
import type { CityCall, CityNews, CityReply } from '../../domain/news.ts'
import { parseStrictJson } from '../../domain/strict-json.ts'
import { fromSpacedBeijingTime } from '../beijing-time.ts'
import type { NewsCallback, Stamp, StatusTable } from '../protocol.ts'
import { sign } from '../signing/national-exchange.ts'
import { newsOf } from '../told.ts'

const SID = 'SY-NOTIFY-0001'
const TOLERANCE_MS = 300_000
const DEPTH_MAX = 16

const malformed = (why: string): Fault => new Fault('CITY_EVENT_MALFORMED', { cause: new Error(why) })
const unsigned = (why: string): Fault => new Fault('CITY_EVENT_UNSIGNED', { cause: new Error(why) })

/** The city signs with the app key, never with a secret that we have fetched; `rid` is what it calls itself. */
export function shenyangNews(options: { readonly rid: string; readonly statuses: StatusTable }): NewsCallback {
  const { rid, statuses } = options
  return {
    kind: 'callback',
    read(call, stamp) {
      checkSignature(call, stamp, rid)
      return eventIn(statuses, call)
    },
    acknowledge: () => reply('0000', '成功'),
    refuse: (_call, _stamp, status, code) => reply(CODES[code] ?? (status >= 500 ? '5000' : '1001'), code),
  }
}

const CODES: Readonly<Record<string, string>> = {
  CITY_EVENT_UNSIGNED: '4010',
  CITY_EVENT_MALFORMED: '1001',
  CITY_EVENT_UNKNOWN: '2002',
}

/** Everything that the protocol decides has status 200. */
function reply(code: string, msg: string): CityReply {
  return {
    status: 200,
    headers: { 'content-type': 'application/json;charset=UTF-8' },
    body: Buffer.from(JSON.stringify({ code, msg, data: null })),
  }
}

function checkSignature({ headers, body }: CityCall, { now, secret }: Stamp, rid: string): void {
  const rtime = headers['gjgxjhpt_rtime'] ?? ''
  if (headers['gjgxjhpt_rid'] !== rid || headers['gjgxjhpt_sid'] !== SID) throw unsigned('requester or service')
  if (!/^[0-9]{1,15}$/.test(rtime) || Math.abs(Number(rtime) - now) > TOLERANCE_MS) throw unsigned('time')
  const expected = Buffer.from(sign(secret, SID, rid, rtime, body))
  const given = Buffer.from(headers['gjgxjhpt_sign'] ?? '')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw unsigned('signature')
}

function eventIn(statuses: StatusTable, { headers, body }: CityCall): CityNews {
  if (!/^application\/json(?:\s*;\s*charset=utf-8)?$/i.test(headers['content-type'] ?? ''))
    throw malformed('media type')
  let event: Readonly<Record<string, unknown>>
  try {
    event = parseStrictJson(body, DEPTH_MAX) as typeof event
  } catch {
    throw malformed('not JSON')
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event)) throw malformed('not an object')
  const time = typeof event['event_time'] === 'string' ? fromSpacedBeijingTime(event['event_time']) : null
  return newsOf(
    statuses,
    {
      id: event['event_id'],
      reference: event['project_no'],
      backendCaseNo: event['accept_no'] ?? undefined,
      order: event['event_seq'],
      at: time,
      cityStatus: event['status'],
      remark: event['remark'],
      reasons: entriesOf(event['correct_list']).map((entry) => ({
        code: entry['correct_code'],
        message: entry['correct_desc'],
      })),
      results: entriesOf(event['result_list']).map((entry) => ({
        code: entry['cert_code'],
        name: entry['cert_name'],
        number: entry['cert_no'],
      })),
      fees: entriesOf(event['pay_list']).map((entry) => ({
        paymentNo: entry['pay_no'],
        name: entry['pay_name'],
        payee: entry['pay_dept'],
        amountYuan: entry['pay_amount'],
        paidAt: typeof entry['pay_time'] === 'string' ? fromSpacedBeijingTime(entry['pay_time']) : undefined,
      })),
    },
    malformed,
  )
}

function entriesOf(list: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (list === undefined) return []
  if (!Array.isArray(list)) throw malformed('a list was expected')
  return list.map((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) throw malformed('an object was expected')
    return entry as Readonly<Record<string, unknown>>
  })
}

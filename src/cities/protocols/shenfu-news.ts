// Reads Shenfu's own calls with news (CloudEvents, signed as Standard Webhooks say; docs/wire/shenfu.md), and answers them.

import { timingSafeEqual } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { Fault } from '../../domain/fault.ts'
import type { CityCall, CityNews, CityReply } from '../../domain/news.ts'
import { parseStrictText } from '../../domain/strict-json.ts'
import type { NewsCallback, Stamp, StatusTable } from '../protocol.ts'
import { newsOf } from '../told.ts'

const TOLERANCE_SECONDS = 300
const MEDIA_TYPE = /^application\/cloudevents\+json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i
const SECRET = /^whsec_[A-Za-z0-9+/]{43}=$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
// A byte order mark stays where it is: what is read must be what was signed.
const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const DEPTH_MAX = 8

const malformed = (why: string): Fault => new Fault('CITY_EVENT_MALFORMED', { cause: new Error(why) })
const unsigned = (why: string): Fault => new Fault('CITY_EVENT_UNSIGNED', { cause: new Error(why) })

export function shenfuNews(options: { readonly statuses: StatusTable }): NewsCallback {
  return {
    kind: 'callback',
    read(call, stamp) {
      const text = textOf(call)
      checkSignature(call, text, stamp)
      return eventIn(options.statuses, call, text)
    },
    acknowledge: () => ({ status: 204, headers: {}, body: Buffer.alloc(0) }),
    refuse: (_call, _stamp, status, code) => failure(status, code),
  }
}

function failure(status: number, code: string): CityReply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: Buffer.from(JSON.stringify({ error: { code } })),
  }
}

/** The signature is of bytes; what is not UTF-8 was not signed by this city. */
function textOf({ body }: CityCall): string {
  try {
    return TEXT.decode(body)
  } catch {
    throw unsigned('not UTF-8')
  }
}

/** One good signature suffices: while the secret is changed, the city sends several. */
function checkSignature({ headers }: CityCall, text: string, { now, secret }: Stamp): void {
  const id = headers['webhook-id'] ?? ''
  const timestamp = headers['webhook-timestamp'] ?? ''
  if (!/^[0-9]{1,12}$/.test(timestamp) || Math.abs(Number(timestamp) - now / 1000) > TOLERANCE_SECONDS) {
    throw unsigned('time')
  }
  const expected = Buffer.from(webhookOf(secret).sign(id, new Date(Number(timestamp) * 1000), text))
  const isGood = (given: string): boolean => {
    const bytes = Buffer.from(given)
    return bytes.length === expected.length && timingSafeEqual(bytes, expected)
  }
  if (!(headers['webhook-signature'] ?? '').split(' ').some(isGood)) throw unsigned('signature')
}

function webhookOf(secret: Buffer): Webhook {
  const key = secret.toString('latin1')
  try {
    if (SECRET.test(key)) return new Webhook(key)
  } catch {
    // Base64 in its letters, but not in its bits.
  }
  throw unsigned('the secret is not of the form that the document gives it')
}

type Members = Readonly<Record<string, unknown>>

function eventIn(statuses: StatusTable, { headers }: CityCall, text: string): CityNews {
  if (!MEDIA_TYPE.test(headers['content-type'] ?? '')) throw malformed('media type')
  const event = objectIn(parsed(text))
  if (event['specversion'] !== '1.0') throw malformed('specversion')
  if (event['type'] !== 'cn.shenfu.case.status.v1' || event['source'] !== '/shenfu/applications')
    throw malformed('type')
  if (event['datacontenttype'] !== 'application/json') throw malformed('datacontenttype')
  if (event['id'] !== headers['webhook-id']) throw malformed('the id is not that of the header')
  const time = event['time']
  const at = typeof time === 'string' && TIME.test(time) ? Date.parse(time) : Number.NaN
  const data = objectIn(event['data'])
  return newsOf(
    statuses,
    {
      id: event['id'],
      reference: event['subject'],
      backendCaseNo: data['caseNo'],
      order: data['sequence'],
      at,
      cityStatus: data['status'],
      remark: data['remark'],
      reasons: entriesOf(data['points']).map(({ code, message }) => ({ code, message })),
      results: entriesOf(data['results']).map(({ code, name, number }) => ({ code, name, number })),
      fees: entriesOf(data['fees']).map(({ paymentNo, name, payee, amountYuan, paidAt }) => ({
        paymentNo,
        name,
        payee,
        amountYuan,
        paidAt:
          paidAt === undefined
            ? undefined
            : typeof paidAt === 'string' && TIME.test(paidAt)
              ? Date.parse(paidAt)
              : null,
      })),
    },
    malformed,
  )
}

function parsed(text: string): unknown {
  try {
    return parseStrictText(text, DEPTH_MAX)
  } catch {
    throw malformed('not JSON, or JSON that two readers could understand differently')
  }
}

function objectIn(value: unknown): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('an object was expected')
  return value as Members
}

function entriesOf(list: unknown): readonly Members[] {
  if (list === undefined) return []
  if (!Array.isArray(list)) throw malformed('a list was expected')
  return list.map(objectIn)
}

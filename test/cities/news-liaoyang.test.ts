// Liaoyang's own calls with news: believed once, where the city has signed them in time; acknowledged in an envelope of ours.

import t from 'tap'
import { Fault } from '../../src/domain/fault.ts'
import type { CityCall } from '../../src/domain/news.ts'
import { REFERENCE, TAKEN_AT } from './support/city.ts'
import { city, liaoyang, ours, seal, SM4_KEY, stamp, unseal, type Envelope } from './support/liaoyang.ts'
import { encrypt } from './support/sm-openssl.ts'

t.teardown(() => [ours, city].forEach((key) => key[Symbol.dispose]()))

const { news } = liaoyang
if (news?.kind !== 'callback') throw new Error('Liaoyang calls us')

const EVENT = {
  eventId: 'LY20261122000000017',
  bizNo: REFERENCE,
  acceptNo: '211000-2026-000123',
  seq: 3,
  time: 1795345200000,
  status: 'B1',
  remark: '请于五个工作日内补正',
  points: [{ code: 'retirement-certificate', text: '退休证明缺少盖章页' }, { text: '请写明联系电话' }],
}

const callOf = (body: unknown, type = 'application/json'): CityCall => ({
  headers: { 'content-type': type },
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
})

/** What we make of a call: the event, or `FAULT code-that-we-answer sealed|bare`. */
function heard(call: CityCall, now = TAKEN_AT): unknown {
  try {
    return news?.kind === 'callback' ? news.read(call, { ...stamp, now }) : null
  } catch (error) {
    if (!(error instanceof Fault) || news?.kind !== 'callback') throw error
    const { status, body } = news.refuse(call, { ...stamp, now }, error.status, error.code)
    t.equal(status, 200)
    const said = JSON.parse(String(body)) as Envelope & { readonly code?: number }
    if (said.code !== undefined) return `${error.code} ${said.code} bare`
    t.equal(said.nonce, (JSON.parse(String(call.body)) as Envelope).nonce)
    return `${error.code} ${(unseal('notify', body) as { code: number }).code} sealed`
  }
}

t.test('an event is read, and acknowledged in an envelope that openssl verifies', async (t) => {
  const call = callOf(seal('notify', EVENT))
  t.strictSame(heard(call), {
    id: 'LY20261122000000017',
    reference: REFERENCE,
    backendCaseNo: '211000-2026-000123',
    order: 3,
    at: 1795345200000,
    cityStatus: 'B1',
    state: 'correction-required',
    remark: '请于五个工作日内补正',
    reasons: [
      { code: 'retirement-certificate', message: '退休证明缺少盖章页' },
      { code: '', message: '请写明联系电话' },
    ],
    results: [],
  })
  const { status, headers, body } = news.acknowledge(call, stamp)
  t.strictSame([status, headers], [200, { 'content-type': 'application/json' }])
  t.strictSame(unseal('notify', body), { code: 0, message: '成功' })
  const envelope = JSON.parse(String(body)) as Envelope
  t.equal(envelope.nonce, (JSON.parse(String(call.body)) as Envelope).nonce)
  t.equal(envelope.timestamp, TAKEN_AT)

  const { points: _, remark: __, ...rest } = EVENT
  const results = [{ code: 'notice', name: '通知书', number: '辽公积金〔2026〕1号' }]
  t.match(heard(callOf(seal('notify', { ...rest, status: 'D1', results }), 'application/json;charset=UTF-8')), {
    state: 'completed',
    remark: null,
    reasons: [],
    results,
  })
})

t.test('what the city has not signed, in time and once, changes nothing', async (t) => {
  const good = seal('notify', EVENT)
  const wrongKey = encrypt(`f${SM4_KEY.slice(1)}`, Buffer.alloc(16), Buffer.from('{}')).toString('base64')
  const rows: readonly (readonly [string, CityCall, string])[] = [
    ['no JSON', callOf('{'), 'CITY_EVENT_MALFORMED 40000 bare'],
    ['another media type', callOf(good, 'text/plain'), 'CITY_EVENT_MALFORMED 40000 bare'],
    ['a member more', callOf({ ...good, more: 1 }), 'CITY_EVENT_MALFORMED 40000 bare'],
    ['another application', callOf(seal('notify', EVENT, { appId: 'other' })), 'CITY_EVENT_UNSIGNED 40101 bare'],
    ['changed', callOf({ ...good, timestamp: TAKEN_AT + 1 }), 'CITY_EVENT_UNSIGNED 40101 bare'],
    ['for another service', callOf(seal('apply', EVENT)), 'CITY_EVENT_UNSIGNED 40101 bare'],
    ['too old', callOf(seal('notify', EVENT, { timestamp: TAKEN_AT - 300_001 })), 'CITY_EVENT_STALE 40102 sealed'],
    ['too early', callOf(seal('notify', EVENT, { timestamp: TAKEN_AT + 300_001 })), 'CITY_EVENT_STALE 40102 sealed'],
    ['another SM4 key', callOf(seal('notify', EVENT, { encData: wrongKey })), 'CITY_EVENT_MALFORMED 40104 sealed'],
    ['a list', callOf(seal('notify', [EVENT])), 'CITY_EVENT_MALFORMED 40001 sealed'],
    [
      'an event without id',
      callOf(seal('notify', { ...EVENT, eventId: undefined })),
      'CITY_EVENT_MALFORMED 40001 sealed',
    ],
    ['a sequence of text', callOf(seal('notify', { ...EVENT, seq: '3' })), 'CITY_EVENT_MALFORMED 40001 sealed'],
    ['points that are none', callOf(seal('notify', { ...EVENT, points: [null] })), 'CITY_EVENT_MALFORMED 40001 sealed'],
  ]
  for (const [name, call, end] of rows) t.equal(heard(call), end, name)

  t.match(heard(callOf(good)), { id: EVENT.eventId })
  t.equal(heard(callOf(good)), 'CITY_EVENT_STALE 40103 sealed', 'the same envelope again')
  t.equal(heard(callOf(good), TAKEN_AT + 299_000), 'CITY_EVENT_STALE 40103 sealed', 'as long as its time is good')
  t.match(heard(callOf(seal('notify', EVENT))), { id: EVENT.eventId }, 'the same event in a new envelope is heard')
  const used = seal('notify', '[', {})
  t.equal(heard(callOf(used)), 'CITY_EVENT_MALFORMED 40001 sealed')
  t.equal(heard(callOf(used)), 'CITY_EVENT_STALE 40103 sealed', 'a nonce is used whatever became of its message')
})

t.test('what went wrong here is told as the document words it', async (t) => {
  const call = callOf(seal('notify', EVENT))
  const code = (status: number, fault: string): unknown =>
    (unseal('notify', news.refuse(call, stamp, status, fault).body) as { code: number }).code
  t.equal(code(404, 'CITY_EVENT_UNKNOWN'), 40401)
  t.equal(code(503, 'STORE_UNAVAILABLE'), 50001)
  t.equal(code(500, 'INTERNAL'), 50001)
})

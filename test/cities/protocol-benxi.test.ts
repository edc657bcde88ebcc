// Benxi's protocol: signatures that openssl makes too, persons in LD/T's names, and success that stands in the body alone.

import { execFileSync } from 'node:child_process'
import t from 'tap'
import { openMapping } from '../../src/cities/mapping.ts'
import { benxiProtocol } from '../../src/cities/protocols/benxi.ts'
import type { Reading } from '../../src/cities/protocol.ts'
import { sign } from '../../src/cities/signing/benxi.ts'
import type { WireAnswer, WireRequest } from '../../src/cities/wire.ts'
import { asFault } from '../../src/domain/fault.ts'
import { systemIds } from '../../src/system.ts'
import { KEY, message, REFERENCE } from './support/city.ts'

const TOKEN = 'BX-KYTB-210100-01'
const stamp = { now: 1795341600000, secret: Buffer.from(KEY) }
const exceptions = { name: 'AAC003', certType: 'AAC058', certNo: 'AAC002', mobile: 'AAC067', address: 'AAE006' }
const protocol = benxiProtocol({
  token: TOKEN,
  statuses: { 'A/1': 'pre-accepted', 'A/4': 'refused', 'D/1': 'completed' },
  areas: { shenyang: '210100' },
  mapping: openMapping(
    { names: 'UPPER_SNAKE', exceptions, codes: { certType: { '111': '01' } } },
    { kinds: new Map(), dictionaries: new Map() },
  ),
  bytes: systemIds.bytes,
})
const { news } = protocol
if (news?.kind !== 'poll') throw new Error('Benxi is asked for news')

const said = (body: unknown, status = 200): WireAnswer => ({
  status,
  headers: { 'content-type': 'application/json;charset=UTF-8' },
  bytes: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
})

function ending(read: () => Reading<unknown>): unknown {
  try {
    const reading = read()
    return reading.kind === 'answer' ? reading.answer : `${reading.sent} ${reading.code}`
  } catch (error) {
    return asFault(error).code
  }
}

const sm3 = (args: readonly string[], input: Buffer | string): string =>
  execFileSync('openssl', ['dgst', '-sm3', ...args, '-r'], { input })
    .toString()
    .split(' ')[0] ?? ''

t.test('every call is signed as openssl signs it, with a nonce of its own', async (t) => {
  const body = Buffer.from(`{"token":"${TOKEN}","params":{"REF_NO":"${REFERENCE}"}}`)
  const nonce = '5f0c2a9e7b3d4186a1c0e9f2b4d6a8c3'
  const example = { body, nonce, path: '/bxkytb/rest/enquire', timestamp: '1795341600000', token: TOKEN }
  t.equal(sign(stamp.secret, example), '1b5fb82d70786a928f298fa0847ab960bf4307f083449c6e2bca1a114fca2774')
  const calls: readonly WireRequest[] = [
    protocol.health(stamp),
    protocol.query(message, stamp),
    protocol.deliver(message, stamp),
    protocol.deliver(message, stamp),
    protocol.enquire(message, stamp),
    news.request('BXYB_1', 50, stamp),
  ]
  for (const { headers, path, body: sent } of calls) {
    const text = `body=${sm3([], sent ?? '')}&nonce=${headers['x-bx-nonce']}&path=${path}&timestamp=1795341600000&token=${TOKEN}`
    t.equal(headers['x-bx-sign'], sm3(['-mac', 'HMAC', '-macopt', `key:${KEY}`], text), path)
  }
  t.equal(new Set(calls.map(({ headers }) => headers['x-bx-nonce'])).size, calls.length)
})

t.test('persons are called and coded as in a form; what is absent has no member', async (t) => {
  const sent = JSON.parse(String(protocol.deliver(message, stamp).body)) as Record<string, unknown>
  t.strictSame(sent, {
    token: TOKEN,
    params: {
      REF_NO: REFERENCE,
      ITEM_CODE: message.item.code,
      LEG: 'decide',
      TAKEN_AT: '20261122180000',
      HANDLING_MODE: '1',
      APPLICANT: { TYPE: '1', AAC003: '张伟', AAC058: '01', AAC002: '210102199003070011', AAC067: '13800000000' },
      FORM: { FUND_CENTRE: '2115' },
      MATERIALS: [{ CODE: 'id-card', HELD: '4' }],
    },
  })
})

t.test('success is code 1, as number or text, and nothing else', async (t) => {
  const taken = { REF_NO: REFERENCE, CASE_NO: 'BX-1', STATE: 'A', SUB_STATE: '1' }
  const done = { kind: 'taken', backendCaseNo: 'BX-1', cityStatus: 'A/1', state: 'pre-accepted' }
  const REASONS = [{ REASON_CODE: 'TJ02', REASON_TEXT: '不属于本溪市管辖' }]
  const refused = { kind: 'refused', reasons: [{ code: 'TJ02', message: '不属于本溪市管辖' }] }
  const deliver = (body: unknown, status = 200) => ending(() => protocol.readDeliver(message, said(body, status)))
  for (const code of [1, '1']) t.strictSame(deliver({ code, success: true, data: taken }), done)
  t.strictSame(deliver({ code: '0', success: true, data: { REASONS } }), refused, 'success is true in a refusal too')
  const rows: readonly (readonly [number, string])[] = [
    [1001, 'no CITY_MESSAGE_REFUSED'],
    [1002, 'no CITY_MESSAGE_REFUSED'],
    [1404, 'no CITY_MESSAGE_REFUSED'],
    [1409, 'maybe CITY_MESSAGE_REFUSED'],
    [4010, 'no CITY_SIGNATURE_REFUSED'],
    [4011, 'no CITY_SIGNATURE_REFUSED'],
    [4012, 'no CITY_SIGNATURE_REFUSED'],
    [4013, 'maybe CITY_MESSAGE_REFUSED'],
    [9002, 'no CITY_IN_MAINTENANCE'],
    [9003, 'no CITY_BUSY'],
    [-1, 'CITY_ERROR'],
    [7777, 'CITY_GARBLED'],
  ]
  for (const [code, end] of rows) {
    t.equal(deliver({ code, success: true, data: taken }), end, String(code))
    t.equal(deliver({ code: String(code), data: taken }), end, `"${code}"`)
  }
  for (const body of [
    { success: true, data: taken },
    { code: 1.5 },
    { code: '1.0' },
    { code: true },
    [],
    '{"code":1,',
  ]) {
    t.equal(deliver(body), 'CITY_GARBLED', JSON.stringify(body))
  }
  t.equal(deliver({ code: 1, data: { ...taken, REF_NO: 'another' } }), 'CITY_GARBLED')
  t.equal(deliver({ code: 1, data: taken }, 201), 'CITY_GARBLED', 'another HTTP status is no answer')

  const enquiry = (body: unknown) => ending(() => protocol.readEnquiry(message, said(body)))
  for (const body of [{ code: 1, data: null }, { code: '1' }]) t.strictSame(enquiry(body), { kind: 'not-known' })
  t.strictSame(enquiry({ code: 1, data: { ...taken, REASONS: null } }), done)
  t.strictSame(enquiry({ code: 1, data: { REF_NO: REFERENCE, STATE: 'A', SUB_STATE: '4', REASONS } }), refused)
  const query = (body: unknown) => ending(() => protocol.readQuery(message, said(body)))
  t.strictSame(query({ code: '1', data: null }), { kind: 'nothing-found' })
  t.strictSame(query({ code: 1, data: { RESULT: { AAC003: '张伟' } } }), { kind: 'found', result: { name: '张伟' } })
})

t.test('news are ordered by their time; without any the cursor stays', async (t) => {
  const read = (data: unknown) => ending(() => news.read(said({ code: 1, data })))
  t.strictSame(read(null), { news: [], next: null, more: false })
  const event = {
    EVENT_ID: 'BXSJ-1',
    REF_NO: REFERENCE,
    CASE_NO: 'BX-1',
    EVENT_TIME: '20261125153002004',
    STATE: 'D',
    SUB_STATE: '1',
    REMARK: null,
    POINTS: null,
    RESULTS: [{ CODE: 'notice', NAME: '通知书', NUMBER: '1号' }],
  }
  const at = Date.parse('2026-11-25T15:30:02.004+08:00')
  t.match(read({ EVENTS: [event], NEXT_CURSOR: 'BXYB_1', MORE: '0' }), {
    news: [
      { order: at, at, state: 'completed', remark: null, results: [{ code: 'notice', name: '通知书', number: '1号' }] },
    ],
    next: 'BXYB_1',
    more: false,
  })
  for (const wrong of [{ EVENT_TIME: '20261125153002' }, { EVENT_ID: '' }, { REF_NO: 'x' }, { RESULTS: [{}] }]) {
    t.equal(
      read({ EVENTS: [{ ...event, ...wrong }], NEXT_CURSOR: 'B', MORE: '0' }),
      'CITY_GARBLED',
      JSON.stringify(wrong),
    )
  }
})

// Anshan's protocol, byte for byte: signatures that openssl makes too, keys of a form, and each answer of the wire document.

import { execFileSync } from 'node:child_process'
import t from 'tap'
import { openMapping, type Kind } from '../../src/cities/mapping.ts'
import { anshanProtocol } from '../../src/cities/protocols/anshan.ts'
import type { Reading } from '../../src/cities/protocol.ts'
import { canonicalQuery } from '../../src/cities/signing/anshan.ts'
import type { WireAnswer, WireRequest } from '../../src/cities/wire.ts'
import { asFault } from '../../src/domain/fault.ts'
import { KEY, message, REFERENCE } from './support/city.ts'

const stamp = { now: Date.UTC(2026, 10, 22, 10), secret: Buffer.from(KEY) }
const protocol = anshanProtocol({
  appId: 'KYTB-GATEWAY',
  statuses: { '10': 'pre-accepted', '21': 'correction-required', '22': 'refused', '40/2': 'rejected' },
  areas: { shenyang: '210100' },
  mapping: openMapping(
    { names: 'snake_case', exceptions: { fundCentre: 'gjjzx' } },
    {
      kinds: new Map<string, Kind>([
        ['movers', 'list'],
        ['contents', 'texts'],
        ['residence', 'object'],
      ]),
      dictionaries: new Map(),
    },
  ),
})
const { news } = protocol
if (news?.kind !== 'poll') throw new Error('Anshan is asked for news')

const openssl = (args: readonly string[], input: Buffer | string): Buffer => execFileSync('openssl', args, { input })

/** As the document says it, by the openssl command alone. */
function signature(request: WireRequest): string {
  const [path = '', query = ''] = request.path.split('?')
  const body = openssl(['dgst', '-sha256', '-r'], request.body ?? '')
    .toString()
    .split(' ')[0]
  const text = [request.method, path, query, 'KYTB-GATEWAY', request.headers['date'], body].join('\n')
  return openssl(['dgst', '-sha256', '-mac', 'HMAC', '-macopt', `key:${KEY}`, '-binary'], text).toString('base64')
}

const said = (status: number, body: unknown): WireAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=UTF-8' },
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

t.test('every call is signed as openssl signs it, the worked example of the document included', async (t) => {
  const cursor = 'MTc5NTM0MTYwMDAwMC8z+Q=='
  const asked = news.request(cursor, 50, stamp)
  t.equal(asked.path, '/kytb/v1/news?cursor=MTc5NTM0MTYwMDAwMC8z%2BQ%3D%3D&limit=50')
  t.equal(asked.headers['date'], 'Sun, 22 Nov 2026 10:00:00 GMT')
  t.equal(asked.headers['x-as-signature'], 'J0E71Il7iFRf+eXdI9WuLsb89+GBluYsE6X0xV9Dv7k=')
  for (const request of [
    asked,
    news.request(null, 100, stamp),
    protocol.health(stamp),
    protocol.deliver(message, stamp),
    protocol.query(message, stamp),
    protocol.enquire(message, stamp),
  ]) {
    t.equal(request.headers['x-as-signature'], signature(request), request.path)
    for (const name of Object.keys(request.headers))
      t.ok([...protocol.headers, 'accept', 'content-type'].includes(name))
  }
})

t.test('a canonical query is sorted by name, not by name and value together', async (t) => {
  const pairs = [
    ['a-b', '1'],
    ['a', '2'],
    ['a.c', ''],
    ['B', '3'],
  ] as const
  t.equal(canonicalQuery(pairs), 'B=3&a=2&a-b=1&a.c=')
})

t.test('a submission becomes keys and values', async (t) => {
  const form = {
    fundCentre: '2103',
    movers: [{ newMobile: '13900000000' }],
    contents: [],
    residence: {},
    note: "a b*'()!",
  }
  const agent = {
    name: '王芳',
    certType: '111',
    certNo: '210303198511290021',
    mobile: '13800000001',
    authorization: { kind: 'entrusted', until: '2027-01-01' },
  }
  const body = { ...message.body, form, agent, collectingCity: 'shenyang', purpose: '' }
  const sent = protocol.deliver({ ...message, body, relatedCaseNo: 'BX-1' }, stamp).body?.toString() ?? ''
  t.match(sent, 'form.note=a%20b%2A%27%28%29%21')
  const pairs = Object.fromEntries(new URLSearchParams(sent))
  t.match(pairs, {
    outer_no: REFERENCE,
    related_no: 'BX-1',
    taken_at: '2026-11-22 18:00:00',
    handling_mode: '1',
    collecting_area: '210100',
    'sqr.lx': '1',
    'sqr.xm': '张伟',
    'dlr.sqjzrq': '2027-01-01',
    'form.gjjzx': '2103',
    'form.movers[0].new_mobile': '13900000000',
    'form.contents[]': '',
    'form.residence{}': '',
    'materials[0].code': 'id-card',
    'materials[0].held': '4',
  })
  for (const absent of ['yt', 'sqr.dz', 'dlr.sqwh', 'materials[0].material_id']) t.notOk(absent in pairs, absent)
})

t.test('each answer of the wire document', async (t) => {
  const deliver = (status: number, body: unknown) => ending(() => protocol.readDeliver(message, said(status, body)))
  const taken = { outer_no: REFERENCE, case_no: 'AS-1', status: '10' }
  const reasons = [{ reason_code: '6102', reason_text: '不属于鞍山市管辖' }]
  const refused = { kind: 'refused', reasons: [{ code: '6102', message: '不属于鞍山市管辖' }] }
  const done = { kind: 'taken', backendCaseNo: 'AS-1', cityStatus: '10', state: 'pre-accepted' }
  t.strictSame(deliver(200, { retcode: 0, data: taken }), done)
  t.strictSame(deliver(200, { retcode: 2001, data: { reasons } }), refused)
  const rows: readonly (readonly [number, number, string])[] = [
    [200, 1001, 'no CITY_MESSAGE_REFUSED'],
    [200, 1002, 'no CITY_MESSAGE_REFUSED'],
    [200, 1003, 'no CITY_MESSAGE_REFUSED'],
    [200, 2002, 'maybe CITY_MESSAGE_REFUSED'],
    [200, 9000, 'CITY_ERROR'],
    [401, 40101, 'no CITY_SIGNATURE_REFUSED'],
    [401, 40102, 'no CITY_SIGNATURE_REFUSED'],
    [401, 40103, 'no CITY_SIGNATURE_REFUSED'],
    [404, 40400, 'no CITY_MESSAGE_REFUSED'],
    [405, 40500, 'no CITY_MESSAGE_REFUSED'],
    [413, 41300, 'no CITY_MESSAGE_REFUSED'],
    [415, 41500, 'no CITY_MESSAGE_REFUSED'],
    [503, 50300, 'no CITY_IN_MAINTENANCE'],
    [200, 7777, 'CITY_GARBLED'],
    [500, 9000, 'CITY_ERROR'],
    [302, 0, 'CITY_GARBLED'],
    [401, 0, 'CITY_GARBLED'],
  ]
  for (const [status, retcode, end] of rows)
    t.equal(deliver(status, { retcode, data: taken }), end, `${status} ${retcode}`)
  t.equal(deliver(200, { retcode: '0', data: taken }), 'CITY_GARBLED', 'a code that is no number')
  t.equal(deliver(200, { retcode: 0, data: { ...taken, outer_no: 'another.decide' } }), 'CITY_GARBLED')
  t.equal(deliver(200, '{"retcode":0,"ret'), 'CITY_GARBLED')
  t.equal(
    ending(() => protocol.readDeliver(message, { ...said(200, '<html>'), headers: { 'content-type': 'text/html' } })),
    'CITY_GARBLED',
  )

  const enquiry = (body: unknown) => ending(() => protocol.readEnquiry(message, said(200, body)))
  t.strictSame(enquiry({ retcode: 2004 }), { kind: 'not-known' })
  t.strictSame(enquiry({ retcode: 0, data: taken }), done)
  t.strictSame(enquiry({ retcode: 0, data: { outer_no: REFERENCE, status: '22', reasons } }), refused)
  const query = (data: unknown) => ending(() => protocol.readQuery(message, said(200, { retcode: 0, data })))
  t.strictSame(query({ exist: '0' }), { kind: 'nothing-found' })
  t.strictSame(query({ exist: '1', result: { total_months: '142' } }), {
    kind: 'found',
    result: { totalMonths: '142' },
  })
  t.equal(query({ exist: 1 }), 'CITY_GARBLED')
  t.equal(
    ending(() => protocol.readHealth(said(200, { retcode: 0, data: { status: '1' } }))),
    true,
  )
})

t.test('news are read with their order, and a status of two parts is told by both', async (t) => {
  const event = {
    event_id: 'asn_1',
    outer_no: REFERENCE,
    case_no: 'AS-1',
    seq: '6',
    event_time: '2026-11-25 15:30:02',
    status: '40',
    result_type: '2',
  }
  const page = (data: unknown) => ending(() => news.read(said(200, { retcode: 0, data })))
  t.match(page({ events: [event], next_cursor: 'MQ==', has_more: '1' }), {
    news: [
      { id: 'asn_1', order: 6, cityStatus: '40/2', state: 'rejected', at: Date.parse('2026-11-25T15:30:02+08:00') },
    ],
    next: 'MQ==',
    more: true,
  })
  t.match(page({ events: [{ ...event, status: '77', result_type: undefined }], next_cursor: 'MQ==', has_more: '0' }), {
    news: [{ cityStatus: '77', state: null }],
  })
  for (const wrong of [
    { seq: 6 },
    { seq: '0' },
    { event_time: '2026-13-01 00:00:00' },
    { event_id: 'a b' },
    { points: {} },
  ]) {
    t.equal(
      page({ events: [{ ...event, ...wrong }], next_cursor: 'MQ==', has_more: '0' }),
      'CITY_GARBLED',
      JSON.stringify(wrong),
    )
  }
  t.equal(
    ending(() => news.read(said(200, { retcode: 1003 }))),
    'no CITY_MESSAGE_REFUSED',
  )
})

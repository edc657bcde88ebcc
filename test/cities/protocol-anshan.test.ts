// Anshan's protocol, byte for byte: signatures that openssl makes too, keys of a form, and each answer of the wire document.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import t from 'tap'
import { openMapping, type Kind } from '../../src/cities/mapping.ts'
import { anshanProtocol } from '../../src/cities/protocols/anshan.ts'
import type { Reading } from '../../src/cities/protocol.ts'
import { canonicalQuery } from '../../src/cities/signing/anshan.ts'
import type { WireAnswer, WireRequest } from '../../src/cities/wire.ts'
import { asFault } from '../../src/domain/fault.ts'
import { correction, file, KEY, message, REFERENCE, withdrawal } from './support/city.ts'

const stamp = { now: Date.UTC(2026, 10, 22, 10), secret: Buffer.from(KEY) }
const openAnshan = (bytes: (size: number) => Buffer) =>
  anshanProtocol({
    appId: 'KYTB-GATEWAY',
    statuses: {
      '10': 'pre-accepted',
      '20': 'accepted',
      '21': 'correction-required',
      '22': 'refused',
      '40/2': 'rejected',
      '90/1': 'withdrawn',
    },
    areas: { shenyang: '210100' },
    bytes,
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
const protocol = openAnshan((size) => Buffer.alloc(size, 1))
const { news } = protocol
if (news?.kind !== 'poll') throw new Error('Anshan is asked for news')
const { correct, readCorrection, withdraw, readWithdrawal, handOver, readHandOver } = protocol
if (correct === null || withdraw === null || handOver === null) throw new Error('Anshan takes what follows')

const openssl = (args: readonly string[], input: Buffer | string): Buffer => execFileSync('openssl', args, { input })

/** As the document says it, by the openssl command alone. `signed` stands for the body. */
function signature(request: WireRequest, signed: Buffer | string = request.body ?? ''): string {
  const [path = '', query = ''] = request.path.split('?')
  const body = openssl(['dgst', '-sha256', '-r'], signed).toString().split(' ')[0]
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
    correct(correction, stamp),
    withdraw(withdrawal, stamp),
  ]) {
    t.equal(request.headers['x-as-signature'], signature(request), request.path)
    for (const name of Object.keys(request.headers))
      t.ok([...protocol.headers, 'accept', 'content-type'].includes(name))
  }
})

t.test('a file is signed by what its body says, whatever the boundary', async (t) => {
  const request = handOver(file, stamp)
  const { material } = file
  t.equal(createHash('sha256').update(material.bytes).digest('hex'), material.digest)
  const signed =
    `file.name=${material.name}&file.sha256=${material.digest}&file.type=application%2Fpdf` +
    `&material_code=${material.code}&material_id=${material.materialId}&outer_no=${REFERENCE}`
  t.equal(request.headers['x-as-signature'], signature(request, signed))
  const boundary = `kytb-${'01'.repeat(16)}`
  t.equal(request.headers['content-type'], `multipart/form-data; boundary=${boundary}`)
  t.ok(request.body?.includes(material.bytes))
  const other = openAnshan((size) => Buffer.alloc(size, 2)).handOver?.(file, stamp)
  t.equal(other?.headers['x-as-signature'], request.headers['x-as-signature'])
  t.notOk(other?.body?.includes(boundary))
})

t.test('what follows an application becomes keys and values', async (t) => {
  const pairs = (request: WireRequest) => Object.fromEntries(new URLSearchParams(request.body?.toString()))
  const sent = pairs(correct(correction, stamp))
  t.match(sent, { outer_no: REFERENCE, correct_no: '12', case_no: correction.backendCaseNo, 'form.gjjzx': '2115' })
  t.notOk('related_no' in sent)
  t.notOk('case_no' in pairs(correct({ ...correction, backendCaseNo: null }, stamp)))
  const reason = '改由单位代办 & 100% +'
  t.strictSame(pairs(withdraw({ ...withdrawal, reason }, stamp)), {
    outer_no: REFERENCE,
    case_no: withdrawal.backendCaseNo,
    taken_at: '2026-11-22 18:00:00',
    chyy: reason,
  })
  t.strictSame(Object.keys(pairs(withdraw({ ...withdrawal, reason: '', backendCaseNo: null }, stamp))), [
    'outer_no',
    'taken_at',
  ])
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

t.test('each answer to what follows an application', async (t) => {
  const about = { outer_no: REFERENCE }
  const reasons = [{ reason_code: '6107', reason_text: '文件内容与类型不符' }]
  const refused = { kind: 'refused', reasons: [{ code: '6107', message: '文件内容与类型不符' }] }
  const tooLate = (code: string) => ({ kind: 'refused', reasons: [{ code, message: '说明' }] })
  const reading = (retcode: number, data?: object) => said(200, { retcode, retmsg: '说明', data })
  const toCorrection = (retcode: number, data?: object) =>
    ending(() => readCorrection(correction, reading(retcode, data)))
  const taken = { ...about, correct_no: '12', status: '20' }
  t.strictSame(toCorrection(0, taken), { kind: 'taken', cityStatus: '20', state: 'accepted' })
  t.strictSame(toCorrection(2001, { reasons }), refused)
  t.strictSame(toCorrection(2011, { ...about, status: '40', result_type: '1' }), tooLate('2011'))
  const toWithdrawal = (retcode: number, data?: object) =>
    ending(() => readWithdrawal(withdrawal, reading(retcode, data)))
  const ended = { ...about, status: '90', result_type: '1' }
  t.strictSame(toWithdrawal(0, ended), { kind: 'withdrawn', cityStatus: '90/1' })
  t.strictSame(toWithdrawal(2021, { ...about, status: '50' }), tooLate('2021'))
  const toFile = (retcode: number, data?: object) => ending(() => readHandOver(file, reading(retcode, data)))
  const { materialId: material_id, digest: sha256, bytes } = file.material
  const kept = { ...about, material_id, sha256, size: String(bytes.length) }
  t.strictSame(toFile(0, kept), { kind: 'taken' })
  t.strictSame(toFile(2031, { reasons }), refused)

  const rows: readonly (readonly [unknown, string, string])[] = [
    [toCorrection(2012, { correct_no: '2' }), 'no CITY_MESSAGE_REFUSED', 'another number is due'],
    [toCorrection(2013), 'maybe CITY_MESSAGE_REFUSED', 'other content under this number'],
    [toCorrection(2004), 'no CITY_MESSAGE_REFUSED', 'no such case to correct'],
    [toCorrection(0, { ...taken, correct_no: '1' }), 'CITY_GARBLED', 'another number'],
    [toCorrection(0, { ...taken, outer_no: 'another.decide' }), 'CITY_GARBLED', 'another case'],
    [toCorrection(0, { ...about, correct_no: '12' }), 'CITY_GARBLED', 'no status'],
    [toCorrection(2011), 'CITY_GARBLED', 'not said how it stands'],
    [toCorrection(2002), 'CITY_GARBLED', 'a code of applications'],
    [toCorrection(2021, ended), 'CITY_GARBLED', 'a code of withdrawals'],
    [toWithdrawal(2004), 'no CITY_MESSAGE_REFUSED', 'no such case to withdraw'],
    [toWithdrawal(0, { ...about, status: '20' }), 'CITY_GARBLED', 'withdrawn, and not withdrawn'],
    [toWithdrawal(0, { ...ended, outer_no: 'another.decide' }), 'CITY_GARBLED', 'another case'],
    [toWithdrawal(2001, { reasons }), 'CITY_GARBLED', 'a code of corrections'],
    [toFile(2032), 'maybe CITY_MESSAGE_REFUSED', 'another file under this number'],
    [toFile(2004), 'CITY_GARBLED', 'a file needs no case'],
    [toFile(0, { ...kept, sha256: '0'.repeat(64) }), 'CITY_GARBLED', 'other bytes'],
    [toFile(0, { ...kept, size: '1' }), 'CITY_GARBLED', 'another size'],
    [toFile(9000), 'CITY_ERROR', 'the city’s own fault'],
  ]
  for (const [end, expected, why] of rows) t.equal(end, expected, why)
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

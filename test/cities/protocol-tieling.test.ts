// Tieling's protocol: a bearer token that openssl's Basic fetches, a ticket that is no case number, and what comes out of the queue.

import { execFileSync } from 'node:child_process'
import t from 'tap'
import type { Protocol } from '../../src/cities/protocol.ts'
import type { WireAnswer } from '../../src/cities/wire.ts'
import { KEY, message, REFERENCE, TAKEN_AT } from './support/city.ts'
import { full, jsonAnswer, readingOf, tieling } from './support/protocols.ts'

const key = { now: TAKEN_AT, secret: Buffer.from(KEY) }
const stamp = { now: TAKEN_AT, secret: Buffer.from('687sytGa3ZH5G+xusekudULDj2JH0W6j') }
const protocol: Protocol = tieling
const { news, secret } = protocol
if (news?.kind !== 'poll' || secret === null) throw new Error('Tieling is asked for news, with a token')

const error = (code: string): unknown => ({ error: { code, message: '…' } })
const ticket = 'TLP-00000000000001A7'
const queued = { reference: REFERENCE, ticket, state: 'queued' }
const entered = { reference: REFERENCE, ticket, state: 'taken', case_no: '211200-2026-000123', status: 'registered' }
const reasons = [{ code: 'wrong_area', message: '不属于本市管辖' }]
const waiting = { kind: 'taken', backendCaseNo: null, cityStatus: 'queued', state: 'collected' }
const taken = { kind: 'taken', backendCaseNo: '211200-2026-000123', cityStatus: 'registered', state: 'pre-accepted' }
const refused = { kind: 'refused', reasons }

const deliver = (status: number, body: unknown) =>
  readingOf(() => protocol.readDeliver(message, jsonAnswer(status, body)))
const enquiry = (status: number, body: unknown) =>
  readingOf(() => protocol.readEnquiry(message, jsonAnswer(status, body)))
const query = (status: number, body: unknown) => readingOf(() => protocol.readQuery(message, jsonAnswer(status, body)))
const fetched = (status: number, body: unknown) => readingOf(() => secret.read(jsonAnswer(status, body), key))

t.test('the token is asked for as openssl encodes it, and lasts by our clock', async (t) => {
  const basic = execFileSync('openssl', ['base64', '-A'], { input: `kytb-gateway:${KEY}` }).toString()
  t.strictSame(secret.request(key), {
    method: 'POST',
    path: '/oauth/token',
    headers: {
      accept: 'application/json',
      authorization: `Basic ${basic}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: Buffer.from('grant_type=client_credentials'),
  })
  const given = { access_token: '687sytGa3ZH5G+xusekudULDj2JH0W6j', token_type: 'bearer', expires_in: 300 }
  t.strictSame(fetched(200, given), { secret: stamp.secret, endsAt: TAKEN_AT + 300_000 })
  t.equal(fetched(401, { error: 'invalid_client' }), 'no CITY_SIGNATURE_REFUSED', 'another token would not help')
  t.equal(fetched(400, { error: 'invalid_request', error_description: '…' }), 'no CITY_MESSAGE_REFUSED')
  t.equal(fetched(503, error('MAINTENANCE')), 'no CITY_IN_MAINTENANCE')
  t.equal(fetched(500, error('INTERNAL')), 'CITY_ERROR')
  for (const wrong of [
    { access_token: '' },
    { access_token: 'a b' },
    { token_type: 'mac' },
    { expires_in: '300' },
    { expires_in: 0 },
  ]) {
    t.equal(fetched(200, { ...given, ...wrong }), 'CITY_GARBLED', JSON.stringify(wrong))
  }
})

t.test('each call carries the token, and a GET no body', async (t) => {
  const headers = { accept: 'application/json', authorization: 'Bearer 687sytGa3ZH5G+xusekudULDj2JH0W6j' }
  const asked = { method: 'GET', headers, body: null }
  t.strictSame(protocol.health(stamp), { ...asked, path: '/api/v1/health' })
  t.strictSame(protocol.enquire(message, stamp), { ...asked, path: `/api/v1/applications/${REFERENCE}` })
  t.strictSame(news.request(null, 100, stamp), { ...asked, path: '/api/v1/events?limit=100' })
  t.equal(news.request('b3BhcXVlLTQyMQ', 50, stamp).path, '/api/v1/events?cursor=b3BhcXVlLTQyMQ&limit=50')
  const { method, path, headers: sent } = protocol.deliver(message, stamp)
  t.strictSame(
    [method, path, sent],
    ['POST', '/api/v1/applications', { ...headers, 'content-type': 'application/json' }],
  )
  t.equal(protocol.query(message, stamp).path, '/api/v1/queries')
})

t.test('every member of a submission stands where the table says, and what is absent has none', async (t) => {
  const form = {
    fundCentre: '2112',
    openedOn: '2020-01-31',
    employers: ['沈阳甲公司', '乙;丙'],
    payee: { accountNo: '6227', note: '' },
  }
  const sent = (body: object): unknown =>
    JSON.parse(String(protocol.deliver({ ...full, body: { ...full.body, ...body } }, stamp).body))
  t.strictSame(sent({ form }), {
    reference: REFERENCE,
    related_case_no: '210400-2026-000001',
    item_code: 'hf-retirement-withdrawal',
    step: 'decide',
    received_at: '2026-11-22T18:00:00+08:00',
    channel: 'forwarded',
    collected_in: '210400',
    applicant: {
      kind: 'organization',
      full_name: '沈阳<清&泉>商贸有限公司',
      credit_code: '91210102MA0XY2K725',
      legal_representative: { full_name: '张伟', id_type: '111', id_no: '210102199003070011' },
      contact: { full_name: '李丽', phone_no: '13800000001' },
      addr: '沈阳市和平区南京北街1号',
    },
    agent: {
      full_name: '王芳',
      id_type: '111',
      id_no: '210303198511290021',
      phone_no: '13800000002',
      authorization: { basis: 'power-of-attorney', document_no: '委2026-1', valid_until: '2026-12-31 00:00:00' },
    },
    purpose: '办理提取',
    identity_check: { method: 'id-card-reader', checked_at: '2026-11-22T17:59:00+08:00' },
    form: {
      fund_centre: '2112',
      opened_on: '2020-01-31 00:00:00',
      employers: '沈阳甲公司;乙\\;丙',
      payee: { acct_no: '6227' },
    },
    materials: [{ code: 'id-card', provided_as: 'uploaded', file_id: 'm-1' }],
  })
  const applicant = { ...message.body.applicant, address: '', postalCode: '112000' }
  t.match(sent({ applicant, form: { employers: [] } }), {
    applicant: {
      kind: 'person',
      full_name: '张伟',
      id_type: '111',
      id_no: '210102199003070011',
      phone_no: '13800000000',
      addr: undefined,
      zip_code: '112000',
    },
    form: { employers: '' },
  })
})

t.test('a ticket is no case yet; the number or the refusal comes out of the queue', async (t) => {
  t.strictSame(deliver(202, queued), waiting)
  t.strictSame(deliver(422, { reference: REFERENCE, state: 'refused', reasons }), refused)
  t.strictSame(enquiry(200, queued), waiting, 'queued is not unknown')
  t.strictSame(enquiry(200, entered), taken)
  t.strictSame(enquiry(200, { ...queued, state: 'refused', reasons }), refused)
  t.strictSame(enquiry(200, { ...entered, status: 'not_accepted', reasons }), refused)
  t.match(enquiry(200, { ...entered, status: 'later_added' }), { cityStatus: 'later_added', state: 'pre-accepted' })
  t.strictSame(enquiry(404, error('REFERENCE_UNKNOWN')), { kind: 'not-known' })
  t.equal(enquiry(404, error('NOT_FOUND')), 'no CITY_MESSAGE_REFUSED', 'a wrong path is not an unknown reference')
  for (const [body, end] of [
    [queued, waiting],
    [entered, taken],
    [{ ...queued, state: 'refused', reasons }, refused],
    [{ ...queued, reference: 'another' }, 'CITY_GARBLED'],
    [undefined, 'CITY_GARBLED'],
  ]) {
    const again = { error: { code: 'REFERENCE_EXISTS', message: '' }, application: body }
    t.strictSame(deliver(409, again), end, 'the first one stands')
  }
})

t.test('each error of the document', async (t) => {
  const rows: readonly (readonly [number, string, string])[] = [
    [400, 'MALFORMED', 'no CITY_MESSAGE_REFUSED'],
    [401, 'UNAUTHORIZED', 'no CITY_SIGNATURE_REFUSED'],
    [403, 'CLIENT_SUSPENDED', 'no CITY_SIGNATURE_REFUSED'],
    [404, 'NOT_FOUND', 'no CITY_MESSAGE_REFUSED'],
    [405, 'METHOD_NOT_ALLOWED', 'no CITY_MESSAGE_REFUSED'],
    [413, 'TOO_LARGE', 'no CITY_MESSAGE_REFUSED'],
    [415, 'MEDIA_TYPE', 'no CITY_MESSAGE_REFUSED'],
    [429, 'BUSY', 'no CITY_BUSY'],
    [500, 'INTERNAL', 'CITY_ERROR'],
    [503, 'MAINTENANCE', 'no CITY_IN_MAINTENANCE'],
    [503, 'ELSE', 'CITY_ERROR'],
    [502, 'MAINTENANCE', 'CITY_ERROR'],
    [200, 'MAINTENANCE', 'CITY_GARBLED'],
    [409, 'ELSE', 'CITY_GARBLED'],
  ]
  for (const [status, code, end] of rows) t.equal(deliver(status, error(code)), end, `${status} ${code}`)
  const challenged = (challenge: string): unknown => {
    const answer = jsonAnswer(401, error('UNAUTHORIZED'))
    const headers = { ...answer.headers, 'www-authenticate': challenge }
    return readingOf(() => protocol.readDeliver(message, { ...answer, headers }))
  }
  t.equal(challenged('Bearer realm="tieling"'), 'no CITY_SIGNATURE_REFUSED')
  t.equal(challenged('Bearer realm="tieling", error="invalid_token"'), 'no CITY_SIGNATURE_REFUSED renew')
  const html: WireAnswer = { status: 503, headers: { 'content-type': 'text/html' }, bytes: Buffer.from('<html>') }
  t.equal(
    readingOf(() => protocol.readDeliver(message, html)),
    'CITY_ERROR',
  )
})

t.test('what contradicts the document is no answer', async (t) => {
  for (const [status, body] of [
    [200, queued],
    [202, entered],
    [202, { ...queued, ticket: undefined }],
    [202, { ...queued, reference: 'another' }],
    [422, queued],
    [422, { reference: REFERENCE, state: 'refused', reasons: [] }],
  ] as const) {
    t.equal(deliver(status, body), 'CITY_GARBLED', JSON.stringify([status, body]))
  }
  for (const wrong of [{ case_no: ticket }, { case_no: undefined }, { status: '' }, { state: 'lost' }]) {
    t.equal(enquiry(200, { ...entered, ...wrong }), 'CITY_GARBLED', JSON.stringify(wrong))
  }
})

t.test('a query is answered at once, in our names', async (t) => {
  t.strictSame(query(200, { found: false }), { kind: 'nothing-found' })
  const result = { full_name: '张伟', opened_on: '2020-01-31 00:00:00', employers: '沈阳甲公司;乙\\;丙' }
  t.strictSame(query(200, { found: true, result }), {
    kind: 'found',
    result: { name: '张伟', openedOn: '2020-01-31', employers: ['沈阳甲公司', '乙;丙'] },
  })
  t.strictSame(query(422, { reasons }), refused)
  t.equal(query(200, { found: 'true', result }), 'CITY_GARBLED')
  t.equal(query(200, { found: true }), 'CITY_GARBLED')
  t.equal(
    readingOf(() => protocol.readHealth(jsonAnswer(200, { status: 'up' }))),
    true,
  )
})

t.test('the page of news of the document, with our names of fields', async (t) => {
  const read = (body: unknown) => readingOf(() => news.read(jsonAnswer(200, body)))
  const event = {
    event_id: 'tl-0000000421',
    reference: REFERENCE,
    ticket,
    case_no: '211200-2026-000123',
    occurred_at: '2026-11-23T09:15:02.118+08:00',
    status: 'supplement',
    remark: '请在五个工作日内补正。',
    points: [
      { material: 'bank-card', message: '银行卡照片不清晰。' },
      { field: 'acct_no', message: '账号与户名不符。' },
      { message: '其他' },
    ],
  }
  const { case_no: _, points: __, remark: ___, ...refusal } = { ...event, status: 'not_accepted', reasons }
  const page = (...events: readonly object[]) => ({ events, next_cursor: 'b3BhcXVlLTQyMQ', has_more: true })
  const at = Date.parse('2026-11-23T09:15:02.118+08:00')
  t.match(
    read(page(event, refusal, { ...event, status: 'closed', results: [{ code: 'c', title: '证', number: '1' }] })),
    {
      news: [
        {
          id: 'tl-0000000421',
          reference: REFERENCE,
          backendCaseNo: '211200-2026-000123',
          order: at,
          at,
          cityStatus: 'supplement',
          state: 'correction-required',
          remark: '请在五个工作日内补正。',
          reasons: [
            { code: 'bank-card', message: '银行卡照片不清晰。' },
            { code: 'accountNo', message: '账号与户名不符。' },
            { code: '', message: '其他' },
          ],
        },
        { backendCaseNo: null, state: 'refused', reasons },
        { state: 'completed', results: [{ code: 'c', name: '证', number: '1' }] },
      ],
      next: 'b3BhcXVlLTQyMQ',
      more: true,
    },
  )
  t.strictSame(read({ events: [], next_cursor: 'b3', has_more: false }), { news: [], next: 'b3', more: false })
  for (const wrong of [
    { case_no: ticket },
    { ticket: undefined },
    { occurred_at: '2026-11-23T09:15:02+08:00' },
    { occurred_at: '2026-02-30T09:15:02.118+08:00' },
    { reference: 'x' },
    { points: {} },
    { results: [{ code: 'c', title: '证' }] },
  ]) {
    t.equal(read(page({ ...event, ...wrong })), 'CITY_GARBLED', JSON.stringify(wrong))
  }
  for (const wrong of [{ next_cursor: '' }, { has_more: 'false' }, { events: {} }]) {
    t.equal(read({ ...page(), ...wrong }), 'CITY_GARBLED', JSON.stringify(wrong))
  }
  t.equal(
    readingOf(() => news.read(jsonAnswer(400, error('CURSOR_UNKNOWN')))),
    'no CITY_MESSAGE_REFUSED',
  )
})

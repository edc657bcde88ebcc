// What a caller can get wrong is answered with a problem that says whose fault it is and what to do, and is recorded.

import t from 'tap'
import type { FaultCode } from '../../src/domain/fault.ts'
import { call, startGateway, tokenOf } from './harness.ts'
import { isProblem } from './problem.ts'
import { sendRaw } from './sockets.ts'

const gateway = await startGateway(t)
const { address } = gateway
const clerk = tokenOf(gateway, 'clerk')
const auditor = tokenOf(gateway, 'auditor')
const QUERY = '/v1/items/ss-personal-rights-record/queries'

type Json = Record<string, unknown>

interface Asked {
  readonly name: string
  readonly code: FaultCode
  readonly method?: string
  readonly path: string
  readonly token?: string | null
  readonly headers?: Record<string, string>
  readonly body?: string | Buffer
}

const post = (name: string, code: FaultCode, body: string | Buffer, headers: Record<string, string> = {}): Asked => ({
  name,
  code,
  method: 'POST',
  path: QUERY,
  headers: { 'content-type': 'application/json', ...headers },
  body,
})

t.test('each wrong request is answered with its own problem, in both languages, and recorded', async (t) => {
  const wrong: readonly Asked[] = [
    { name: 'unknown address', code: 'ROUTE_UNKNOWN', path: '/v1/nothing' },
    { name: 'unknown address outside', code: 'ROUTE_UNKNOWN', path: '/', token: null },
    { name: 'address in capitals', code: 'ROUTE_UNKNOWN', path: '/V1/items', token: null },
    { name: 'address with a slash too many', code: 'ITEM_UNKNOWN', path: '/v1/items/' },
    { name: 'address with a double slash', code: 'ROUTE_UNKNOWN', path: '//v1/items', token: null },
    { name: 'broken percent-encoding', code: 'REQUEST_MALFORMED', path: '/v1/items/%zz' },
    { name: 'a segment without end', code: 'ROUTE_UNKNOWN', path: `/v1/items/${'a'.repeat(2000)}` },
    {
      ...post('unknown address with a text', 'ROUTE_UNKNOWN', 'x', { 'content-type': 'text/plain' }),
      path: '/v1/none',
    },
    { name: 'unknown item', code: 'ITEM_UNKNOWN', path: '/v1/items/no-such-item' },
    { name: 'form of an unknown item', code: 'ITEM_UNKNOWN', path: '/v1/items/no-such-item/form' },
    { name: 'item called like a member of objects', code: 'ITEM_UNKNOWN', path: '/v1/items/__proto__' },
    { name: 'form in an unknown city', code: 'CITY_UNKNOWN', path: '/v1/items/ps-id-card-renewal/form?city=atlantis' },
    { name: 'unknown case', code: 'CASE_UNKNOWN', path: '/v1/cases/20260101-000000000000' },
    { name: 'unknown record', code: 'RECORD_UNKNOWN', path: '/v1/audit/records/none', token: auditor },
    { name: 'unknown parameter', code: 'PARAMETER_INVALID', path: '/v1/items?colour=red' },
    { name: 'parameter twice', code: 'PARAMETER_INVALID', path: '/v1/items?limit=1&limit=2' },
    { name: 'empty parameter', code: 'PARAMETER_INVALID', path: '/v1/items?domain=' },
    { name: 'limit of nothing', code: 'PARAMETER_INVALID', path: '/v1/items?limit=0' },
    { name: 'limit too high', code: 'PARAMETER_INVALID', path: '/v1/cases?limit=201' },
    { name: 'limit in words', code: 'PARAMETER_INVALID', path: '/v1/cases?limit=1e2' },
    { name: 'unknown state', code: 'PARAMETER_INVALID', path: '/v1/cases?state=lost' },
    { name: 'unknown kind', code: 'PARAMETER_INVALID', path: '/v1/audit/records?kind=rights-refusd', token: auditor },
    { name: 'unknown role', code: 'PARAMETER_INVALID', path: '/v1/audit/records?role=admin', token: auditor },
    {
      name: 'no such day',
      code: 'PARAMETER_INVALID',
      path: '/v1/audit/records?from=2026-02-30T00:00:00Z',
      token: auditor,
    },
    {
      name: 'time without zone',
      code: 'PARAMETER_INVALID',
      path: '/v1/audit/records?until=2026-02-20T00:00:00',
      token: auditor,
    },
    {
      name: 'parameter called like a member of objects',
      code: 'PARAMETER_INVALID',
      path: '/v1/items?__proto__=1&constructor=2',
    },
    { name: 'no token', code: 'TOKEN_MISSING', path: '/v1/cases', token: null },
    { name: 'rubbish for a token', code: 'TOKEN_INVALID', path: '/v1/cases', token: 'x.y.z' },
    { name: 'rubbish for a token where none is needed', code: 'TOKEN_INVALID', path: '/v1/items', token: 'x.y.z' },
    { name: 'a role that may not', code: 'ROLE_NOT_ALLOWED', path: '/v1/audit/records' },
    {
      ...post('item that is an application', 'ITEM_IS_APPLICATION', '{}'),
      path: '/v1/items/ps-id-card-renewal/queries',
    },
    post('empty body', 'BODY_NOT_JSON', ''),
    post('broken JSON', 'BODY_NOT_JSON', '{"applicant":'),
    post('byte order mark', 'BODY_NOT_JSON', '\ufeff{}'),
    post('duplicate key', 'BODY_DUPLICATE_KEY', '{"form":{},"form":{}}'),
    post('duplicate key spelled differently', 'BODY_DUPLICATE_KEY', '{"form":{},"\\u0066orm":{}}'),
    post('unsafe integer', 'BODY_NUMBER_UNSAFE', '{"form":{"amount":9007199254740993}}'),
    post('too deep', 'BODY_TOO_DEEP', '['.repeat(25) + ']'.repeat(25)),
    post('lone surrogate', 'BODY_ENCODING', '{"purpose":"\\ud800"}'),
    post('no UTF-8', 'BODY_ENCODING', Buffer.from([0x7b, 0x22, 0xb9, 0xa4, 0x22, 0x3a, 0x31, 0x7d])),
    post('too large', 'BODY_TOO_LARGE', JSON.stringify('x'.repeat(262_144))),
    post('not an object', 'ROUTING_UNDECIDED', '[]'),
    post('null', 'ROUTING_UNDECIDED', 'null'),
    post('a text', 'MEDIA_TYPE_UNSUPPORTED', '{}', { 'content-type': 'text/plain' }),
    {
      ...post('an application without a key', 'IDEMPOTENCY_KEY_REQUIRED', '{}'),
      path: '/v1/items/ps-id-card-renewal/applications',
    },
    {
      ...post('an application with a key of spaces', 'IDEMPOTENCY_KEY_INVALID', '{}', { 'idempotency-key': 'a b' }),
      path: '/v1/items/ps-id-card-renewal/applications',
    },
    {
      ...post('an application with a key too long', 'IDEMPOTENCY_KEY_INVALID', '{}', {
        'idempotency-key': 'k'.repeat(129),
      }),
      path: '/v1/items/ps-id-card-renewal/applications',
    },
  ]
  for (const { name, code, method = 'GET', path, token = clerk, headers = {}, body } of wrong) {
    for (const language of ['zh', 'en'] as const) {
      const response = await fetch(address + path, {
        method,
        headers: {
          'accept-language': language,
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
      })
      const answer = { status: response.status, headers: response.headers, body: (await response.json()) as Json }
      isProblem(t, answer, code, language, name)
      const recorded = response.headers.get('audit-record')
      if (token === null || answer.status === 401) t.equal(recorded, null, `${name} has no record of its own`)
      else {
        const record = await call(gateway, 'GET', `/v1/audit/records/${recorded}`, { token: auditor })
        t.match(record.body, { status: answer.status, faultCode: code, source: 'caller' }, `${name} is recorded`)
      }
    }
  }
})

t.test('the language is the one that the caller prefers, and Chinese where that cannot be told', async (t) => {
  for (const [header, language] of [
    [undefined, 'zh'],
    ['en', 'en'],
    ['en-GB,en;q=0.9', 'en'],
    ['en;q=0.3, zh-CN;q=0.8', 'zh'],
    ['zh;q=0.2,en;q=0.9', 'en'],
    ['zh;q=0, en', 'en'],
    ['en;q=0', 'zh'],
    ['fr', 'zh'],
    ['*', 'zh'],
    ['en;q=banana', 'en'],
    ['EN', 'en'],
    [`${'x,'.repeat(500)}en`, 'zh'],
  ] as const) {
    const answer = await call(
      gateway,
      'GET',
      '/v1/nothing',
      header === undefined ? {} : { headers: { 'accept-language': header } },
    )
    t.equal(answer.headers.get('content-language'), language, header ?? 'none')
  }
})

t.test('a method that an address does not have is a 405 that names those it has; HEAD goes with GET', async (t) => {
  for (const [path, allow] of [
    ['/v1/items', 'GET, HEAD'],
    ['/v1/cases/20260101-000000000000', 'GET, HEAD'],
    [QUERY, 'POST'],
    ['/healthz', 'GET, HEAD'],
    ['/openapi.json', 'GET, HEAD'],
    ['/docs', 'GET, HEAD'],
  ] as const) {
    for (const method of [
      'GET',
      'HEAD',
      'POST',
      'PUT',
      'PATCH',
      'DELETE',
      'OPTIONS',
      'TRACE',
      'PROPFIND',
      'QUERY',
      'PURGE',
    ]) {
      if (allow.split(', ').includes(method)) continue
      const answer = await sendRaw(
        address,
        `${method} ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: a/b\r\ncontent-length: 0\r\n\r\n`,
      )
      t.equal(answer.status, 405, `${method} ${path}`)
      t.equal(answer.headers.get('allow'), allow, `${method} ${path}`)
      t.equal(answer.text.endsWith('\r\n\r\n'), method === 'HEAD', 'HEAD alone has no body')
    }
  }
  for (const path of ['/v1/items', '/healthz', '/readyz', '/metrics', '/openapi.json', '/docs', '/v1/cases']) {
    const headers = { authorization: `Bearer ${clerk}` }
    const [get, head] = [
      await fetch(address + path, { headers }),
      await fetch(address + path, { headers, method: 'HEAD' }),
    ]
    t.equal(head.status, 200, path)
    t.equal(await head.text(), '')
    t.equal(head.headers.get('content-type'), get.headers.get('content-type'))
    if (path === '/metrics') continue
    t.equal(
      head.headers.get('content-length'),
      String(Buffer.byteLength(await get.text())),
      `${path}: the length is that of GET`,
    )
  }
})

t.test('X-Request-Id is taken where it is harmless, else replaced', async (t) => {
  for (const id of [
    'a',
    'Az09._-',
    'x'.repeat(64),
    '1763846400000-17',
    '1234567890123456789',
    '0af7651916cd43dd8448eb211c80319c',
  ]) {
    t.equal(
      (await call(gateway, 'GET', '/v1/items', { headers: { 'x-request-id': id } })).headers.get('x-request-id'),
      id,
    )
  }
  for (const id of [
    'x'.repeat(65),
    'x'.repeat(3000),
    'a b',
    'a"b',
    '{}',
    'é',
    '<script>',
    '../..',
    '210102199003070011',
    '21010219900307001X',
    'req-210102199003070011',
    '210102900307001',
    '13912345678',
    'a_13912345678_b',
  ]) {
    const answer = await call(gateway, 'GET', '/v1/items', { headers: { 'x-request-id': id } })
    t.match(answer.headers.get('x-request-id'), id === '../..' ? /^\.\.|^[0-9A-Z]{20}$/ : /^[0-9A-Z]{20}$/, id)
  }
  const twice = await sendRaw(
    address,
    'GET /v1/items HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-request-id: a\r\nx-request-id: b\r\n\r\n',
  )
  t.match(twice.headers.get('x-request-id'), /^[0-9A-Z]{20}$/)
})

t.test('the catalogue is open to all', async (t) => {
  t.equal((await call(gateway, 'GET', '/v1/items')).headers.get('audit-record'), null)
  const known = await call(gateway, 'GET', '/v1/items', { token: clerk })
  t.ok(known.headers.get('audit-record'), 'with a token it is recorded')
  for (const token of ['x.y.z', `${clerk}x`, `${clerk.slice(0, -4)}AAAA`, `${clerk} ${clerk}`, '']) {
    const answer = await call(gateway, 'GET', '/v1/items', { headers: { authorization: `Bearer ${token}` } })
    t.equal(answer.status, 401, 'a token that comes along must be valid')
    t.match(answer.headers.get('www-authenticate'), /^Bearer/)
  }
  t.equal((await call(gateway, 'GET', '/v1/items', { headers: { authorization: 'Basic YTpi' } })).status, 401)

  const item = '/v1/items/hf-account-loan-query/form'
  const forms = new Map<string, string>()
  const { cities } = (await call(gateway, 'GET', '/v1/cities')).body
  for (const { key } of cities) forms.set(key, (await call(gateway, 'GET', `${item}?city=${key}`)).text)
  for (const [city, text] of forms) {
    const schema = JSON.parse(text) as Json
    t.strictSame(
      [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, ref = '']) => ref).filter((ref) => !ref.startsWith('#/')),
      [],
      `${city}: every reference is local`,
    )
    t.match(schema, { $schema: 'https://json-schema.org/draft/2020-12/schema' })
  }
  t.equal((await call(gateway, 'GET', item)).status, 200)
})

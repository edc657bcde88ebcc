// HTTP as no client speaks it: odd types, broken or ambiguous bytes, slow senders.

import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { call, makeSick, receivedBy, records, sample, startGateway, tokenOf, until } from './harness.ts'
import { isProblem } from './problem.ts'
import { openSocket, readToEnd, sendRaw, type RawAnswer } from './sockets.ts'

const REQUEST_TIMEOUT_MS = 1500

const gateway = await startGateway(t, {}, [[/requestTimeoutMs: \d+/, `requestTimeoutMs: ${REQUEST_TIMEOUT_MS}`]])
const { address } = gateway
const clerk = tokenOf(gateway, 'clerk')
const QUERY = '/v1/items/ss-personal-rights-record/queries'

t.test('a body is taken as application/json in UTF-8 and as nothing else', async (t) => {
  const body = JSON.stringify(sample('ss-personal-rights-record', 'shenfu'))
  for (const [type, taken] of [
    ['application/json', true],
    ['application/json; charset=utf-8', true],
    ['application/json;charset=UTF-8', true],
    ['application/json ; charset="utf-8"', true],
    ['APPLICATION/JSON', true],
    ['application/json; charset=gbk', false],
    ['application/json; charset=utf-16', false],
    ['application/json; charset=utf-8; x=1', false],
    ['application/json; version=1', false],
    ['application/json;', false],
    ['application/json,', false],
    ['application/json, text/plain', false],
    ['application/json\ttext', false],
    ['application/jsonx', false],
    ['application/json5', false],
    ['application/problem+json', false],
    ['application/vnd.api+json', false],
    ['application/ json', false],
    ['text/json', false],
    ['text/plain', false],
    ['text/plain; application/json', false],
    ['multipart/form-data; boundary=x', false],
    ['application/x-www-form-urlencoded', false],
    ['*/*', false],
    ['json', false],
    ['application/json\u00a0', false],
    ['', false],
  ] as const) {
    const answer = await rawPost([`content-type: ${type}`], body)
    t.equal(answer.status, taken ? 200 : 415, `${JSON.stringify(type)}: ${answer.text}`)
    if (!taken) t.equal(answer.body['code'], 'MEDIA_TYPE_UNSUPPORTED')
  }
  t.match(await rawPost([], body), { status: 415, body: { code: 'MEDIA_TYPE_UNSUPPORTED' } }, 'no type at all')
  for (const encoding of ['gzip', 'deflate', 'br', 'gzip, identity', 'nonsense']) {
    const answer = await rawPost(['content-type: application/json', `content-encoding: ${encoding}`], body)
    t.match(answer, { status: 415, body: { code: 'MEDIA_TYPE_UNSUPPORTED' } }, encoding)
  }
  t.equal((await rawPost(['content-type: application/json', 'content-encoding: identity'], body)).status, 200)
  t.equal((await rawPost(['content-type: application/json', 'expect: 100-continue'], body)).status, 100)
  t.equal(
    (await rawPost(['content-type: application/json', 'expect: tea'], body)).status,
    200,
    'an unknown wish is no order',
  )

  const chunks = [body.slice(0, 7), body.slice(7)].map(
    (part) => `${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`,
  )
  const chunked = `${head('POST', QUERY, ['content-type: application/json', 'transfer-encoding: chunked'])}${chunks.join('')}0\r\n\r\n`
  t.equal((await sendRaw(address, chunked)).status, 200, 'in chunks too')
})

function head(method: string, target: string, lines: readonly string[], token = clerk): string {
  return [
    `${method} ${target} HTTP/1.1`,
    'host: a',
    'connection: close',
    `authorization: Bearer ${token}`,
    ...lines,
    '',
    '',
  ].join('\r\n')
}

function rawPost(lines: readonly string[], body: string): Promise<RawAnswer> {
  return sendRaw(address, head('POST', QUERY, [...lines, `content-length: ${Buffer.byteLength(body)}`]) + body)
}

t.test('bytes that are no HTTP, or that two readers could read differently, are refused with a problem', async (t) => {
  const bearer = `authorization: Bearer ${clerk}`
  const get = (...lines: string[]): string =>
    ['GET /v1/cases HTTP/1.1', 'connection: close', ...lines, '', ''].join('\r\n')
  const posted = (...lines: string[]): string => [`POST ${QUERY} HTTP/1.1`, 'host: a', bearer, ...lines].join('\r\n')
  for (const [name, code, bytes] of [
    ['two Host headers', 'HEADERS_AMBIGUOUS', get('host: a', 'HOST: b', bearer)],
    ['two equal Host headers', 'HEADERS_AMBIGUOUS', get('host: a', 'host: a', bearer)],
    ['no Host header', 'HEADERS_AMBIGUOUS', get(bearer)],
    ['two Authorization headers', 'HEADERS_AMBIGUOUS', get('host: a', bearer, 'Authorization: Bearer x.y.z')],
    ['two equal Authorization headers', 'HEADERS_AMBIGUOUS', get('host: a', bearer, bearer)],
    [
      'a second Authorization after 2500 others',
      'HEADERS_AMBIGUOUS',
      get('host: a', bearer, ...Array<string>(2500).fill('a:'), bearer),
    ],
    [
      'two Content-Type headers',
      'HEADERS_AMBIGUOUS',
      posted(
        'content-type: application/json',
        'content-type: text/plain',
        'connection: close',
        'content-length: 2',
        '',
        '{}',
      ),
    ],
    [
      'absolute-form target',
      'HEADERS_AMBIGUOUS',
      `GET http://evil.example/v1/cases HTTP/1.1\r\nhost: a\r\n${bearer}\r\nconnection: close\r\n\r\n`,
    ],
    [
      'absolute-form target of ourselves',
      'HEADERS_AMBIGUOUS',
      `GET ${address}/v1/cases HTTP/1.1\r\nhost: a\r\n${bearer}\r\nconnection: close\r\n\r\n`,
    ],
    ['asterisk-form target', 'HEADERS_AMBIGUOUS', 'OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'],
    ['headers too large', 'HEADERS_TOO_LARGE', get('host: a', `x: ${'y'.repeat(20_000)}`)],
    ['an address too large', 'HEADERS_TOO_LARGE', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`],
    ['no HTTP at all', 'REQUEST_MALFORMED', 'hello\r\n\r\n'],
    ['a TLS greeting', 'REQUEST_MALFORMED', Buffer.from('16030100a5010000a10303', 'hex')],
    ['HTTP/2 by prior knowledge', 'REQUEST_MALFORMED', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a method in small letters', 'REQUEST_MALFORMED', 'get /v1/items HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['a folded header', 'REQUEST_MALFORMED', get('host: a', 'x: y', ' z')],
    ['a space before the colon', 'REQUEST_MALFORMED', get('host : a')],
    ['a NUL in a header', 'REQUEST_MALFORMED', get('host: a', 'x: \0')],
    ['a line feed alone', 'REQUEST_MALFORMED', get('host: a', 'x: y\nz: 1')],
    [
      'length and chunks',
      'REQUEST_MALFORMED',
      posted('content-length: 5', 'transfer-encoding: chunked', '', '0\r\n\r\n'),
    ],
    ['two lengths', 'REQUEST_MALFORMED', posted('content-length: 2', 'content-length: 3', '', '{}')],
    ['a length in hexadecimal', 'REQUEST_MALFORMED', posted('content-length: 0x2', '', '{}')],
    ['a length below nothing', 'REQUEST_MALFORMED', posted('content-length: -1', '', '{}')],
    [
      'a chunk of no size',
      'REQUEST_MALFORMED',
      posted('content-type: application/json', 'transfer-encoding: chunked', '', 'zz\r\n{}\r\n0\r\n\r\n'),
    ],
    [
      'chunks that are not the last coding',
      'REQUEST_MALFORMED',
      posted('transfer-encoding: chunked, gzip', '', '0\r\n\r\n'),
    ],
  ] as const) {
    const answer = await sendRaw(address, bytes)
    const headers = { get: (header: string) => answer.headers.get(header) ?? null }
    isProblem(t, { ...answer, headers }, code, 'zh', name)
    t.equal(answer.headers.get('connection'), 'close', `${name}: the connection ends`)
  }
  const old = await sendRaw(address, 'GET /v1/items HTTP/1.0\r\n\r\n')
  t.equal(old.status, 200, 'HTTP/1.0 knows no Host')
})

t.test('who sends too slowly is cut off with a 408, others are served meanwhile', async (t) => {
  const start = performance.now()
  const slowly = async (bytes: string): Promise<RawAnswer> => {
    const socket = await openSocket(address)
    const answer = readToEnd(socket)
    socket.write(bytes)
    while (!socket.destroyed && performance.now() - start < 20_000) {
      await delay(200)
      if (socket.writable) socket.write('x')
    }
    return answer
  }
  const slow = Promise.all([
    slowly(head('POST', QUERY, ['content-type: application/json', 'content-length: 100000'])),
    slowly('GET /v1/items HTTP/1.1\r\nhost: a\r\nx-slow: '),
  ])
  t.equal((await call(gateway, 'GET', '/v1/items')).status, 200)
  for (const answer of await slow) {
    t.match(answer, { status: 408, body: { code: 'REQUEST_TIMEOUT', source: 'caller' } }, answer.text)
  }
  await isRecorded(t, 'REQUEST_TIMEOUT')
  const tookMs = performance.now() - start
  t.ok(tookMs >= REQUEST_TIMEOUT_MS && tookMs < REQUEST_TIMEOUT_MS + 10_000, `${tookMs} ms`)
})

t.test('who goes away leaves a record of how far it came', async (t) => {
  const leave = async (bytes: string, when: () => Promise<unknown>): Promise<void> => {
    const socket = await openSocket(address)
    socket.write(bytes)
    await when()
    socket.resetAndDestroy()
  }
  const whole = (path: string, item: string, ...lines: string[]): string => {
    const body = JSON.stringify(sample(item, 'tieling'))
    const length = `content-length: ${Buffer.byteLength(body)}`
    return head('POST', path, ['content-type: application/json', length, ...lines]) + body
  }
  const forwarded = (item: string) => () =>
    until(
      () => records(gateway, { kind: 'forwarded', city: 'tieling', item }),
      (found) => found.length > 0,
    )
  const outcome = async (item: string): Promise<Record<string, unknown> | undefined> =>
    (
      await until(
        () => records(gateway, { kind: 'city-answered', city: 'tieling', item }),
        (found) => found.length > 0,
      )
    )[0]

  await leave(head('POST', QUERY, ['content-type: application/json', 'content-length: 500']) + '{"form":', () =>
    delay(100),
  )
  await isRecorded(t, 'CALLER_GONE')

  await makeSick(gateway, 'tieling', 'hang-after')
  const query = 'ss-personal-rights-record'
  await leave(whole(QUERY, query), forwarded(query))
  t.match(await outcome(query), { outcome: 'no-answer', faultCode: 'CALLER_GONE', source: 'caller' }, 'a query ends')

  const application = 'mi-remote-care-filing'
  const path = `/v1/items/${application}/applications`
  await leave(whole(path, application, 'idempotency-key: gone'), forwarded(application))
  t.match(await outcome(application), { outcome: 'unconfirmed', faultCode: 'CITY_TIMEOUT' }, 'an application goes on')
  await makeSick(gateway, 'tieling', 'off')
  const [filed] = await receivedBy(gateway, 'tieling')
  t.ok(filed, 'and is in the city')
})

/** Of such a fault there is one more record, in time; its answer may have found nobody. */
async function isRecorded(t: Test, faultCode: string): Promise<void> {
  const look = () => records(gateway, { kind: 'request-refused', item: 'ss-personal-rights-record' })
  const found = await until(look, (refused) => refused.some((record) => record['faultCode'] === faultCode))
  t.ok(
    found.some((record) => record['faultCode'] === faultCode),
    `${faultCode} is recorded`,
  )
}

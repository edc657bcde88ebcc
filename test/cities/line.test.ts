// Every way in which a call can end is sorted once: not sent, maybe sent, answered.

import { fork } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Test } from 'tap'
import { gzipSync } from 'node:zlib'
import { openLine, type Talk } from '../../src/cities/line.ts'
import { answered } from '../../src/cities/protocol.ts'
import { systemClock } from '../../src/system.ts'
import { cityConfig, deadAddress, ending, json, message, open, serve, serveRaw, TAKEN, until } from './support/city.ts'

const caller = { share: 'caller' } as const

t.test('what the city answers comes back with its bytes', async (t) => {
  const city = await serve(t, (_request, response) => json(response, 201, TAKEN))
  const { backend, calls } = await open(t, [[cityConfig('a'), city.address]])
  const outcome = await backend.deliver(message, caller)
  t.match(outcome, {
    sent: 'answered',
    answer: { kind: 'taken', backendCaseNo: '211500-2026-000001', cityStatus: 'received', state: 'pre-accepted' },
  })
  t.equal(outcome.sent === 'answered' && outcome.bytes.toString(), JSON.stringify(TAKEN))
  t.match(calls, [{ city: 'a', backend: 'main', call: 'deliver', sent: 'answered', code: null }])
})

t.test('only the protocol’s own headers leave', async (t) => {
  let head = ''
  const city = await serveRaw(t, (socket, first) => {
    head = first.toString().split('\r\n\r\n')[0] ?? ''
    socket.end()
  })
  const { backend } = await open(t, [[cityConfig('a'), city.address]])
  await backend.deliver(message, caller)
  const lines = head.split('\r\n').slice(1)
  t.same(
    new Set(lines.map((line) => line.split(':')[0])),
    new Set(['accept', 'connection', 'content-length', 'content-type', 'host', 'reference']),
  )
  t.ok(lines.includes(`reference: ${message.reference}`))
})

t.test('a header that is on no list leaves nothing', async (t) => {
  const city = await serve(t, (_request, response) => json(response, 200, {}))
  const { limits, breaker } = cityConfig('a').backends[0]
  const line = openLine({
    city: 'a',
    backend: 'main',
    addresses: [city.address],
    limits,
    breaker,
    maintenance: [],
    clock: systemClock,
    headers: ['reference'],
    certificates: null,
    health: { prepare: () => request({}), read: () => answered(true) },
    observe: () => undefined,
    onState: () => undefined,
  })
  t.teardown(() => line[Symbol.asyncDispose]())
  const request = (headers: Record<string, string>) => ({ method: 'GET' as const, path: '/', headers, body: null })
  const send = (headers: Record<string, string>) =>
    line.call('query', { prepare: () => request(headers), read: () => answered(true) }, caller)
  t.equal(ending(await send({ reference: 'r' })), 'answered')
  t.equal(ending(await send({ reference: 'r', connection: 'reference' })), 'no INTERNAL')
  t.equal(city.requests.length, 1)
})

t.test('a refused connection means that nothing was sent', async (t) => {
  const { backend } = await open(t, [[cityConfig('a'), await deadAddress()]])
  t.equal(ending(await backend.deliver(message, caller)), 'no CITY_UNREACHABLE')
  t.equal(ending(await backend.query(message, caller)), 'no CITY_UNREACHABLE')
})

const ASKED = { method: 'GET' as const, path: '/', headers: {}, body: null }
const TALK: Talk<true> = { prepare: () => ASKED, read: () => answered(true as const) }

/** A line on which a file has all the time it wants and anything else a tenth of a second. */
function lineTo(t: Test, address: string, bounds: { readonly callerCalls?: number } = {}) {
  const { limits, breaker } = cityConfig('a').backends[0]
  const line = openLine({
    city: 'a',
    backend: 'main',
    addresses: [address],
    limits: { ...limits, ...bounds, deadlineMs: 100, handOverDeadlineMs: 60_000 },
    breaker: { ...breaker, slowCallMs: 50 },
    maintenance: [],
    clock: systemClock,
    headers: [],
    certificates: null,
    health: TALK,
    observe: () => undefined,
    onState: () => undefined,
  })
  t.teardown(() => line[Symbol.asyncDispose]())
  return line
}

t.test('a file may take longer than anything else, and is cut where the gateway stops', async (t) => {
  const city = await serve(t, (_request, response) => void setTimeout(() => json(response, 200, TAKEN), 500))
  const line = lineTo(t, city.address)
  t.equal(ending(await line.call('correct', TALK, caller)), 'maybe CITY_TIMEOUT')
  t.equal(ending(await line.call('hand-over', TALK, caller)), 'answered')
  const stopping = new AbortController()
  const cut = line.call('hand-over', TALK, { ...caller, signal: stopping.signal })
  await until(() => city.requests.length === 3)
  stopping.abort()
  t.equal(ending(await cut), 'maybe CALLER_GONE')
})

t.test('time in the queue counts against the deadline, and nothing was sent', async (t) => {
  const held: ServerResponse[] = []
  const city = await serve(t, (_request, response) => void held.push(response))
  const line = lineTo(t, city.address, { callerCalls: 1 })
  const holding = line.call('hand-over', TALK, caller)
  await until(() => held.length === 1)
  const gone = new AbortController()
  const leaving = line.call('query', TALK, { ...caller, signal: gone.signal })
  gone.abort()
  t.equal(ending(await leaving), 'no CALLER_GONE')
  t.equal(ending(await line.call('deliver', TALK, caller)), 'no CITY_BUSY')
  json(held[0]!, 200, TAKEN)
  t.equal(ending(await holding), 'answered')
  t.equal(city.requests.length, 1)
})

/** A server whose queue for new connections is full for `sleepMs`. */
async function stalled(t: Test, sleepMs: number): Promise<{ address: string; requests: string[] }> {
  const child = fork(fileURLToPath(new URL('support/stalled-server.ts', import.meta.url)), [String(sleepMs)])
  const requests: string[] = []
  const port = await new Promise<number>((resolve) => {
    child.on('message', (said: { port?: number; request?: string }) => {
      if (said.port !== undefined) resolve(said.port)
      if (said.request !== undefined) requests.push(said.request)
    })
  })
  const fillers = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  t.teardown(() => {
    for (const filler of fillers) filler.destroy()
    child.kill('SIGKILL')
  })
  await until(() => fillers.filter((filler) => !filler.connecting).length >= 2)
  return { address: `http://127.0.0.1:${port}`, requests }
}

t.test('a connect that gets no answer means that nothing was sent', async (t) => {
  const city = await stalled(t, 60_000)
  const limits = { connectTimeoutMs: 150, deadlineMs: 10_000 }
  const { backend } = await open(t, [[cityConfig('a', { limits }), city.address]])
  t.equal(ending(await backend.deliver(message, caller)), 'no CITY_UNREACHABLE')
})

t.test('what was given up while it waited for a connection is never sent afterwards', async (t) => {
  const city = await stalled(t, 700)
  const attempted = countOf(t, 'undici:client:beforeConnect')
  const connected = countOf(t, 'undici:client:connected')
  const limits = { connectTimeoutMs: 10_000, deadlineMs: 150, ownDeadlineMs: 10_000 }
  const { backend } = await open(t, [[cityConfig('a', { limits }), city.address]])
  t.equal(ending(await backend.deliver(message, caller)), 'no CITY_TIMEOUT')
  t.equal(connected(), 0)
  await until(() => connected() > 0 && connected() === attempted())
  // A request is written as soon as its connection stands, so by the answer to a later one it would have been seen.
  for (let tries = 0; tries < 20 && city.requests.length === 0; tries++) await backend.query(message, caller)
  t.same(new Set(city.requests), new Set(['/v1/queries']))
})

/** How often undici has published on this channel since. */
function countOf(t: Test, channel: string): () => number {
  let count = 0
  const onMessage = (): void => {
    count += 1
  }
  subscribe(channel, onMessage)
  t.teardown(() => unsubscribe(channel, onMessage))
  return () => count
}

t.test('after the first byte a failure leaves open whether the message took effect', async (t) => {
  const ends: Record<string, Parameters<typeof serveRaw>[1]> = {
    'a hang': () => undefined,
    'a reset before the answer': (socket) => socket.resetAndDestroy(),
    'a close before the answer': (socket) => socket.end(),
    'a reset in the middle of the answer': (socket) => {
      socket.write(
        'HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"caseNo"',
        () => socket.resetAndDestroy(),
      )
    },
    'an answer drop by drop': (socket) => {
      socket.write('HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 4000\r\n\r\n')
      const drip = setInterval(() => socket.write(' '), 20)
      socket.on('close', () => clearInterval(drip))
    },
    'a head drop by drop': (socket) => {
      const drip = setInterval(() => socket.write('x'), 20)
      socket.write('HTTP/1.1 201 Created\r\nx-slow: ')
      socket.on('close', () => clearInterval(drip))
    },
    'more bytes than announced as allowed': (socket) =>
      socket.write('HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 99999\r\n\r\n'),
    'more bytes than allowed, unannounced': (socket) => {
      socket.write('HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n')
      socket.write(`2000\r\n${'x'.repeat(0x2000)}\r\n`)
    },
    'no HTTP': (socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n'),
  }
  const expected: Record<string, string> = {
    'a hang': 'maybe CITY_TIMEOUT',
    'a reset before the answer': 'maybe CITY_RESET',
    'a close before the answer': 'maybe CITY_RESET',
    'a reset in the middle of the answer': 'maybe CITY_RESET',
    'an answer drop by drop': 'maybe CITY_TIMEOUT',
    'a head drop by drop': 'maybe CITY_TIMEOUT',
    'more bytes than announced as allowed': 'maybe CITY_ANSWER_TOO_LARGE',
    'more bytes than allowed, unannounced': 'maybe CITY_ANSWER_TOO_LARGE',
    'no HTTP': 'maybe CITY_GARBLED',
  }
  for (const [name, talk] of Object.entries(ends)) {
    t.test(name, async (t) => {
      let connections = 0
      let closed = false
      const city = await serveRaw(t, (socket, first) => {
        connections += 1
        socket.on('close', () => {
          closed = true
        })
        talk(socket, first)
      })
      const { backend, view } = await open(t, [[cityConfig('a'), city.address]])
      t.equal(ending(await backend.deliver(message, caller)), expected[name])
      await until(() => closed)
      t.equal(connections, 1, 'sent once only')
      t.equal(view().inFlight, 0)
    })
  }
})

t.test('an answer that is none of the protocol is garbled, a 5xx is the city’s error', async (t) => {
  const answers: [string, number, Record<string, string>, string | Buffer, string][] = [
    ['an HTML page with status 200', 200, { 'content-type': 'text/html' }, '<html>系统维护</html>', 'CITY_GARBLED'],
    ['HTML that calls itself JSON', 200, { 'content-type': 'application/json' }, '<html></html>', 'CITY_GARBLED'],
    ['an empty body', 201, { 'content-type': 'application/json' }, '', 'CITY_GARBLED'],
    ['a list', 201, { 'content-type': 'application/json' }, '[]', 'CITY_GARBLED'],
    [
      'an object without a number',
      201,
      { 'content-type': 'application/json' },
      '{"status":"received"}',
      'CITY_GARBLED',
    ],
    [
      'bytes outside the charset',
      201,
      { 'content-type': 'application/json' },
      Buffer.from([0x22, 0xff]),
      'CITY_GARBLED',
    ],
    [
      'another charset',
      201,
      { 'content-type': 'application/json; charset=gbk' },
      JSON.stringify(TAKEN),
      'CITY_GARBLED',
    ],
    [
      'an encoding that was not offered',
      201,
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      gzipSync(JSON.stringify(TAKEN)),
      'CITY_GARBLED',
    ],
    ['a 500', 500, { 'content-type': 'application/json' }, '{"error":{"code":"INTERNAL","message":""}}', 'CITY_ERROR'],
    ['a 502 of a proxy', 502, { 'content-type': 'text/html' }, '<html></html>', 'CITY_ERROR'],
    ['an undefined 4xx', 418, { 'content-type': 'application/json' }, '{"error":{"code":"TEAPOT"}}', 'CITY_GARBLED'],
  ]
  for (const [name, status, headers, body, code] of answers) {
    const city = await serve(t, (_request, response) => response.writeHead(status, headers).end(body))
    const { backend } = await open(t, [[cityConfig('a'), city.address]])
    t.equal(ending(await backend.deliver(message, caller)), `maybe ${code}`, name)
  }
})

t.test('a redirect is not followed', async (t) => {
  const elsewhere = await serve(t, (_request, response) => json(response, 201, TAKEN))
  const city = await serve(t, (_request, response) =>
    response.writeHead(307, { location: elsewhere.address, 'content-type': 'application/json' }).end('{}'),
  )
  const { backend } = await open(t, [[cityConfig('a'), city.address]])
  t.equal(ending(await backend.deliver(message, caller)), 'maybe CITY_GARBLED')
  t.equal(elsewhere.requests.length, 0)
})

t.test('a key that the city refuses proves that nothing took effect', async (t) => {
  const city = await serve(t, (_request, response) =>
    json(response, 401, { error: { code: 'UNAUTHORIZED', message: '' } }),
  )
  const { backend } = await open(t, [[cityConfig('a'), city.address]])
  t.equal(ending(await backend.deliver(message, caller)), 'no CITY_CERTIFICATE_REFUSED')
})

t.test('the deadline of one call does not end another', async (t) => {
  const city = await serve(t, (request, response) => {
    if (request.url === '/v1/queries') setTimeout(() => json(response, 200, { found: false }), 700)
  })
  const { backend } = await open(t, [[cityConfig('a', { limits: { deadlineMs: 1000 } }), city.address]])
  const hanging = backend.deliver(message, caller)
  await until(() => city.requests.length === 1)
  await new Promise((resolve) => setTimeout(resolve, 500))
  const slow = backend.query(message, caller)
  t.equal(ending(await hanging), 'maybe CITY_TIMEOUT')
  t.equal(ending(await slow), 'answered')
})

t.test('a connection serves on after an answer, and is replaced after a broken one', async (t) => {
  const ports = new Set<number | undefined>()
  let broken = false
  const city = await serve(t, (request, response) => {
    ports.add(request.socket.remotePort)
    if (broken) response.writeHead(201, { 'content-type': 'application/json' }).end('x'.repeat(8000))
    else json(response, 201, TAKEN)
  })
  const { backend } = await open(t, [[cityConfig('a'), city.address]])
  for (let call = 0; call < 5; call++) t.equal(ending(await backend.deliver(message, caller)), 'answered')
  const used = ports.size
  t.ok(used < 5, 'connections are used again')
  ports.clear()
  broken = true
  t.equal(ending(await backend.deliver(message, caller)), 'maybe CITY_ANSWER_TOO_LARGE')
  const [brokenPort] = ports
  ports.clear()
  broken = false
  for (let call = 0; call < 5; call++) t.equal(ending(await backend.deliver(message, caller)), 'answered')
  t.notOk(ports.has(brokenPort), 'the broken one is gone')
})

t.test('a query whose caller goes away ends at once', async (t) => {
  let closed = false
  const city = await serve(t, (request) => {
    request.socket.on('close', () => {
      closed = true
    })
  })
  const { backend } = await open(t, [[cityConfig('a', { limits: { deadlineMs: 60_000 } }), city.address]])
  const gone = new AbortController()
  const call = backend.query(message, { ...caller, signal: gone.signal })
  await until(() => city.requests.length === 1)
  gone.abort()
  t.equal(ending(await call), 'maybe CALLER_GONE')
  await until(() => closed)
  t.equal(ending(await backend.query(message, { ...caller, signal: gone.signal })), 'no CALLER_GONE')
  t.equal(city.requests.length, 1)
})

// Connections are bounded: in number, in what may be sent ahead on one, and in how long an answer may stay unread.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { call, makeSick, sample, startGateway, tokenOf, until } from './harness.ts'
import { launch, makeFolder, ready } from './launch.ts'
import { residentMb } from '../bench/cpu.ts'
import { openSocket, parseAnswer, readToEnd, type RawAnswer } from './sockets.ts'

const ANSWER_TIMEOUT_MS = 2000
const CONNECTIONS_MAX = 80
const CALLERS = 25
/** As many as may wait behind the request being served, and that one. */
const SERVED_AHEAD = 17

const SMALL: readonly [RegExp, string][] = [
  [/answerTimeoutMs: \d+/, `answerTimeoutMs: ${ANSWER_TIMEOUT_MS}`],
  [/connectionsMax: \d+/, `connectionsMax: ${CONNECTIONS_MAX}`],
]
const gateway = await startGateway(t, {}, SMALL)
const { address } = gateway
const clerk = tokenOf(gateway, 'clerk')
const QUERY = '/v1/items/ss-personal-rights-record/queries'

/** The longest answer that needs no token. */
const LONG = '/openapi.json'

const get = (path: string, ...lines: readonly string[]): string =>
  [`GET ${path} HTTP/1.1`, 'host: a', ...lines, '', ''].join('\r\n')

function post(city: string, ...lines: readonly string[]): string {
  const body = JSON.stringify(sample('ss-personal-rights-record', city))
  return [
    `POST ${QUERY} HTTP/1.1`,
    'host: a',
    `authorization: Bearer ${clerk}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...lines,
    '',
    body,
  ].join('\r\n')
}

/** All answers in what a connection said until it ended; those to HEAD, named by their place, have no body. */
function answersIn(bytes: Buffer, headsAt: readonly number[] = []): RawAnswer[] {
  const answers: RawAnswer[] = []
  for (let at = 0; at < bytes.length;) {
    const headEnd = bytes.indexOf('\r\n\r\n', at) + 4
    const length = Number(/content-length: (\d+)/i.exec(bytes.toString('latin1', at, headEnd))?.[1])
    const end = headEnd + (headsAt.includes(answers.length) ? 0 : length)
    answers.push(parseAnswer(bytes.toString('utf8', at, headsAt.includes(answers.length) ? headEnd : end)))
    at = end
  }
  return answers
}

async function say(bytes: string, headsAt: readonly number[] = []): Promise<RawAnswer[]> {
  const socket = await openSocket(address)
  const heard: Buffer[] = []
  socket.on('data', (chunk: Buffer) => heard.push(chunk))
  const closed = once(socket, 'close')
  socket.write(bytes)
  await closed
  return answersIn(Buffer.concat(heard), headsAt)
}

/** What the log has counted of it so far. */
function counted(what: 'refused' | 'unread'): number {
  const log = readFileSync(join(gateway.dataDir, 'gateway.log'), 'utf8')
  return [...log.matchAll(new RegExp(`"${what}":(\\d+)`, 'g'))].reduce((sum, [, count]) => sum + Number(count), 0)
}

t.test('what is sent ahead is answered one after the other, in order and whole', async (t) => {
  await makeSick(gateway, 'fushun', 'hang')
  const answers = await say(
    post('fushun') +
      get('/v1/items?limit=200') +
      get('/v1/items').replace('GET', 'HEAD') +
      post('shenfu') +
      get('/v1/nothing') +
      get('/v1/cases') +
      get('/v1/items/ps-id-card-renewal', 'connection: close') +
      get('/v1/cities'),
    [2],
  )
  await makeSick(gateway, 'fushun', 'off')
  t.strictSame(
    answers.map(({ status, body }) => body['code'] ?? status),
    ['CITY_TIMEOUT', 200, 200, 200, 'ROUTE_UNKNOWN', 'TOKEN_MISSING', 'ps-id-card-renewal'],
    'and after the one that asks for it the connection ends',
  )
  t.ok(answers[1]?.body['items'].length > 100, 'the long one is whole')
  t.equal(answers[6]?.headers.get('connection'), 'close')
})

t.test('a request does not begin before the answer to the one ahead of it has gone', async (t) => {
  const inFlight = async (): Promise<number> => {
    const { text } = await call(gateway, 'GET', '/metrics')
    return Number(/^gateway_line_in_flight\{city="liaoyang".*\} (\d+)$/m.exec(text)?.[1])
  }
  await makeSick(gateway, 'liaoyang', 'hang')
  const answers = say(post('liaoyang') + post('liaoyang') + post('liaoyang', 'connection: close'))
  const answered = new AbortController()
  void answers.finally(() => answered.abort())
  let most = 0
  while (!answered.signal.aborted) most = Math.max(most, await inFlight())
  await makeSick(gateway, 'liaoyang', 'off')
  t.equal(most, 1)
  t.equal((await answers).length, 3)
})

t.test('what cannot be read is answered after what came before it', async (t) => {
  await makeSick(gateway, 'anshan', 'hang')
  for (const rest of ['hello\r\n\r\n', post('anshan').replace('content-length: ', 'content-length: x')]) {
    const answers = await say(post('anshan') + get('/v1/cities') + rest + get('/v1/cities'))
    t.strictSame(
      answers.map(({ status, body }) => [status, body['code'] ?? null]),
      [
        [answers[0]?.status, answers[0]?.body['code']],
        [200, null],
        [400, 'REQUEST_MALFORMED'],
      ],
    )
    t.match(answers[0]?.body['code'], /^CITY_/)
  }
  await makeSick(gateway, 'anshan', 'off')
})

t.test('of more than may wait, those that may are answered, and the connection ends', async (t) => {
  const answers = await say(get('/v1/cities').repeat(200))
  t.equal(answers.length, SERVED_AHEAD)
  t.ok(answers.every(({ status }) => status === 200))
  t.strictSame(
    answers.map(({ headers }) => headers.get('connection')),
    [...Array.from({ length: SERVED_AHEAD - 1 }, () => 'keep-alive'), 'close'],
  )
})

t.test('connections beyond the bound are closed without an answer, and taken again when there is room', async (t) => {
  const sockets: Socket[] = []
  while (sockets.length < CONNECTIONS_MAX) sockets.push(await openSocket(address))
  const refused = await openSocket(address)
  t.equal((await readToEnd(refused)).status, 0)
  for (const socket of sockets) socket.destroy()
  const served = await until(
    () => call(gateway, 'GET', '/healthz').catch(() => null),
    (answer) => answer?.status === 200,
  )
  t.equal(served?.status, 200)
  const told = await until(
    async () => counted('refused'),
    (count) => count > 0,
  )
  t.ok(told > 0, 'the log says how many were refused')
})

t.test('callers that never read cost little memory, and are cut after a time', async (t) => {
  const token = tokenOf(gateway, 'auditor')
  const page = '/v1/audit/records?limit=200'
  const ask = (path: string): Promise<unknown> =>
    Promise.all(Array.from({ length: CALLERS }, () => call(gateway, 'GET', path, { token })))
  for (let round = 0; round < 8; round++) await ask('/v1/cases')
  // Memory that as many well-behaved callers take does not count.
  for (let round = 0; round < 3; round++) await ask(page)
  await ask(LONG)
  const before = residentMb(gateway.pid) ?? 0

  const sockets: Socket[] = []
  for (let count = 0; count < CALLERS; count++) {
    const socket = await openSocket(address)
    sockets.push(socket)
    socket.pause()
    // The first three fill what the kernel holds for a caller.
    socket.write(get(LONG).repeat(3) + get(page, `authorization: Bearer ${token}`).repeat(27))
  }
  let most = before
  const cut = await until(
    async () => {
      most = Math.max(most, residentMb(gateway.pid) ?? 0)
      return counted('unread')
    },
    (unread) => unread >= CALLERS,
  )
  t.equal(cut, CALLERS, 'the log says how many were cut')
  t.ok(most - before < 220, `${before.toFixed(0)} MB before, ${most.toFixed(0)} MB at most`)
  for (const socket of sockets) socket.destroy()
  t.equal((await call(gateway, 'GET', '/v1/cities')).status, 200)
})

t.test('who reads slowly gets all that was asked for before the gateway was told to stop', async (t) => {
  const stopped = await ready(launch(t, makeFolder(t)))
  const socket = await openSocket(stopped.address)
  const heard: Buffer[] = []
  socket.on('data', (chunk: Buffer) => heard.push(chunk))
  socket.write(get(LONG).repeat(SERVED_AHEAD))
  await once(socket, 'data')
  socket.pause()
  stopped.signal('SIGTERM')
  // Longer than idle connections are left open while it stops.
  await delay(1200)
  const closed = once(socket, 'close')
  socket.resume()
  await closed
  t.strictSame(
    answersIn(Buffer.concat(heard)).map(({ status, body }) => [status, body['openapi']]),
    Array.from({ length: SERVED_AHEAD }, () => [200, '3.1.1']),
  )
  t.equal(await stopped.ended, 0)
})

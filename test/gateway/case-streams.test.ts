// What happens to cases is told as it happens: to those who may see it, each event once, over cut connections, restarts and kill -9.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Role } from '../../src/domain/words.ts'
import { advanceCase } from '../../src/sandbox/control.ts'
import { follow, type EventStream } from './event-stream.ts'
import { call, file, records, startGateway, tokenOf, until, type Json, type TokenWish } from './harness.ts'
import { openSocket, parseAnswer } from './sockets.ts'

const ITEM = 'mi-remote-care-filing'
const CITY = 'shenfu'
const HEARTBEAT_MS = 300
const PER_CALLER_MAX = 6
const OPEN_MAX = 12

const gateway = await startGateway(t, {}, [
  [/heartbeatMs: \d+/, `heartbeatMs: ${HEARTBEAT_MS}`],
  [/perCallerMax: \d+/, `perCallerMax: ${PER_CALLER_MAX}`],
  [/openMax: \d+/, `openMax: ${OPEN_MAX}`],
  [/answerTimeoutMs: \d+/, 'answerTimeoutMs: 1000'],
  [/requestTimeoutMs: \d+/, 'requestTimeoutMs: 1000'],
])
const clerk = tokenOf(gateway, 'clerk')
const HALL = '/v1/cases/events'
const ofCase = (caseNo: string): string => `/v1/cases/${caseNo}/events`

async function filed(t: Test): Promise<string> {
  const answer = await file(gateway, ITEM, CITY)
  t.equal(answer.status, 201, answer.text)
  return String(answer.body['caseNo'])
}

const history = async (caseNo: string, token = clerk): Promise<Json[]> =>
  (await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token })).body['events'] as Json[]

const advance = (caseNo: string, status: Parameters<typeof advanceCase>[3]['status']): Promise<string> =>
  advanceCase(gateway.dataDir, CITY, `${caseNo}.decide`, { status })

/** The history of a case as a stream told it. */
const toldOf = (stream: Pick<EventStream, 'messages'>, caseNo: string): Json[] =>
  stream.messages
    .filter(({ event, data }) => event === 'message' && data['caseNo'] === caseNo)
    .map(({ data: { caseNo: _number, item: _item, ...event } }) => event)

async function hears(stream: EventStream, wanted: (stream: EventStream) => boolean): Promise<boolean> {
  return until(
    async () => wanted(stream),
    (isSo) => isSo,
  )
}

const idsOf = (streams: readonly EventStream[]): number[] =>
  streams.flatMap(({ messages }) =>
    messages.filter(({ event }) => event === 'message').map(({ lastId }) => Number(lastId)),
  )

t.test('a case: first its history, then what happens, exactly as the case shows it', async (t) => {
  const caseNo = await filed(t)
  const stream = await follow(gateway, ofCase(caseNo), { token: clerk })
  t.equal(stream.status, 200)
  t.equal(stream.headers.get('cache-control'), 'no-store')
  const before = await history(caseNo)
  t.ok(await hears(stream, (one) => toldOf(one, caseNo).length >= before.length))
  await advance(caseNo, 'accepted')
  await advance(caseNo, 'reviewing')
  t.ok(await hears(stream, (one) => toldOf(one, caseNo).at(-1)?.['state'] === 'in-review'))
  t.strictSame(toldOf(stream, caseNo), await history(caseNo))
  t.ok(stream.messages.every(({ data }) => data['caseNo'] === caseNo && data['item'] === ITEM))
  const ids = idsOf([stream])
  t.ok(
    ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? 0)),
    'ids grow',
  )
  stream.close()
  const [opened] = await records(gateway, { requestId: stream.headers.get('x-request-id') ?? '' })
  t.match(opened, { id: stream.headers.get('audit-record'), kind: 'request-answered', caseNo, status: 200 })
  const closed = await until(
    () => records(gateway, { requestId: stream.headers.get('x-request-id') ?? '', kind: 'stream-ended' }),
    (list) => list.length > 0,
  )
  t.match(closed, [{ outcome: 'caller-gone', caseNo, counts: { events: ids.length } }])
})

t.test('who comes back with the last id gets what came in between, each event once', async (t) => {
  const caseNo = await filed(t)
  const streams: EventStream[] = []
  let after: string | null = null
  for (const status of ['accepted', 'reviewing', 'approved', 'completed'] as const) {
    await advance(caseNo, status)
    const headers: Record<string, string> = after === null ? {} : { 'last-event-id': after }
    const stream = await follow(gateway, ofCase(caseNo), { token: clerk, headers })
    streams.push(stream)
    t.ok(await hears(stream, ({ messages }) => messages.length > 0), status)
    stream.close()
    after = stream.lastId()
  }
  const all = { messages: streams.flatMap(({ messages }) => messages) }
  const missing = await follow(gateway, ofCase(caseNo), { token: clerk, headers: { 'last-event-id': after ?? '' } })
  const whole = await history(caseNo)
  await hears(missing, () => toldOf(all, caseNo).length + missing.messages.length >= whole.length)
  missing.close()
  t.strictSame(toldOf({ messages: [...all.messages, ...missing.messages] }, caseNo), whole)
})

t.test('everybody hears of the cases that they may see, and of no others', async (t) => {
  const watchers: Record<string, { role: Role } & TokenWish> = {
    'clerk of the hall': { role: 'clerk', subject: 'another-clerk' },
    'clerk of another hall': { role: 'clerk', hall: 'hunnan' },
    'the resident': { role: 'resident' },
    'another resident': { role: 'resident', subject: '210303198511290021' },
    'the competent city': { role: 'city', city: CITY },
    'another city': { role: 'city', city: 'fuxin' },
  }
  const streams: (readonly [string, EventStream])[] = []
  for (const [name, { role, ...wish }] of Object.entries(watchers)) {
    streams.push([name, await follow(gateway, HALL, { token: tokenOf(gateway, role, wish) })])
  }
  const caseNo = await filed(t)
  await advance(caseNo, 'accepted')
  const sees = ['clerk of the hall', 'the resident', 'the competent city']
  for (const [name, stream] of streams) {
    t.equal(stream.status, 200, name)
    if (sees.includes(name)) await hears(stream, (one) => toldOf(one, caseNo).at(-1)?.['state'] === 'accepted')
    else await delay(2 * HEARTBEAT_MS)
  }
  const whole = await history(caseNo)
  const members = ['at', 'by', 'caseNo', 'city', 'document', 'event', 'hall', 'item', 'leg', 'state']
  for (const [name, stream] of streams) {
    t.strictSame(toldOf(stream, caseNo), sees.includes(name) ? whole : [], name)
    for (const { data } of stream.messages) t.strictSame(Object.keys(data).toSorted(), members, 'and nothing more')
    stream.close()
  }
})

t.test('a stream without events lives on, with signs of life that move the id on', async (t) => {
  const stream = await follow(gateway, HALL, { token: tokenOf(gateway, 'clerk', { hall: 'hunnan' }) })
  await hears(stream, (one) => one.heartbeats() > 0)
  const begun = Number(stream.lastId())
  await filed(t)
  // Longer than a request may take to arrive, and an answer to be read.
  await delay(2500)
  t.ok(stream.heartbeats() >= 5, `${stream.heartbeats()} signs of life`)
  t.ok(Number(stream.lastId()) > begun, 'what is not for this hall need not be looked at again')
  t.strictSame(stream.messages, [])
  stream.close()
  t.equal(await stream.ended, 'broken', 'it was not the gateway that ended it')
})

t.test('a stream ends with its token, and says so', async (t) => {
  const stream = await follow(gateway, HALL, { token: tokenOf(gateway, 'clerk', { ttlSeconds: 2 }) })
  t.equal(stream.status, 200)
  t.equal(await stream.ended, 'ended')
  t.match(stream.messages, [{ event: 'end', data: { reason: 'token-expired' } }])
})

t.test('streams are bounded, of one caller and in all, and each place is given back', async (t) => {
  const open = (subject: string): Promise<EventStream> =>
    follow(gateway, HALL, { token: tokenOf(gateway, 'clerk', { subject }) })
  const held: EventStream[] = []
  for (let count = 0; count < PER_CALLER_MAX; count += 1) held.push(await open('greedy'))
  const refused = await open('greedy')
  t.match(refused, { status: 429, body: { code: 'STREAMS_TOO_MANY', source: 'caller' } })
  t.match(refused.headers.get('retry-after'), /^[0-9]+$/)
  for (let count = held.length; count < OPEN_MAX; count += 1) held.push(await open(`clerk-${count}`))
  const full = await open('one-more')
  t.match(full, { status: 503, body: { code: 'STREAMS_BUSY', source: 'gateway' } })
  t.match(full.headers.get('retry-after'), /^[0-9]+$/)
  const metric = async (): Promise<number> =>
    Number(/^gateway_case_streams_open (\d+)$/m.exec((await call(gateway, 'GET', '/metrics')).text)?.[1])
  t.equal(await metric(), OPEN_MAX)
  for (const stream of held) stream.close()
  t.equal(await until(metric, (open) => open === 0), 0)
  const again = await open('greedy')
  t.equal(again.status, 200)
  again.close()
})

t.test('what cannot be followed is refused with its reason', async (t) => {
  const caseNo = await filed(t)
  const asks = async (path: string, headers: Record<string, string>) => follow(gateway, path, { token: clerk, headers })
  t.match(await asks(HALL, { accept: 'application/json' }), { status: 406, body: { code: 'NOT_ACCEPTABLE' } })
  for (const id of ['x', '-1', '1.5', '9'.repeat(16), '1,2']) {
    const answer = await asks(ofCase(caseNo), { 'last-event-id': id })
    t.match(answer, { status: 400, body: { code: 'PARAMETER_INVALID', errors: [{ pointer: 'Last-Event-ID' }] } }, id)
  }
  t.match(await asks(ofCase('20260101-000000000000'), {}), { status: 404, body: { code: 'CASE_UNKNOWN' } })
  const stranger = { token: tokenOf(gateway, 'clerk', { hall: 'hunnan' }) }
  t.match(await follow(gateway, ofCase(caseNo), stranger), { status: 404, body: { code: 'CASE_UNKNOWN' } })
  t.match(await follow(gateway, HALL, { token: tokenOf(gateway, 'auditor') }), { status: 403 })
  t.match(await follow(gateway, HALL, {}), { status: 401 })
})

t.test('an id that this gateway has never come to is said to be lost', async (t) => {
  const stream = await follow(gateway, HALL, { token: clerk, headers: { 'last-event-id': '999999999' } })
  await hears(stream, ({ messages }) => messages.length > 0)
  t.match(stream.messages, [{ event: 'lost' }])
  const caseNo = await filed(t)
  t.ok(await hears(stream, (one) => toldOf(one, caseNo).length > 0), 'and it goes on from now')
  stream.close()
})

t.test('HEAD says what GET would, and begins nothing', async (t) => {
  const headers = { authorization: `Bearer ${clerk}` }
  const head = await fetch(gateway.address + HALL, { method: 'HEAD', headers })
  t.equal(head.status, 200)
  t.match(head.headers.get('content-type'), 'text/event-stream')
  t.match((await call(gateway, 'GET', '/metrics')).text, /^gateway_case_streams_open 0$/m)
})

t.test('what is asked behind a stream on one connection waits for its end', async (t) => {
  const socket = await openSocket(gateway.address)
  let heard = ''
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()))
  const short = tokenOf(gateway, 'clerk', { ttlSeconds: 2 })
  const get = (path: string, token: string, more = ''): string =>
    `GET ${path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\n${more}\r\n`
  socket.write(get(HALL, short) + get('/v1/cases?limit=1', clerk, 'connection: close\r\n'))
  await new Promise((resolve) => socket.once('close', resolve))
  t.match(parseAnswer(heard), { status: 200 })
  const second = heard.slice(heard.lastIndexOf('HTTP/1.1 '))
  t.ok(heard.indexOf('event: end') > 0 && heard.indexOf('event: end') < heard.length - second.length)
  t.match(parseAnswer(second), { status: 200, body: { cases: [{}] } })
})

/** Follows the whole hall as a client does that comes back whenever it is cut off. */
function faithful(): { readonly streams: EventStream[]; stop(): Promise<void> } {
  const streams: EventStream[] = []
  const stopping = new AbortController()
  const working = (async () => {
    let after: string | null = null
    while (!stopping.signal.aborted) {
      const headers: Record<string, string> = after === null ? { 'last-event-id': '0' } : { 'last-event-id': after }
      const stream: EventStream | null = await follow(gateway, HALL, { token: clerk, headers }).catch(() => null)
      if (stream === null || stream.status !== 200) {
        await delay(50)
        continue
      }
      streams.push(stream)
      await stream.ended
      after = stream.lastId() ?? after
    }
  })()
  return {
    streams,
    async stop() {
      stopping.abort()
      for (const stream of streams) stream.close()
      await working
    },
  }
}

t.test('kill -9 in the middle: no event is lost and none is told twice', async (t) => {
  const follower = faithful()
  for (let kill = 0; kill < 3; kill += 1) {
    const underWay = Promise.allSettled(Array.from({ length: 12 }, () => file(gateway, ITEM, CITY)))
    await delay(200 + 300 * kill)
    await gateway.kill()
    await underWay
    await gateway.restart()
  }
  const last = await filed(t)
  await until(
    async () => follower.streams.some((one) => toldOf(one, last).length > 0),
    (isSo) => isSo,
  )
  const numbers: string[] = []
  for (let after: string | null = ''; after !== null;) {
    const page = await call(gateway, 'GET', `/v1/cases?limit=200${after === '' ? '' : `&after=${after}`}`, {
      token: clerk,
    })
    numbers.push(...page.body['cases'].map((one: Json) => String(one['caseNo'])))
    after = page.body['next'] as string | null
  }
  const all = { messages: follower.streams.flatMap(({ messages }) => messages) }
  const same = async (): Promise<boolean> => {
    for (const caseNo of numbers) {
      const told = { messages: follower.streams.flatMap(({ messages }) => messages) }
      if (JSON.stringify(toldOf(told, caseNo)) !== JSON.stringify(await history(caseNo))) return false
    }
    return true
  }
  await until(same, (isSo) => isSo)
  await follower.stop()
  all.messages = follower.streams.flatMap(({ messages }) => messages)
  for (const caseNo of numbers) t.strictSame(toldOf(all, caseNo), await history(caseNo), caseNo)
  const ids = idsOf(follower.streams)
  t.equal(new Set(ids).size, ids.length, 'no id came twice')
  t.ok(follower.streams.length > 1, `${follower.streams.length} connections, ${ids.length} events`)
})

t.test('a stop ends streams at once, with a word and a time to come back', async (t) => {
  const streams = await Promise.all([follow(gateway, HALL, { token: clerk }), follow(gateway, HALL, { token: clerk })])
  const begun = performance.now()
  t.equal(await gateway.stop(), 0)
  t.ok(performance.now() - begun < 8000, 'nobody waited for them')
  for (const stream of streams) {
    t.equal(await stream.ended, 'ended')
    t.match(stream.messages.at(-1), { event: 'end', data: { reason: 'gateway-stopping' } })
    t.ok((stream.retryMs() ?? 0) >= 3000 && (stream.retryMs() ?? 0) < 8000)
  }
  t.notMatch(readFileSync(join(gateway.dataDir, 'gateway.log'), 'utf8'), 'some connections were cut')
})

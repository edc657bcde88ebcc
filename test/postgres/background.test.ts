// What one gateway is enough for is done by one of those that share a store: polling, webhooks, reconciling, clearing away, counting.
// When that one dies, another one takes it over, and nothing is left undone.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import {
  call,
  file,
  lookUp,
  makeSick,
  records,
  sample,
  tokenOf,
  until,
  type Json,
  type RunningGateway,
} from '../gateway/harness.ts'
import type { Launched } from '../gateway/launch.ts'
import { program, SECRET } from '../gateway/program.ts'
import { draft } from '../contract/fixture.ts'
import { systemClock } from '../../src/system.ts'
import { openStage } from './gateways.ts'
import { openAt } from './store.ts'

const ITEM = 'mi-remote-care-filing'
const CITY = 'shenfu'
/** Cities that list what they hold, and the one that tells its news only when it is asked. */
const LISTING = ['shenyang', 'tieling', 'shenfu']
const POLLED = 'tieling'
const DAY_MS = 24 * 3_600_000
/** Without a sign of its holder for ten seconds it is taken over; looked for every two. */
const TAKEN_OVER_MS = 30_000

const app = await program(t)
const stage = await openStage(t, [
  [
    /endpoints: \[\]/,
    `endpoints:\n    - { key: app, address: '${app.address()}', secretFile: keys/app, cases: every, events: [] }`,
  ],
  [/retryBaseMs: \d+/, 'retryBaseMs: 100'],
  [/pollMs: \d+/, 'pollMs: 100'],
  [/recountMs: \d+/, 'recountMs: 500'],
  [/^ {2}hour: \d+/m, '  hour: 0'],
  [/lookMs: \d+/, 'lookMs: 200'],
])
mkdirSync(join(stage.folder.dataDir, 'keys'), { recursive: true, mode: 0o700 })
{
  // Yesterday is compared only where there were books the day before.
  const clock = { ...systemClock, now: () => Date.now() - 2 * DAY_MS }
  const { url, password } = stage
  const before = await openAt(t, stage.folder.dataDir, { url, password }, { node: 'before', clock })
  await before.append([{ ...draft(), time: clock.now() }])
  await before[Symbol.asyncDispose]()
}
writeFileSync(join(stage.folder.dataDir, 'keys/app'), `${SECRET}\n`)
const gateways = new Map<string, Launched>()
for (const name of ['east', 'west']) gateways.set(name, await stage.begin(name))
const running = (name: string): Launched => {
  const gateway = gateways.get(name)
  if (gateway === undefined) throw new Error(`no gateway is named ${name}`)
  return gateway
}
const other = (name: string): string => (name === 'east' ? 'west' : 'east')

const holder = async (): Promise<string> =>
  String((await stage.server.query("SELECT holder FROM store_1.duties WHERE duty = 'background'"))[0]?.['holder'])

async function counted(gateway: RunningGateway, series: RegExp): Promise<number> {
  const { text } = await call(gateway, 'GET', '/metrics')
  return text
    .split('\n')
    .filter((line) => series.test(line))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
const polls = (gateway: RunningGateway): Promise<number> =>
  counted(gateway, new RegExp(`^gateway_city_calls_total\\{city="${POLLED}".*call="news"`))
const sent = (gateway: RunningGateway): Promise<number> => counted(gateway, /^gateway_webhook_attempts_total\{/)

/** A process that was stopped in a transaction keeps the others from writing until the database ends it: 503, and then it goes. */
async function filed(t: Test, gateway: RunningGateway): Promise<string> {
  const wish = { body: sample(ITEM, CITY), headers: { 'idempotency-key': crypto.randomUUID() } }
  const answer = await until(
    () => file(gateway, ITEM, CITY, wish),
    ({ status }) => status !== 503 && status !== 409,
    TAKEN_OVER_MS,
  )
  t.ok(answer.status === 201 || answer.status === 202, answer.text)
  return String(answer.body['caseNo'])
}

/** Waits until the program has been told of each event of each case, and gives the ids of what it was told. */
async function toldOf(t: Test, gateway: RunningGateway, numbers: readonly string[]): Promise<readonly string[]> {
  for (const caseNo of numbers) {
    const { body } = await lookUp(gateway, `/v1/cases/${caseNo}`, 'clerk')
    const wanted = (body['events'] as Json[]).length
    const told = await until(
      async () => new Set(app.of(caseNo).map(({ sequence }) => sequence)).size,
      (seen) => seen >= wanted,
      TAKEN_OVER_MS,
    )
    t.ok(told >= wanted, `${caseNo}: ${told} of ${wanted}`)
  }
  return app.told.filter(({ body }) => numbers.includes(String(body['subject']))).map(({ id }) => id)
}

t.test('while all is well one gateway does it, whichever takes the applications', async (t) => {
  const at = await holder()
  t.equal(at, 'east', 'the one that was started first')
  const numbers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => filed(t, running(index % 2 === 0 ? 'east' : 'west'))),
  )
  const ids = await toldOf(t, running('west'), numbers)
  t.equal(new Set(ids).size, ids.length, 'nothing is told twice')
  t.ok((await sent(running('east'))) >= ids.length)
  t.equal(await sent(running('west')), 0)
  t.ok(
    await until(
      () => polls(running('east')),
      (seen) => seen > 2,
    ),
  )
  t.equal(await polls(running('west')), 0)
})

t.test('each city that lists is compared once', async (t) => {
  const found = (): Promise<Json[]> => records(running('west'), { kind: 'reconciled' })
  await until(found, (seen) => seen.length >= LISTING.length)
  await delay(1500)
  t.strictSame((await found()).map(({ city }) => String(city)).toSorted(), LISTING.toSorted())
})

t.test('one counts deadlines, and each shows what was counted', async (t) => {
  const shown = async (name: string): Promise<Json> =>
    (await call(running(name), 'GET', '/v1/operations/deadlines', { token: tokenOf(running(name), 'operator') })).body
  const [east, west] = [await shown('east'), await shown('west')]
  t.equal(west['isWhole'], true)
  const newer = await until(
    () => shown('west'),
    ({ countedAt }) => countedAt !== west['countedAt'],
  )
  t.not(newer['countedAt'], west['countedAt'], 'it goes on')
  t.strictSame(newer['deadlines'], east['deadlines'])
})

t.test('an endpoint that is taken into use again at one gateway is told again by the other', async (t) => {
  app.answer.status = 410
  const caseNo = await filed(t, running('west'))
  const standing = async (): Promise<unknown> => {
    const token = tokenOf(running('west'), 'operator')
    const { body } = await call(running('west'), 'GET', '/v1/operations/webhooks', { token })
    return (body['webhooks'] as Json[])[0]?.['state']
  }
  t.equal(await until(standing, (state) => state === 'disabled'), 'disabled')
  app.answer.status = 204
  const token = tokenOf(running('west'), 'operator')
  t.equal((await call(running('west'), 'POST', '/v1/operations/webhooks/app/redrive', { token, body: {} })).status, 200)
  await toldOf(t, running('west'), [caseNo])
})

t.test('the one that does it is killed: the other one takes it over, and goes on where it stood', async (t) => {
  const at = await holder()
  const left = running(other(at))
  await makeSick(left, CITY, 'off')
  const numbers = [await filed(t, running(at)), await filed(t, left)]
  await running(at).kill()
  const killed = performance.now()
  numbers.push(await filed(t, left))
  t.equal(await until(holder, (now) => now === other(at), TAKEN_OVER_MS), other(at))
  t.comment(`taken over after ${Math.round(performance.now() - killed)} ms`)
  await toldOf(t, left, numbers)
  const before = await polls(left)
  t.ok(
    await until(
      () => polls(left),
      (seen) => seen > before + 2,
    ),
  )
  t.match(left.output(), /this gateway does the background work from now on/)

  gateways.set(at, await stage.begin(at))
  await delay(3000)
  t.equal(await holder(), other(at), 'who comes back leaves it where it is')
  t.equal(await polls(running(at)), 0)
  t.equal((await records(left, { kind: 'reconciled' })).length, LISTING.length, 'nothing was compared again')
})

t.test('the one that does it is stopped: the other one has it at once', async (t) => {
  const at = await holder()
  const left = running(other(at))
  t.equal(await running(at).stop(), 0)
  t.equal(await until(holder, (now) => now === other(at), 8000), other(at))
  const caseNo = await filed(t, left)
  await toldOf(t, left, [caseNo])
  gateways.set(at, await stage.begin(at))
})

t.test('the one that does it is paused: when it wakes up, the work is not its own any more', async (t) => {
  const at = await holder()
  const left = running(other(at))
  running(at).signal('SIGSTOP')
  const caseNo = await filed(t, left)
  t.equal(await until(holder, (now) => now === other(at), TAKEN_OVER_MS), other(at))
  await toldOf(t, left, [caseNo])
  running(at).signal('SIGCONT')
  await delay(2500)
  t.equal(await holder(), other(at))
  const before = [await polls(running(at)), await polls(left)]
  await delay(1500)
  const after = [await polls(running(at)), await polls(left)]
  t.equal(after[0], before[0], 'it asks no more')
  t.ok(Number(after[1]) > Number(before[1]))
})

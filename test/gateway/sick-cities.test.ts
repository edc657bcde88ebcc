// A city that hangs, and one that fails again and again: each takes its own places, is left alone, and is met by a ramp when it is back.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readSandboxFile } from '../../src/sandbox/control.ts'
import { readLog, recorded, wrongWith, type Acknowledged } from '../chaos/evidence.ts'
import { ITEM, QUERY } from './fault-table.ts'
import {
  ask,
  call,
  file,
  makeSick,
  receivedBy,
  records,
  startGateway,
  until,
  type Answer,
  type Json,
  type RunningGateway,
} from './harness.ts'

const CALLER_CALLS = 4
const CALLER_QUEUE = 2
const RAMP_STEP_MS = 200

t.test('a city that hangs, and one that fails again and again', async (t) => {
  const gateway = await startGateway(t, {}, [
    [/deadlineMs: 900/, 'deadlineMs: 4000'],
    [/callerCalls: \d+/, `callerCalls: ${CALLER_CALLS}`],
    [/callerQueue: \d+/, `callerQueue: ${CALLER_QUEUE}`],
    [/volumeThreshold: \d+/, 'volumeThreshold: 4'],
    [/rampStepMs: \d+/, `rampStepMs: ${RAMP_STEP_MS}`],
    [/backoffMaxMs: \d+/, 'backoffMaxMs: 1000'],
  ])
  const acknowledged: Acknowledged[] = []
  const keep = (city: string, answer: Answer): Answer => {
    acknowledged.push({ caseNo: answer.body['caseNo'], city })
    return answer
  }

  await t.test('takes its own places and no more, while the others go on', async (t) => {
    await makeSick(gateway, 'shenfu', 'hang')
    const before = (await stateOf(gateway, 'shenfu'))['requests']
    let ended = 0
    const hanging = Array.from({ length: 20 }, () => ask(gateway, QUERY, 'shenfu').finally(() => (ended += 1)))
    await until(
      async () => (await stateOf(gateway, 'shenfu'))['requests'] - before,
      (requests) => requests === CALLER_CALLS,
    )
    const refusedAtOnce = hanging.length - CALLER_CALLS - CALLER_QUEUE
    await until(
      async () => ended,
      (count) => count === refusedAtOnce,
    )
    for (const other of ['shenyang', 'fushun', 'anshan']) {
      for (let calls = 0; calls < 3; calls += 1) {
        const [asked, filed] = await Promise.all([ask(gateway, QUERY, other), file(gateway, ITEM, other)])
        t.equal(asked.status, 200, asked.text)
        t.equal(keep(other, filed).status, 201, filed.text)
      }
    }
    const stored = await Promise.all(Array.from({ length: 5 }, () => file(gateway, ITEM, 'shenfu')))
    for (const filed of stored)
      t.match(keep('shenfu', filed), { status: 202, body: { delivery: 'stored' } }, filed.text)
    t.match(stored[0]?.body['legs'], [{ fault: 'CITY_BUSY' }])
    t.equal(ended, refusedAtOnce, 'all that happened while the city still hung')

    const answers = await Promise.all(hanging)
    const ends = Object.groupBy(answers, ({ body }) => String(body['code']))
    t.ok((ends['CITY_BUSY'] ?? []).length >= refusedAtOnce)
    t.ok((ends['CITY_TIMEOUT'] ?? []).length >= CALLER_CALLS)
    for (const { body } of answers) {
      // Those in the queue may find the line open once the others have timed out.
      t.match(body, { source: 'city', code: /^CITY_(BUSY|TIMEOUT|LINE_OPEN)$/ })
    }
    t.equal((await stateOf(gateway, 'shenfu'))['requests'] - before >= CALLER_CALLS, true)
    await makeSick(gateway, 'shenfu', 'off')
  })

  await t.test('is left alone, asked how it is, and met by a ramp when it is back', async (t) => {
    const city = 'benxi'
    // Whatever application reaches it takes effect: its journal would show one that was sent as a probe.
    await makeSick(gateway, city, 'reset-after')
    await until(
      async () => {
        keep(city, await file(gateway, ITEM, city))
        return lineOf(gateway, city)
      },
      (state) => state !== 'closed',
    )
    const taken = (await receivedBy(gateway, city)).length
    const { requests } = await stateOf(gateway, city)

    const answers = await Promise.all(Array.from({ length: 30 }, () => file(gateway, ITEM, city)))
    for (const answer of answers) {
      t.match(keep(city, answer), { status: 202, body: { delivery: 'stored', legs: [{ fault: 'CITY_LINE_OPEN' }] } })
    }
    const refused = await ask(gateway, QUERY, city)
    t.match(refused, { status: 503, body: { code: 'CITY_LINE_OPEN', source: 'city', city } })
    t.ok(Number(refused.headers.get('retry-after')) >= 1)
    await until(
      async () => (await stateOf(gateway, city))['requests'] - requests,
      (probes) => probes >= 2,
    )
    t.equal((await receivedBy(gateway, city)).length, taken, 'it was asked twice, and never by a citizen’s application')
    t.not(await lineOf(gateway, city), 'closed')

    await makeSick(gateway, city, 'off')
    t.strictSame((await Promise.all(acknowledged.map((one) => wrongWith(gateway, one)))).flat(), [])
    t.equal(await lineOf(gateway, city), 'closed')
    await metByRamp(t, gateway, city)
    recorded(t, await readLog(gateway), acknowledged)
  })
})

/** As the sandbox tells it: how many requests a city has had, of any kind. */
async function stateOf(gateway: RunningGateway, city: string): Promise<Json> {
  const sandbox = readSandboxFile(gateway.dataDir)
  if (sandbox === null) throw new Error('no sandbox runs')
  const { address, token } = sandbox.control
  const response = await fetch(`${address}/state`, { headers: { authorization: `Bearer ${token}` } })
  return ((await response.json()) as Json)['cities'][city]
}

async function lineOf(gateway: RunningGateway, city: string): Promise<string> {
  const { body } = await call(gateway, 'GET', '/readyz')
  return body['lines'].find((line: Json) => line['city'] === city).state
}

/** From the log and the audit log: at no moment more of the courier's calls were under way than the ramp allows. */
async function metByRamp(t: Test, gateway: RunningGateway, city: string): Promise<void> {
  const lines = readFileSync(join(gateway.dataDir, 'gateway.log'), 'utf8').trimEnd().split('\n')
  const closed = lines
    .map((line) => JSON.parse(line) as Json)
    .filter((line) => line['city'] === city && line['state'] === 'closed')
  t.equal(closed.length, 1)
  const closedAt = Number(closed[0]?.['time'])
  const own = await records(gateway, { city })
  const ends = new Map(own.map((record) => [record['intent'], Date.parse(record['time'])]))
  const calls = own
    .filter(({ kind, actor }) => kind === 'forwarded' && actor.role === 'gateway')
    .map(({ id, time }) => ({ from: Date.parse(time), to: ends.get(id) ?? Infinity }))
    .filter(({ from }) => from >= closedAt)
  const tooMany = calls.filter(({ from }) => {
    const underWay = calls.filter((other) => other.from <= from && other.to > from).length
    // The log line is written a moment after the line has closed.
    return underWay > 1 + Math.floor((from - closedAt + 20) / RAMP_STEP_MS)
  })
  t.strictSame(tooMany, [], `${calls.length} calls kept to the ramp`)
  t.ok(calls.length >= 30)
  const together = [...Map.groupBy(calls, ({ from }) => from).values()].map(({ length }) => length)
  t.ok(Math.max(...together) > 1, 'and it went faster after a while')
}

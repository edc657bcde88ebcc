// Four gateways on one PostgreSQL: one case for each key whoever is asked, one courier for each message, and two of them may die.

import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import {
  call,
  file,
  makeSick,
  receivedBy,
  sample,
  tokenOf,
  until,
  type Answer,
  type RunningGateway,
} from '../gateway/harness.ts'
import type { Launched } from '../gateway/launch.ts'
import { openStage } from './gateways.ts'
import { runVerify } from './verify.ts'

const ITEM = 'mi-remote-care-filing'
const CITY = 'shenfu'
const NAMES = ['east', 'west', 'north', 'south']

const stage = await openStage(t)
const gateways = await Promise.all(NAMES.map((name) => stage.begin(name)))
const [east, west, north, south] = gateways as [Launched, Launched, Launched, Launched]

/** With the same key until it is taken, at whichever is next: 409 while another one is at it, no answer from the dead. */
async function insist(at: readonly RunningGateway[], key: string, body: unknown): Promise<string> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const gateway = at[attempt % at.length] as RunningGateway
    const answer: Answer | null = await file(gateway, ITEM, CITY, {
      body,
      headers: { 'idempotency-key': key },
    }).catch(() => null)
    if (answer !== null && answer.status < 400) return String(answer.body['caseNo'])
    await delay(100)
  }
  throw new Error('nobody took the application')
}

const delivered = (gateway: RunningGateway, caseNo: string): Promise<unknown> =>
  until(
    async () =>
      (await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: tokenOf(gateway, 'clerk') })).body['delivery'],
    (state) => state === 'delivered',
    60_000,
  )

t.test('they were started at once on an empty database, and the same key at all four is one case', async (t) => {
  for (let round = 0; round < 4; round += 1) {
    const [key, body] = [crypto.randomUUID(), sample(ITEM, CITY)]
    const numbers = await Promise.all(gateways.map((one) => insist([one], key, body)))
    t.equal(new Set(numbers).size, 1)
    t.equal((await receivedBy(east, CITY, numbers[0] ?? '')).length, 1)
  }
})

t.test('four couriers, and each message leaves once', async (t) => {
  await makeSick(east, CITY, 'error-500')
  const filed = await Promise.all(
    Array.from({ length: 16 }, (_, index) => file(gateways[index % 4] as RunningGateway, ITEM, CITY)),
  )
  await makeSick(east, CITY, 'off')
  for (const { status, body } of filed) {
    t.equal(status, 202)
    const caseNo = String(body['caseNo'])
    t.equal(await delivered(north, caseNo), 'delivered')
    t.equal((await receivedBy(north, CITY, caseNo)).length, 1)
  }
})

t.test('two of them are killed under load: what was acknowledged is there once, and the log is whole', async (t) => {
  const acknowledged: string[] = []
  const over = new AbortController()
  const callers = Array.from({ length: 4 }, async () => {
    while (!over.signal.aborted) acknowledged.push(await insist(gateways, crypto.randomUUID(), sample(ITEM, CITY)))
  })
  await until(
    async () => acknowledged.length,
    (count) => count >= 8,
  )
  await Promise.all([west.kill(), south.kill()])
  const before = acknowledged.length
  await until(
    async () => acknowledged.length,
    (count) => count >= before + 8,
  )
  over.abort()
  await Promise.all(callers)
  t.equal(new Set(acknowledged).size, acknowledged.length)
  for (const caseNo of acknowledged) {
    t.equal(await delivered(east, caseNo), 'delivered', caseNo)
    t.equal((await receivedBy(east, CITY, caseNo)).length, 1)
  }
  const { status, output } = await runVerify(north.address)
  t.equal(status, 0, output)
  const nodes = await stage.server.query(`
    SELECT leaf::json ->> 'node' AS node, count(*) AS kept, max((leaf::json ->> 'seq')::int) AS last
    FROM store_1.records GROUP BY 1 ORDER BY 1`)
  t.strictSame(
    nodes.map(({ node }) => node),
    NAMES.toSorted(),
  )
  for (const { kept, last } of nodes) t.equal(Number(kept), last)
})

// A gateway whose machine has the wrong time tells that of the database: tokens, records and leases are those of its neighbours.

import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { CLOCK } from '../chaos/struck.ts'
import { call, file, makeSick, receivedBy, records, tokenOf, until } from '../gateway/harness.ts'
import { waitFor } from '../gateway/launch.ts'
import { openStage } from './gateways.ts'

const CITY = 'shenfu'
const HOUR = 3_600_000

// Longer than what is looked at here takes.
const stage = await openStage(t, [[/deadlineMs: 900/, 'deadlineMs: 10000']], CLOCK)
const east = await stage.begin('east')
stage.setClock('west', HOUR)
const west = await stage.begin('west')

t.test('an hour ahead, it says so and goes by the time of the database', async (t) => {
  t.ok(await waitFor(() => west.output().includes('the clock of this machine is out')), west.output())
  t.match(west.output(), /"aheadMs":3[56]\d{5}\b/)
  // Good for ten minutes: over, by its own clock.
  const token = tokenOf(east, 'clerk', { ttlSeconds: 600 })
  const filed = await file(west, 'mi-remote-care-filing', CITY, { token })
  t.equal(filed.status, 201, filed.text)
  const times = (await records(east, {}))
    .filter(({ node }) => node === 'west')
    .map(({ time }) => Date.parse(String(time)))
  t.ok(times.length > 1)
  // Its first record, that it has started, comes after the first look at the time, too.
  for (const time of times) t.ok(Math.abs(time - Date.now()) < 60_000, new Date(time).toISOString())
})

t.test('set by hours while it runs, it takes nothing over that another is still sending', async (t) => {
  await makeSick(east, CITY, 'hang')
  const filed = await file(east, 'mi-remote-care-filing', CITY, {
    headers: { 'idempotency-key': crypto.randomUUID(), prefer: 'wait=0' },
  })
  t.equal(filed.status, 202, filed.text)
  const caseNo = String(filed.body['caseNo'])
  const sending = async (): Promise<readonly unknown[]> =>
    (await records(east, {}))
      .filter((record) => record['kind'] === 'forwarded' && record['caseNo'] === caseNo)
      .map(({ node }) => node as unknown)
  await until(sending, (nodes) => nodes.length > 0)
  for (const aheadMs of [-HOUR, 2 * HOUR, 0, 3 * HOUR]) {
    stage.setClock('west', aheadMs)
    // A courier looks for what is due every 50 ms here.
    await delay(1000)
    t.strictSame(await sending(), ['east'], `${aheadMs} ms ahead`)
  }
  await makeSick(east, CITY, 'off')
  const token = tokenOf(east, 'clerk')
  const done = await until(
    () => call(west, 'GET', `/v1/cases/${caseNo}`, { token }),
    ({ body }) => body['delivery'] === 'delivered',
  )
  t.equal(done.body['delivery'], 'delivered', done.text)
  t.equal((await receivedBy(east, CITY, caseNo)).length, 1)
})

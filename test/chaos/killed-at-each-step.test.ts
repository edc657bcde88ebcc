// kill -9 at each step of both paths and of the courier: what was acknowledged is there, once, with its evidence.

import t, { type Test } from 'tap'
import {
  ask,
  call,
  file,
  makeSick,
  receivedBy,
  sample,
  startGateway,
  tokenOf,
  until,
  type Answer,
  type Wish,
} from '../gateway/harness.ts'
import { caseOf, readLog, recorded, wrongWith, type Acknowledged } from './evidence.ts'
import { planNext, struckCase } from './plan.ts'

const STEPS = ['--import', new URL('./steps.ts', import.meta.url).href]
const ITEM = 'mi-remote-care-filing'
const QUERY = 'ss-personal-rights-record'

const gateway = await startGateway(t, {}, [], STEPS)
const acknowledged: Acknowledged[] = []
/** Cases of which the log must hold an intent without an outcome, and those of which it must not. */
const cutOff = new Set<string>()
const whole = new Set<string>()

/**
 * Holds a step for ever, with `request` at work that leads there; gives the number of the case that was struck. Others go on,
 * so that one kill finds many calls at work, each at its own step.
 */
async function holdAt(
  step: string,
  request: () => Promise<unknown>,
): Promise<{ caseNo: string; end: Promise<unknown> }> {
  planNext(gateway.dataDir, { step, doing: 'hold' })
  const end = request().catch(() => null)
  const caseNo = await until(
    async () => struckCase(gateway.dataDir),
    (struck) => struck !== null,
  )
  if (caseNo === null) throw new Error(`${step} was never reached:\n${gateway.output()}`)
  return { caseNo, end }
}

async function killAndStart(): Promise<void> {
  await gateway.kill()
  await gateway.restart()
}

t.test('an application whose caller waits, killed', async (t) => {
  // kept: what of it there is after the crash. taken: how often its city has it at the moment of the crash.
  const rows = [
    { step: 'accept:before', city: 'shenyang', kept: 'nothing', taken: 0 },
    { step: 'accept:after', city: 'fushun', kept: 'case', taken: 0 },
    { step: 'caller delivers:before', city: 'fuxin', kept: 'case', taken: 0 },
    { step: 'caller delivers:after', city: 'liaoyang', kept: 'case', taken: 1 },
    { step: 'caller settles:before', city: 'tieling', kept: 'case', taken: 1 },
    { step: 'caller settles:after', city: 'benxi', kept: 'answer', taken: 1 },
    { step: 'append request-answered:before', city: 'anshan', kept: 'case', taken: 0 },
  ] as const
  await makeSick(gateway, 'anshan', 'hang')
  const held: ((typeof rows)[number] & { wish: Wish; end: Promise<unknown> })[] = []
  for (const row of rows) {
    const { step, city } = row
    const prefer = step.startsWith('append') ? 'wait=0' : 'wait=30'
    const wish = { body: sample(ITEM, city), headers: { 'idempotency-key': crypto.randomUUID(), prefer } }
    held.push({ ...row, wish, ...(await holdAt(step, () => file(gateway, ITEM, city, wish))) })
  }
  await killAndStart()
  await makeSick(gateway, 'anshan', 'off')
  for (const { step, city, taken, end } of held) {
    t.equal(await end, null, `${step}: the caller saw no answer`)
    t.equal((await receivedBy(gateway, city)).length, taken, `${step}: ${city} had it ${taken} times`)
  }

  await t.test('and repeated with its key: what had been kept is found, the rest is filed', async (t) => {
    await Promise.all(held.map((row) => repeat(t, row)))
  })

  async function repeat(t: Test, { step, city, kept, wish }: (typeof held)[number]): Promise<void> {
    // As a caller does: as long as the first may still be at work.
    const again = await until(
      () => file(gateway, ITEM, city, wish),
      ({ status }) => status !== 409,
    )
    t.equal(again.status, kept === 'case' ? 202 : 201, `${step}: ${again.text}`)
    t.equal(again.headers.get('idempotency-replayed'), kept === 'nothing' ? null : 'true', step)
    const { caseNo } = again.body
    acknowledged.push({ caseNo, city })
    ;(kept === 'case' ? cutOff : whole).add(caseNo)
  }
})

t.test('the courier, killed', async (t) => {
  const rows = [
    { step: 'courier enquires:before', city: 'shenfu', sick: 'hang-after', cut: true },
    { step: 'courier enquires:after', city: 'shenyang', sick: 'hang', cut: true },
    { step: 'courier delivers:before', city: 'fushun', sick: 'refuse-connect', cut: true },
    { step: 'courier delivers:after', city: 'fuxin', sick: 'refuse-connect', cut: true },
    { step: 'courier settles:before', city: 'liaoyang', sick: 'refuse-connect', cut: true },
    { step: 'courier settles:after', city: 'tieling', sick: 'refuse-connect', cut: false },
    // Last: the courier goes to no city while it waits for what it has claimed.
    { step: 'claim:after', city: 'benxi', sick: 'refuse-connect', cut: true },
  ] as const
  // What the crash before has left shall be at rest, so that each step strikes the case that it is meant for.
  t.strictSame((await Promise.all(acknowledged.map((one) => wrongWith(gateway, one)))).flat(), [])
  const filed = []
  for (const row of rows) {
    await makeSick(gateway, row.city, row.sick)
    const first = await file(gateway, ITEM, row.city)
    t.equal(first.status, 202, first.text)
    const { caseNo } = first.body
    acknowledged.push({ caseNo, city: row.city })
    // Its city is well again once its own step is held, so that no other case comes to that step before.
    const held = await holdAt(row.step, () => makeSick(gateway, row.city, 'off'))
    t.equal(held.caseNo, caseNo, row.step)
    filed.push({ ...row, caseNo })
  }
  await killAndStart()
  for (const { step, caseNo, cut } of filed) {
    t.match(await caseOf(gateway, caseNo), { caseNo }, `${step}: the case is there`)
    ;(cut ? cutOff : whole).add(caseNo)
  }
})

t.test('a query, killed', async (t) => {
  const rows = [
    { step: 'append forwarded:before', kinds: [] },
    { step: 'append forwarded:after', kinds: ['forwarded'] },
    { step: 'query:before', kinds: ['forwarded'] },
    { step: 'query:after', kinds: ['forwarded'] },
    { step: 'append city-answered:before', kinds: ['forwarded'] },
    { step: 'append city-answered:after', kinds: ['forwarded', 'city-answered'] },
  ]
  const held = []
  for (const row of rows) {
    const requestId = crypto.randomUUID()
    const request = (): Promise<Answer> => ask(gateway, QUERY, 'anshan', { headers: { 'x-request-id': requestId } })
    held.push({ ...row, requestId, ...(await holdAt(row.step, request)) })
  }
  await killAndStart()
  const { all } = await readLog(gateway)
  for (const { step, kinds, requestId, end } of held) {
    t.equal(await end, null, `${step}: no answer`)
    const own = all.filter((record) => record['requestId'] === requestId)
    t.strictSame(
      own.map(({ kind }) => kind as string),
      kinds,
      `${step}: ${kinds.join(' and ') || 'nothing'} in the log`,
    )
  }
  t.equal((await ask(gateway, QUERY, 'anshan')).status, 200, 'the next one is answered')
})

t.test('after all these crashes', async (t) => {
  const wrong = await Promise.all(acknowledged.map((one) => wrongWith(gateway, one)))
  t.strictSame(wrong.flat(), [], 'every acknowledged case is there and took effect once')
  t.equal(new Set(acknowledged.map(({ caseNo }) => caseNo)).size, acknowledged.length)
  const known = await call(gateway, 'GET', '/v1/cases?limit=200', { token: tokenOf(gateway, 'clerk') })
  const numbers = known.body['cases'].map(({ caseNo }: { caseNo: string }) => caseNo)
  t.same(new Set(numbers), new Set(acknowledged.map(({ caseNo }) => caseNo)), 'no case that nobody was told of')

  const log = await readLog(gateway)
  recorded(t, log, acknowledged)
  const found = log.findings.map(({ caseNo }) => caseNo ?? 'a query')
  const unseen = [...cutOff].filter((caseNo) => !found.includes(caseNo))
  t.strictSame(unseen, [], 'what was cut off shows as an intent without an outcome')
  const untrue = [...whole].filter((caseNo) => found.includes(caseNo))
  t.strictSame(untrue, [], 'what was not, does not')
  t.equal(found.filter((name) => name === 'a query').length, 4)
})

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
  type RunningGateway,
} from '../gateway/harness.ts'
import { caseOf, readLog, recorded, wrongWith, type Acknowledged } from './evidence.ts'
import { planNext, struckCase } from './plan.ts'

const STEPS = ['--import', new URL('./steps.ts', import.meta.url).href]
const ITEM = 'mi-remote-care-filing'
/** One for each step, so that what reaches a city later is not taken for what had reached it at the crash. */
const CITIES = ['shenfu', 'shenyang', 'fushun', 'fuxin', 'liaoyang', 'tieling', 'benxi']
const QUERY = 'ss-personal-rights-record'

const gateway = await startGateway(t, {}, [], STEPS)
const acknowledged: Acknowledged[] = []
/** Cases of which the log must hold an intent without an outcome, and those of which it must not. */
const cutOff = new Set<string>()
const whole = new Set<string>()
let queriesCutOff = 0

/** Holds the gateway at a step, kills it there and starts it again. `answer` is null where the connection broke. */
async function killAt(step: string, request: () => Promise<Answer>): Promise<Answer | null> {
  planNext(gateway.dataDir, { step, doing: 'hold' })
  const answered = request().catch(() => null)
  const struck = await until(
    async () => struckCase(gateway.dataDir),
    (caseNo) => caseNo !== null,
  )
  if (struck === null) throw new Error(`${step} was never reached:\n${gateway.output()}`)
  await gateway.kill()
  await gateway.restart()
  return answered
}

interface Row {
  readonly step: string
  /** What of the application there is after the crash. */
  readonly kept: 'nothing' | 'case' | 'answer'
  /** How often the city has it at the moment of the crash. */
  readonly taken: 0 | 1
}

t.test('an application whose caller waits, killed', async (t) => {
  const rows: readonly Row[] = [
    { step: 'findRepeat:before', kept: 'nothing', taken: 0 },
    { step: 'accept:before', kept: 'nothing', taken: 0 },
    { step: 'accept:after', kept: 'case', taken: 0 },
    { step: 'caller delivers:before', kept: 'case', taken: 0 },
    { step: 'caller delivers:after', kept: 'case', taken: 1 },
    { step: 'caller settles:before', kept: 'case', taken: 1 },
    { step: 'caller settles:after', kept: 'answer', taken: 1 },
  ]
  const repeats: ((t: Test) => Promise<void>)[] = []
  for (const [index, { step, kept, taken }] of rows.entries()) {
    const city = CITIES[index] ?? ''
    await t.test(`at ${step}: no answer, and ${city} had it ${taken} times`, async (t) => {
      const repeatable = { body: sample(ITEM, city), headers: { 'idempotency-key': crypto.randomUUID() } }
      t.equal(await killAt(step, () => file(gateway, ITEM, city, repeatable)), null, 'the caller saw no answer')
      t.equal((await receivedBy(gateway, city)).length, taken)

      repeats.push(async (t) => {
        const again = await repeatUntilAnswered(repeatable, city)
        t.equal(again.status, kept === 'case' ? 202 : 201, `${step}: ${again.text}`)
        t.equal(again.headers.get('idempotency-replayed'), kept === 'nothing' ? null : 'true', step)
        const { caseNo } = again.body
        acknowledged.push({ caseNo, city })
        ;(kept === 'case' ? cutOff : whole).add(caseNo)
      })
    })
  }

  await t.test('between its patience and the 202: no answer', async (t) => {
    for (const step of ['append request-answered:before', 'append request-answered:after']) {
      await makeSick(gateway, 'anshan', 'hang')
      const repeatable = {
        body: sample(ITEM, 'anshan'),
        headers: { 'idempotency-key': crypto.randomUUID(), prefer: 'wait=0' },
      }
      t.equal(await killAt(step, () => file(gateway, ITEM, 'anshan', repeatable)), null)
      await makeSick(gateway, 'anshan', 'off')
      repeats.push(async (t) => {
        const again = await repeatUntilAnswered(repeatable, 'anshan')
        t.equal(again.status, 202, step)
        acknowledged.push({ caseNo: again.body['caseNo'], city: 'anshan' })
        cutOff.add(again.body['caseNo'])
      })
    }
  })

  await t.test('and repeated with the same key: what had been kept is found, the rest is filed', async (t) => {
    await Promise.all(repeats.map((repeat) => repeat(t)))
  })
})

/** As a caller does: the same request with the same key, as long as the first may still be at work. */
function repeatUntilAnswered(repeatable: Parameters<typeof file>[3], city: string): Promise<Answer> {
  return until(
    () => file(gateway, ITEM, city, repeatable),
    ({ status }) => status !== 409,
  )
}

t.test('the courier, killed', async (t) => {
  const rows = [
    { step: 'claim:after', before: 'refuse-connect', findings: true },
    { step: 'courier delivers:before', before: 'refuse-connect', findings: true },
    { step: 'courier delivers:after', before: 'refuse-connect', findings: true },
    { step: 'courier settles:before', before: 'refuse-connect', findings: true },
    { step: 'courier settles:after', before: 'refuse-connect', findings: false },
    { step: 'courier enquires:before', before: 'hang-after', findings: true },
    { step: 'courier enquires:after', before: 'hang', findings: true },
  ] as const
  for (const { step, before, findings } of rows) {
    await t.test(`at ${step}: the case that was acknowledged is delivered once`, async (t) => {
      const city = before === 'refuse-connect' ? 'tieling' : 'benxi'
      await makeSick(gateway, city, before)
      const first = await file(gateway, ITEM, city)
      t.equal(first.status, 202, first.text)
      acknowledged.push({ caseNo: first.body['caseNo'], city })
      planNext(gateway.dataDir, { step, doing: 'hold' })
      await makeSick(gateway, city, 'off')
      await killAt(step, async () => first)
      t.match(await caseOf(gateway, first.body['caseNo']), { caseNo: first.body['caseNo'] })
      const struck = struckCase(gateway.dataDir) ?? ''
      t.ok(acknowledged.some(({ caseNo }) => caseNo === struck))
      // On a busy machine it may be a case of an earlier crash.
      if (findings) cutOff.add(struck)
    })
  }
})

t.test('a query, killed', async (t) => {
  const rows = [
    { step: 'append forwarded:before', intent: false, outcome: false },
    { step: 'append forwarded:after', intent: true, outcome: false },
    { step: 'query:before', intent: true, outcome: false },
    { step: 'query:after', intent: true, outcome: false },
    { step: 'append city-answered:before', intent: true, outcome: false },
    { step: 'append city-answered:after', intent: true, outcome: true },
  ]
  for (const { step, intent, outcome } of rows) {
    const left = [intent ? 'its intent' : 'nothing', ...(outcome ? ['its outcome'] : [])].join(' and ')
    await t.test(`at ${step}: no answer, and ${left} in the log`, async (t) => {
      const requestId = crypto.randomUUID()
      const request = () => ask(gateway, QUERY, 'liaoyang', { headers: { 'x-request-id': requestId } })
      t.equal(await killAt(step, request), null)
      const { all } = await readLog(gateway)
      t.strictSame(
        all.filter((record) => record['requestId'] === requestId).map(({ kind }) => kind as string),
        [...(intent ? ['forwarded'] : []), ...(outcome ? ['city-answered'] : [])],
      )
      if (intent && !outcome) queriesCutOff += 1
      t.equal((await ask(gateway, QUERY, 'liaoyang')).status, 200, 'the next one is answered')
    })
  }
})

t.test('after all these crashes', async (t) => {
  const wrong = await Promise.all(acknowledged.map((one) => wrongWith(gateway, one)))
  t.strictSame(wrong.flat(), [], 'every acknowledged case is there and took effect once')
  t.equal(new Set(acknowledged.map(({ caseNo }) => caseNo)).size, acknowledged.length)
  const log = await readLog(gateway)
  recorded(t, log, acknowledged)
  const found = log.findings.map(({ caseNo }) => caseNo ?? 'a query')
  t.strictSame(
    [...cutOff].filter((caseNo) => !found.includes(caseNo)),
    [],
    'what was cut off shows as an intent without an outcome',
  )
  t.strictSame(
    [...whole].filter((caseNo) => found.includes(caseNo)),
    [],
    'what was not, does not',
  )
  t.equal(found.filter((name) => name === 'a query').length, queriesCutOff)
  await nothingElse(t, gateway)
})

/** No city has a case that the gateway does not know. */
async function nothingElse(t: Test, gateway: RunningGateway): Promise<void> {
  const known = await call(gateway, 'GET', '/v1/cases?limit=200', { token: tokenOf(gateway, 'clerk') })
  const numbers = known.body['cases'].map(({ caseNo }: { caseNo: string }) => caseNo)
  t.same(new Set(numbers), new Set(acknowledged.map(({ caseNo }) => caseNo)), 'no case that nobody was told of')
}

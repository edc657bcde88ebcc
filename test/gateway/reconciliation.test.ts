// What a city holds against what we hold: agreement, and each way in which the books of a city may differ from ours.

import t, { type Test } from 'tap'
import { caseOf } from '../chaos/evidence.ts'
import { call, file, makeSick, records, startGateway, tokenOf, until, type Answer, type Json } from './harness.ts'

const ITEM = 'mi-remote-care-filing'
const LISTING = ['shenyang', 'tieling', 'shenfu'] as const

const gateway = await startGateway(t, {}, [
  [/pollMs: \d+/, 'pollMs: 50'],
  // So that each breaker, which two refusals in a row would open, stays out of it.
  [/volumeThreshold: \d+/, 'volumeThreshold: 50'],
])
const operator = tokenOf(gateway, 'operator')
const today = (): string => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)

const reconcile = (city: string, body: unknown = { day: today() }): Promise<Answer> =>
  call(gateway, 'POST', `/v1/operations/reconciliations/${city}/main`, { token: operator, body })
const list = (query = ''): Promise<Answer> =>
  call(gateway, 'GET', `/v1/operations/reconciliations${query}`, { token: operator })
const kinds = ({ body }: Answer): string[] => (body['differences'] as Json[]).map(({ kind }) => String(kind))

/** Filed, and numbered by its city. */
async function filed(t: Test, city: string): Promise<{ readonly reference: string; readonly number: string }> {
  const answer = await file(gateway, ITEM, city)
  t.equal(answer.status, 201, answer.text)
  const caseNo = String(answer.body['caseNo'])
  const numbered = await until(
    () => caseOf(gateway, caseNo),
    (found) => typeof found['legs'][0]['backendCaseNo'] === 'string',
  )
  const [leg] = numbered['legs'] as [Json]
  return { reference: `${caseNo}.${String(leg['leg'])}`, number: String(leg['backendCaseNo']) }
}

for (const city of LISTING) {
  t.test(`${city}: books that agree, and the faults of its list`, async (t) => {
    t.match((await reconcile(city)).body, { outcome: 'agrees', here: 0, there: 0, differing: 0 }, 'nothing yet')
    const all = [await filed(t, city), await filed(t, city), await filed(t, city)]
    const newest = all.at(-1)
    const agreed = await reconcile(city)
    t.equal(agreed.status, 200, agreed.text)
    t.match(agreed.body, { city, backend: 'main', day: today(), outcome: 'agrees', faultCode: null })
    t.match(agreed.body, { here: 3, there: 3, agreed: 3, differing: 0, differences: [] })
    t.equal((await reconcile(city, { day: '2020-02-29' })).body['outcome'], 'agrees', 'a day without anything')

    await makeSick(gateway, city, 'short-ledger')
    const short = await reconcile(city)
    t.match(short.body, { outcome: 'differs', here: 3, there: 2, agreed: 2, differing: 1 })
    t.strictSame(short.body['differences'], [
      { kind: 'missing-there', reference: newest?.reference, here: newest?.number, there: null },
    ])

    await makeSick(gateway, city, 'long-ledger')
    const long = await reconcile(city)
    t.match(long.body, { outcome: 'differs', here: 3, there: 4, agreed: 3 })
    t.match(long.body['differences'], [
      { kind: 'unknown-here', reference: /^\d{8}-0+\.decide$/, here: null, there: /-/ },
    ])

    await makeSick(gateway, city, 'doubled-ledger')
    const doubled = await reconcile(city)
    t.match(doubled.body, { outcome: 'differs', here: 3, there: 3, agreed: 3 })
    t.match(doubled.body['differences'], [
      { kind: 'listed-twice', reference: newest?.reference, here: newest?.number, there: /-/ },
    ])

    await makeSick(gateway, city, 'miscounted-ledger')
    t.match((await reconcile(city)).body['differences'], [
      { kind: 'miscounted', reference: null, here: '3', there: '4' },
    ])

    await makeSick(gateway, city, 'garbage')
    t.match((await reconcile(city)).body, { outcome: 'failed', faultCode: 'CITY_GARBLED', there: 0, differences: [] })
    await makeSick(gateway, city, 'off')
    t.equal((await reconcile(city)).body['outcome'], 'agrees', 'well again')
  })
}

t.test('a city that says yes and keeps nothing is found out', async (t) => {
  await makeSick(gateway, 'shenfu', 'lie')
  const answer = await file(gateway, ITEM, 'shenfu')
  t.equal(answer.status, 201, answer.text)
  await makeSick(gateway, 'shenfu', 'off')
  const found = await reconcile('shenfu')
  t.match(found.body, { outcome: 'differs', here: 4, there: 3, agreed: 3 })
  t.match(found.body['differences'], [
    { kind: 'missing-there', reference: `${String(answer.body['caseNo'])}.decide`, there: null },
  ])
})

t.test('what the city has and we do not hold to have arrived is found', async (t) => {
  // Taken, and the answer never came; the operator gives it up although it may have arrived.
  await makeSick(gateway, 'shenyang', 'reset-after')
  const { body } = await file(gateway, ITEM, 'shenyang')
  const caseNo = String(body['caseNo'])
  t.equal(body['legs'][0]['delivery'], 'unconfirmed')
  await makeSick(gateway, 'shenyang', 'short-ledger', 0)
  const confirmed = await until(
    () => caseOf(gateway, caseNo),
    (found) => found['legs'][0]['delivery'] === 'delivered',
  )
  t.equal(confirmed['legs'][0]['delivery'], 'delivered')
  t.match((await reconcile('shenyang')).body, { outcome: 'agrees', here: 4, there: 4 }, 'once it has been asked about')
})

t.test('many are read page by page on both sides', async (t) => {
  for (let round = 0; round < 6; round += 1) {
    await Promise.all(Array.from({ length: 20 }, () => file(gateway, ITEM, 'shenyang')))
  }
  const found = await until(
    () => reconcile('shenyang'),
    ({ body }) => body['agreed'] === 124,
  )
  t.match(found.body, { outcome: 'agrees', here: 124, there: 124, agreed: 124 })
})

t.test('a city that cannot list says so, and what is asked for wrongly is refused', async (t) => {
  for (const city of ['anshan', 'benxi', 'fushun', 'fuxin', 'liaoyang']) {
    t.match(await reconcile(city), { status: 501, body: { code: 'CITY_CANNOT_LIST', source: 'city' } }, city)
  }
  t.match(await reconcile('nowhere'), { status: 404, body: { code: 'LINE_UNKNOWN' } })
  const tomorrow = new Date(Date.now() + 32 * 3_600_000).toISOString().slice(0, 10)
  for (const body of [{}, { day: '2026-02-30' }, { day: tomorrow }, { day: 20260101 }, { day: today(), more: 1 }, []]) {
    t.match(await reconcile('shenyang', body), { status: 422, body: { code: 'FORM_INVALID' } }, JSON.stringify(body))
  }
})

t.test('the newest of each day is kept, listed, measured and on record', async (t) => {
  const all = await list()
  t.match(all.body, { next: null })
  t.strictSame(
    (all.body['notListing'] as Json[]).map(({ city }) => city),
    ['anshan', 'benxi', 'fushun', 'fuxin', 'liaoyang'],
  )
  const rows = all.body['reconciliations'] as Json[]
  t.strictSame(rows.map(({ city, day }) => `${String(day)} ${String(city)}`).toSorted(), [
    '2020-02-29 shenfu',
    '2020-02-29 shenyang',
    '2020-02-29 tieling',
    `${today()} shenfu`,
    `${today()} shenyang`,
    `${today()} tieling`,
  ])
  const [first] = rows
  t.equal(first?.['day'], today(), 'the newest day first')
  t.strictSame(kinds(await reconcile('shenfu')), ['missing-there'])
  const differing = await list('?outcome=differs')
  t.match(differing.body['reconciliations'], [{ city: 'shenfu', differences: [{ kind: 'missing-there' }] }])

  const paged: string[] = []
  for (let next: string | null = ''; next !== null;) {
    const page: Answer = await list(`?limit=2${next === '' ? '' : `&after=${next}`}`)
    paged.push(...(page.body['reconciliations'] as Json[]).map(({ city, day }) => `${String(day)} ${String(city)}`))
    next = page.body['next'] as string | null
  }
  t.strictSame(
    paged,
    rows.map(({ city, day }) => `${String(day)} ${String(city)}`),
  )

  const metrics = (await call(gateway, 'GET', '/metrics')).text
  t.match(metrics, /^gateway_reconciliation_differences\{city="shenfu",backend="main"\} 1$/m)
  t.match(metrics, /^gateway_reconciliation_differences\{city="shenyang",backend="main"\} 0$/m)
  t.match(metrics, /^gateway_reconciliation_day_timestamp_seconds\{city="shenfu",backend="main"\} 1\d{9}$/m)
  t.match((await records(gateway, { kind: 'reconciled', city: 'shenfu' })).at(-1), {
    actor: { role: 'operator' },
    outcome: 'differs',
    counts: { here: 4, there: 3, agreed: 3, differing: 1 },
  })
  await gateway.kill()
  await gateway.restart()
  t.equal(((await list()).body['reconciliations'] as Json[]).length, 6, 'a crash takes nothing of it')
})

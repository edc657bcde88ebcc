// What a case has yielded as a file, from the city that issued it; and what is to be paid, as data.

import { createHash } from 'node:crypto'
import t from 'tap'
import { advanceCase, type CaseStep } from '../../src/sandbox/control.ts'
import { caseOf } from '../chaos/evidence.ts'
import { call, file, makeSick, records, startGateway, tokenOf, until, type Json } from './harness.ts'

const ITEM = 'mi-remote-care-filing'
const gateway = await startGateway(t, {}, [[/pollMs: \d+/, 'pollMs: 50']])
const clerk = tokenOf(gateway, 'clerk')
const RESULT = { code: 'remote-care-notice', name: '异地就医备案告知单', number: '备〔2026〕000123号' }

async function filed(city: string): Promise<string> {
  const answer = await file(gateway, ITEM, city)
  t.equal(answer.status, 201, answer.text)
  return String(answer.body['caseNo'])
}
const advance = (city: string, caseNo: string, step: CaseStep): Promise<string> =>
  advanceCase(gateway.dataDir, city, `${caseNo}.decide`, step)
const told = (caseNo: string, what: (shown: Json) => boolean): Promise<Json> =>
  until(() => caseOf(gateway, caseNo), what)
const addressOf = (caseNo: string, code = RESULT.code): string => `/v1/cases/${caseNo}/legs/decide/results/${code}`

t.test('a certificate is fetched from its city, whole, on record, and kept nowhere', async (t) => {
  const caseNo = await filed('shenfu')
  t.match(await call(gateway, 'GET', addressOf(caseNo), { token: clerk }), {
    status: 404,
    body: { code: 'RESULT_UNKNOWN', source: 'caller' },
  })
  await advance('shenfu', caseNo, { status: 'completed', results: [RESULT] })
  t.match(await told(caseNo, ({ state }) => state === 'completed'), { news: [{ results: [RESULT] }] })

  for (const token of [clerk, tokenOf(gateway, 'resident')]) {
    const response = await fetch(gateway.address + addressOf(caseNo), { headers: { authorization: `Bearer ${token}` } })
    const bytes = Buffer.from(await response.arrayBuffer())
    t.equal(response.status, 200)
    t.equal(response.headers.get('content-type'), 'application/pdf')
    t.equal(response.headers.get('cache-control'), 'no-store')
    t.match(response.headers.get('content-disposition'), /^attachment; filename="[\w-]+\.pdf"$/)
    const digest = createHash('sha256').update(bytes).digest('base64')
    t.equal(response.headers.get('content-digest'), `sha-256=:${digest}:`)
    t.match(bytes.toString('latin1'), /^%PDF-1\.7[\s\S]*remote-care-notice[\s\S]*%%EOF\n$/)
  }
  const log = await records(gateway, { caseNo })
  const intents = log.filter((record) => record['kind'] === 'forwarded' && record['call'] === 'result')
  t.match(intents, [{ actor: { role: 'clerk' } }, { actor: { role: 'resident' } }])
  for (const { id } of intents) {
    t.match(
      log.filter(({ intent }) => intent === id),
      [{ kind: 'city-answered', outcome: 'found', status: 200 }],
    )
  }
  const other = tokenOf(gateway, 'clerk', { hall: 'hunnan' })
  t.match((await call(gateway, 'GET', addressOf(caseNo), { token: other })).body, { code: 'CASE_UNKNOWN' })
  t.match((await call(gateway, 'GET', addressOf(caseNo, 'another'), { token: clerk })).body, { code: 'RESULT_UNKNOWN' })
})

t.test('a city that is away, garbled, or has no way to says so', async (t) => {
  const caseNo = await filed('shenfu')
  await advance('shenfu', caseNo, { status: 'approved', results: [RESULT] })
  await told(caseNo, ({ state }) => state === 'approved')
  for (const [fault, code] of [
    ['truncated', 'CITY_GARBLED'],
    ['html', 'CITY_GARBLED'],
    ['reset', 'CITY_RESET'],
    ['maintenance', 'CITY_IN_MAINTENANCE'],
  ] as const) {
    await makeSick(gateway, 'shenfu', fault)
    t.match((await call(gateway, 'GET', addressOf(caseNo), { token: clerk })).body, { code, source: 'city' }, fault)
    await makeSick(gateway, 'shenfu', 'off')
  }
  const well = await until(
    () => call(gateway, 'GET', addressOf(caseNo), { token: clerk }),
    ({ status }) => status === 200,
  )
  t.equal(well.status, 200)

  const elsewhere = await filed('shenyang')
  await advance('shenyang', elsewhere, { status: 'completed', results: [RESULT] })
  await told(elsewhere, ({ state }) => state === 'completed')
  t.match(await call(gateway, 'GET', addressOf(elsewhere), { token: clerk }), {
    status: 501,
    body: { code: 'CITY_GIVES_NO_FILE', source: 'city' },
  })
})

t.test('fees are shown as the city tells them, each payment once, as it was told last', async (t) => {
  const fee = { paymentNo: 'JK2026-000417', name: '证照工本费', payee: '市公安局', amountYuan: '20.00' }
  const other = { ...fee, paymentNo: 'JK2026-000418', name: '快递费', amountYuan: '12.50' }
  for (const city of ['shenfu', 'shenyang']) {
    const caseNo = await filed(city)
    t.strictSame((await caseOf(gateway, caseNo))['fees'], [])
    await advance(city, caseNo, { status: 'accepted', fees: [fee, other] })
    const asked = await told(caseNo, ({ fees }) => (fees as Json[]).length > 0)
    const where = { leg: 'decide', city }
    t.strictSame(asked['fees'], [
      { ...fee, ...where, paidAt: null },
      { ...other, ...where, paidAt: null },
    ])
    await advance(city, caseNo, { status: 'reviewing', fees: [{ ...fee, paidAt: '2026-11-24T02:03:04.000Z' }] })
    const paid = await told(caseNo, ({ fees }) => (fees as Json[]).some(({ paidAt }) => paidAt !== null))
    t.strictSame(paid['fees'], [
      { ...fee, ...where, paidAt: '2026-11-24T02:03:04.000Z' },
      { ...other, ...where, paidAt: null },
    ])
    t.notOk('fees' in paid['news'][0], 'in one place')
  }
})

// Whom to telephone about a case, from the window to the city and back.

import t from 'tap'
import { advanceCase } from '../../src/sandbox/control.ts'
import { call, cities, file, startGateway, tokenOf, until, type Answer, type Json } from './harness.ts'

const ITEM = 'mi-remote-care-filing'
const RESIDENT = '210102199003070011'
const gateway = await startGateway(t, {}, [[/pollMs: \d+/, 'pollMs: 50']])
const clerk = tokenOf(gateway, 'clerk')
const resident = tokenOf(gateway, 'resident', { subject: RESIDENT })

const cityOf = (key: string) => cities.find((city) => city.key === key)
const hall = cityOf('shenyang')?.halls[0]
const HALL = {
  kind: 'hall',
  city: 'shenyang',
  hall: `shenyang/${hall?.key}`,
  name: hall?.name,
  telephone: hall?.telephone,
}
const officeOf = (city: string) => ({ kind: 'office', city, hall: null, ...cityOf(city)?.office })

async function heldBy(caseNo: string): Promise<Json> {
  return (await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: clerk })).body['heldBy']
}
const hold = (held: 'open' | null): Promise<Answer> =>
  call(gateway, 'POST', '/v1/operations/lines/benxi/main', {
    token: tokenOf(gateway, 'operator'),
    body: { hold: held, reason: '试一试' },
  })

t.test('the hall holds it until the city has it, and the city’s office through all that follows', async (t) => {
  await hold('open')
  const filed = await file(gateway, ITEM, 'benxi')
  const caseNo = String(filed.body['caseNo'])
  t.strictSame(filed.body['heldBy'], HALL, filed.text)
  t.strictSame(filed.body['legs'][0]['heldBy'], HALL)
  const own = await file(gateway, ITEM, 'benxi', { token: resident })
  t.match(own.body['heldBy'], { kind: 'help-desk', city: null, telephone: /./ }, own.text)

  await hold(null)
  const office = await until(
    () => heldBy(caseNo),
    ({ kind }) => kind === 'office',
  )
  t.strictSame(office, officeOf('benxi'))
  const reference = `${caseNo}.${String(filed.body['legs'][0]['leg'])}`
  for (const [status, shown] of [
    ['accepted', 'accepted'],
    ['reviewing', 'in-review'],
    ['approved', 'approved'],
    ['completed', 'completed'],
  ] as const) {
    await advanceCase(gateway.dataDir, 'benxi', reference, { status })
    await until(
      async () => (await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: clerk })).body['state'],
      (state) => state === shown,
    )
    t.strictSame(await heldBy(caseNo), officeOf('benxi'), status)
  }
})

t.test('what is taken back unsent is with the hall', async (t) => {
  await hold('open')
  const caseNo = String((await file(gateway, ITEM, 'benxi')).body['caseNo'])
  const undone = await call(gateway, 'POST', `/v1/cases/${caseNo}/withdrawal`, {
    token: clerk,
    body: {},
    headers: { 'idempotency-key': crypto.randomUUID() },
  })
  t.match(undone, { status: 201, body: { state: 'withdrawn', heldBy: HALL } }, undone.text)
  await hold(null)
})

t.test('of a joint case each leg has its own', async (t) => {
  const filed = await file(gateway, 'hf-purchase-withdrawal', 'fushun')
  t.equal(filed.status, 201, filed.text)
  const { body } = await call(gateway, 'GET', `/v1/cases/${String(filed.body['caseNo'])}`, { token: clerk })
  const holders = (body['legs'] as Json[]).map(({ city, heldBy: { kind, city: with_ } }) => ({ city, kind, with_ }))
  t.equal(holders.length, 2)
  t.match(holders[0], { kind: 'office', with_: holders[0]?.city })
  t.ok(['office', 'hall'].includes(String(body['heldBy']['kind'])))
})

t.test('the list of cities names halls and offices with their numbers', async (t) => {
  const { body } = await call(gateway, 'GET', '/v1/cities')
  for (const city of body['cities'] as Json[]) {
    t.match(city, { office: cityOf(String(city['key']))?.office, halls: cityOf(String(city['key']))?.halls })
  }
})

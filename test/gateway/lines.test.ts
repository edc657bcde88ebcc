// What operators see of the lines and decide about them, through the whole gateway.

import t from 'tap'
import {
  ask,
  call,
  file,
  makeSick,
  records,
  startGateway,
  tokenOf,
  until,
  type Json,
  type RunningGateway,
} from './harness.ts'

const QUERY = 'hf-account-loan-query'
const ITEM = 'mi-remote-care-filing'
const CITY = 'shenyang'

const lineOf = async (gateway: RunningGateway, city: string): Promise<Json> => {
  const { body } = await call(gateway, 'GET', '/v1/operations/lines', { token: tokenOf(gateway, 'operator') })
  return (body['lines'] as Json[]).find((line) => line['city'] === city) ?? {}
}

const hold = (gateway: RunningGateway, city: string, body: Json) =>
  call(gateway, 'POST', `/v1/operations/lines/${city}/main`, { token: tokenOf(gateway, 'operator'), body })

t.test('a line that is held open sends nothing, keeps what is filed, and outlives a restart', async (t) => {
  const gateway = await startGateway(t)
  t.match(await lineOf(gateway, CITY), { backend: 'main', state: 'closed', hold: null, reason: null })
  const held = await hold(gateway, CITY, { hold: 'open', reason: '对方通知今晚割接' })
  t.equal(held.status, 200, held.text)
  const shown = { state: 'held', hold: { as: 'open', reason: '对方通知今晚割接' } }
  t.match(held.body, shown)

  const asked = await ask(gateway, QUERY, CITY)
  t.equal(asked.status, 503)
  t.match(asked.body, { code: 'CITY_LINE_HELD', source: 'gateway', city: CITY })
  const filed = await file(gateway, ITEM, CITY)
  t.equal(filed.status, 202, filed.text)
  t.match(filed.body, { delivery: 'stored' })
  t.equal((await ask(gateway, QUERY, 'shenfu')).status, 200, 'other cities go on')

  await gateway.kill()
  await gateway.restart()
  t.match(await lineOf(gateway, CITY), shown)
  t.equal((await ask(gateway, QUERY, CITY)).status, 503)

  t.equal((await hold(gateway, CITY, { hold: null, reason: '割接已完成' })).status, 200)
  t.match(await lineOf(gateway, CITY), { state: 'closed', hold: null })
  const caseNo = String(filed.body['caseNo'])
  const clerk = tokenOf(gateway, 'clerk')
  const brought = await until(
    () => call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: clerk }),
    ({ body }) => body['delivery'] === 'delivered',
  )
  t.match(brought.body, { delivery: 'delivered' })
  const [first, second] = await records(gateway, { kind: 'line-held' })
  t.match(first, { outcome: 'held-open', city: CITY, actor: { role: 'operator' } })
  t.match(second, { outcome: 'lifted', city: CITY })
  t.notMatch(JSON.stringify([first, second]), '割接', 'what the operator typed is in no leaf')
})

t.test('a city whose clock is off is named', async (t) => {
  const gateway = await startGateway(t)
  t.equal((await ask(gateway, QUERY, CITY)).status, 200)
  const well = Number((await lineOf(gateway, CITY))['clockSkewMs'])
  t.ok(Math.abs(well) < 3000, String(well))
  await makeSick(gateway, CITY, 'clock-skew')
  const skewed = await until(
    async () => {
      // It refuses what is ten minutes old by its clock.
      t.match((await ask(gateway, QUERY, CITY)).body, { code: 'CITY_SIGNATURE_REFUSED' })
      return Number((await lineOf(gateway, CITY))['clockSkewMs'])
    },
    (skew) => skew > 590_000,
  )
  t.ok(skewed > 590_000 && skewed < 610_000, String(skewed))
  const metrics = await fetch(`${gateway.address}/metrics`)
  t.match(await metrics.text(), /gateway_line_clock_skew_seconds\{city="shenyang",backend="main"\} (59\d|60\d)/)
})

t.test('a decision about a line must be one, with a reason that names nobody', async (t) => {
  const gateway = await startGateway(t)
  const refused: readonly (readonly [Json, string])[] = [
    [{ hold: 'open' }, '/reason'],
    [{ hold: 'open', reason: ' ' }, '/reason'],
    [{ hold: 'open', reason: 'x'.repeat(201) }, '/reason'],
    [{ hold: 'open', reason: '李某 210102 19900307 0011 投诉' }, '/reason'],
    [{ hold: 'open', reason: '致电13800000000' }, '/reason'],
    [{ hold: 'half-open', reason: '试' }, '/hold'],
    [{ reason: '试' }, '/hold'],
    [{ hold: null, reason: '试', until: '2027' }, '/until'],
  ]
  for (const [body, pointer] of refused) {
    const answer = await hold(gateway, CITY, body)
    t.equal(answer.status, 422, answer.text)
    t.match(answer.body, { code: 'FORM_INVALID', errors: [{ pointer }] })
  }
  t.match(await lineOf(gateway, CITY), { state: 'closed', hold: null }, 'nothing of it was done')
  t.match((await hold(gateway, 'nowhere', { hold: null, reason: '试' })).body, { code: 'LINE_UNKNOWN' })
})

t.test('a city in its maintenance window is sent nothing, and what is filed waits', async (t) => {
  // The city's plan has it down on every day but for one minute, which is not this one.
  const minute = (offset: number): string => new Date(Date.now() + (480 + offset) * 60_000).toISOString().slice(11, 16)
  const window = `{ days: [1, 2, 3, 4, 5, 6, 7], from: '${minute(-300)}', until: '${minute(300)}' }`
  const gateway = await startGateway(t, {}, [[/(\n {4}breaker:\n)/, `\n    maintenance: [${window}]$1`]])
  const line = await lineOf(gateway, CITY)
  t.match(line, { state: 'held', hold: null })
  const until = Date.parse(String(line['maintenanceUntil'])) - Date.now()
  t.ok(until > 298 * 60_000 && until <= 300 * 60_000, String(line['maintenanceUntil']))
  const asked = await ask(gateway, QUERY, CITY)
  t.equal(asked.status, 503)
  t.match(asked.body, { code: 'CITY_IN_MAINTENANCE', source: 'city' })
  t.ok(Number(asked.headers.get('retry-after')) > 298 * 60)
  t.match((await file(gateway, ITEM, CITY)).body, { delivery: 'stored' })
  // An operator who knows better can let calls out all the same.
  t.equal((await hold(gateway, CITY, { hold: 'closed', reason: '对方已提前恢复' })).status, 200)
  t.equal((await ask(gateway, QUERY, CITY)).status, 200)
})

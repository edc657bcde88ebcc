// A city returns what is not its own, and the clerk has it brought to the right one, through the whole gateway.

import t from 'tap'
import { advanceCase } from '../../src/sandbox/control.ts'
import { caseOf } from '../chaos/evidence.ts'
import { ITEM, PATIENT } from './fault-table.ts'
import {
  call,
  file,
  makeSick,
  receivedBy,
  records,
  sample,
  startGateway,
  tokenOf,
  until,
  type Answer,
  type Json,
} from './harness.ts'

const gateway = await startGateway(t, {}, [
  [/deadlineMs: 900/, 'deadlineMs: 10000'],
  [/pollMs: \d+/, 'pollMs: 50'],
])
const clerk = tokenOf(gateway, 'clerk')

const act = (caseNo: string, what: string, body: object, key: string = crypto.randomUUID()): Promise<Answer> =>
  call(gateway, 'POST', `/v1/cases/${caseNo}/${what}`, {
    token: clerk,
    body,
    headers: { 'idempotency-key': key, ...PATIENT.headers },
  })

/** Files it in `city`, which returns it with these points. */
async function returned(
  city: string,
  points: readonly { readonly code: string | null; readonly message: string }[],
): Promise<Json> {
  const filed = await file(gateway, ITEM, city, PATIENT)
  if (filed.status !== 201) throw new Error(filed.text)
  const caseNo = String(filed.body['caseNo'])
  const [leg] = filed.body['legs'] as Json[]
  await advanceCase(gateway.dataDir, city, `${caseNo}.${leg?.['leg']}`, { status: 'returned', points })
  return until(
    () => caseOf(gateway, caseNo),
    ({ state }) => state === 'returned',
  )
}

t.test('the right city is named by the one that returns it, and gets the same application', async (t) => {
  for (const [from, code, to] of [
    ['shenyang', '210500', 'benxi'],
    ['fushun', '210900', 'fuxin'],
    ['liaoyang', '210300', 'anshan'],
    ['shenfu', '211200', 'tieling'],
  ] as const) {
    const found = await returned(from, [{ code, message: '不属本部门管辖' }])
    const caseNo = String(found['caseNo'])
    t.match(found, { state: 'returned', legs: [{ state: 'returned', reasons: [{ code }] }] }, from)
    const key = crypto.randomUUID()
    const rerouted = await act(caseNo, 'rerouting', { reason: '按退回意见改派' }, key)
    t.equal(rerouted.status, 201, rerouted.text)
    const [first, second] = rerouted.body['legs'] as Json[]
    t.match(rerouted.body, { competentCity: to, delivery: 'delivered', reasons: [] })
    t.match(first, { city: from, state: 'returned', replacedBy: second?.['leg'], backendCaseNo: /./ })
    t.match(second, { leg: `${first?.['leg']}-r2`, city: to, delivery: 'delivered', replacedBy: null })
    t.match(rerouted.body['reroutings'], [
      { by: 'clerk', from: { city: from }, to: { city: to, leg: second?.['leg'] }, reason: '按退回意见改派' },
    ])
    const events = rerouted.body['events'] as Json[]
    t.match(
      events.find(({ event }) => event === 'reroute'),
      { by: 'clerk', city: to, leg: second?.['leg'], state: 'collected' },
    )
    t.equal((await receivedBy(gateway, from, caseNo)).length, 1)
    t.equal((await receivedBy(gateway, to, caseNo)).length, 1)
    t.equal(
      (await act(caseNo, 'rerouting', { reason: '按退回意见改派' }, key)).headers.get('idempotency-replayed'),
      'true',
    )
    t.match(
      await act(caseNo, 'rerouting', { city: 'fuxin', reason: '再改' }),
      { status: 409 },
      'it was not returned again',
    )
    const log = await records(gateway, { caseNo })
    t.match(
      log.find(({ kind, outcome }) => kind === 'case-acted' && outcome === 'rerouting'),
      { city: to, routeRule: `rerouted from=${from}` },
    )
    t.notOk(JSON.stringify(log).includes('按退回意见'), 'the reason is in no record')
  }
})

t.test('its new city takes it on, to the end, and its old one no more', async (t) => {
  const found = await returned('fushun', [])
  const caseNo = String(found['caseNo'])
  const leg = String(found['legs'][0]['leg'])
  for (const [body, pointer] of [
    [{ reason: '改派' }, '/city'],
    [{ reason: '改派', city: 'fushun' }, '/city'],
    [{ reason: '改派', city: 'nowhere' }, '/city'],
    [{ city: 'benxi' }, '/reason'],
    [{ city: 'benxi', reason: ' ' }, '/reason'],
    [{ city: 'benxi', reason: '改派', leg }, '/leg'],
  ] as const) {
    const refused = await act(caseNo, 'rerouting', body)
    t.match(refused, { status: 422, body: { code: 'FORM_INVALID', errors: [{ pointer }] } }, refused.text)
  }
  const resident = tokenOf(gateway, 'resident')
  t.match(
    await call(gateway, 'POST', `/v1/cases/${caseNo}/rerouting`, {
      token: resident,
      body: { city: 'benxi', reason: '改派' },
      headers: { 'idempotency-key': 'r' },
    }),
    { status: 403 },
  )
  t.equal((await act(caseNo, 'rerouting', { city: 'benxi', reason: '参保地在本溪' })).status, 201)
  const begun = await caseOf(gateway, caseNo)
  t.match(begun['legs'][1], { clock: { noticeBy: { workingDays: 5 }, stoppedSince: null } }, 'its clock has begun')
  t.equal(begun['legs'][0]['clock'], null)

  await advanceCase(gateway.dataDir, 'fushun', `${caseNo}.${leg}`, { status: 'accepted' })
  await advanceCase(gateway.dataDir, 'benxi', `${caseNo}.${leg}-r2`, { status: 'correction' })
  const asked = await until(
    () => caseOf(gateway, caseNo),
    ({ state, news }) => state === 'correction-required' && news.length === 3,
  )
  t.match(asked, { state: 'correction-required', legs: [{ state: 'returned' }, { state: 'correction-required' }] })
  t.match(
    (asked['news'] as Json[]).find(({ city, state }) => city === 'fushun' && state === 'accepted'),
    { kept: 'illegal' },
  )
  const corrected = await act(caseNo, 'corrections', sample(ITEM, 'fushun'))
  t.equal(corrected.status, 201, corrected.text)
  for (const status of ['accepted', 'approved', 'completed'] as const) {
    await advanceCase(gateway.dataDir, 'benxi', `${caseNo}.${leg}-r2`, { status })
  }
  const done = await until(
    () => caseOf(gateway, caseNo),
    ({ state }) => state === 'completed',
  )
  t.match(done, {
    state: 'completed',
    competentCity: 'benxi',
    legs: [
      { city: 'fushun', state: 'returned' },
      { city: 'benxi', state: 'completed' },
    ],
  })
})

t.test('a rerouting that does not arrive at once is kept, over a crash, and done once', async (t) => {
  const found = await returned('fushun', [])
  const caseNo = String(found['caseNo'])
  await makeSick(gateway, 'anshan', 'hang-after')
  const cut = act(caseNo, 'rerouting', { city: 'anshan', reason: '改派' }).catch(() => null)
  await until(
    () => records(gateway, { caseNo, kind: 'forwarded', city: 'anshan' }),
    (sent) => sent.length > 0,
  )
  await until(
    () => receivedBy(gateway, 'anshan', caseNo),
    (there) => there.length > 0,
  )
  await gateway.kill()
  await cut
  await makeSick(gateway, 'anshan', 'off')
  await gateway.restart()
  const brought = await until(
    () => caseOf(gateway, caseNo),
    ({ delivery }) => delivery === 'delivered',
    60_000,
  )
  t.match(brought, { delivery: 'delivered', competentCity: 'anshan', state: 'pre-accepted' })
  t.equal((await receivedBy(gateway, 'anshan', caseNo)).length, 1)
})

t.test('what is returned a second time is rerouted again, to the first city too', async (t) => {
  const found = await returned('fushun', [])
  const caseNo = String(found['caseNo'])
  const leg = String(found['legs'][0]['leg'])
  t.equal((await act(caseNo, 'rerouting', { city: 'benxi', reason: '改派' })).status, 201)
  await advanceCase(gateway.dataDir, 'benxi', `${caseNo}.${leg}-r2`, { status: 'returned' })
  await until(
    () => caseOf(gateway, caseNo),
    ({ state }) => state === 'returned',
  )
  const back = await act(caseNo, 'rerouting', { city: 'fushun', reason: '确属抚顺' })
  t.equal(back.status, 201, back.text)
  t.match(back.body, {
    competentCity: 'fushun',
    state: 'pre-accepted',
    legs: [
      { replacedBy: `${leg}-r3` },
      { replacedBy: `${leg}-r3` },
      { leg: `${leg}-r3`, city: 'fushun', replacedBy: null },
    ],
  })
  t.equal((await receivedBy(gateway, 'fushun', caseNo)).length, 2, 'two routes, two references')
})

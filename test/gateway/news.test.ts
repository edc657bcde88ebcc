// What cities tell of their cases reaches those who follow them: pushed by one, asked of another, in any order, once.

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { advanceCase, type CaseStatus } from '../../src/sandbox/control.ts'
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
  type Json,
  type RunningGateway,
} from './harness.ts'

const ITEM = 'mi-remote-care-filing'
/** Each by its own way: one calls us, the other is asked. */
const CITIES = ['shenyang', 'fushun', 'anshan', 'benxi', 'fuxin', 'liaoyang', 'tieling', 'shenfu'] as const

/** These call us. */
const PUSHING: ReadonlySet<string> = new Set(['shenyang', 'liaoyang', 'shenfu'])

const LIFE: readonly (readonly [CaseStatus, string])[] = [
  ['accepted', 'accepted'],
  ['correction', 'correction-required'],
  ['reviewing', 'in-review'],
  ['suspended', 'suspended'],
  ['approved', 'approved'],
  ['completed', 'completed'],
  ['delivered', 'delivered'],
]

/** Our states in the order in which the city tells them; Fuxin's and Tieling's first news is that they have entered it. */
const toldBy = (city: string): readonly string[] => [
  ...(city === 'fuxin' || city === 'tieling' ? ['pre-accepted'] : []),
  ...LIFE.map(([, state]) => state),
]

const gateway = await startGateway(t, {}, [[/pollMs: \d+/, 'pollMs: 50']])

async function caseOf(running: RunningGateway, caseNo: string): Promise<Json> {
  return (await call(running, 'GET', `/v1/cases/${caseNo}`, { token: tokenOf(running, 'clerk') })).body
}

async function filed(t: Test, city: string, item = ITEM): Promise<string> {
  const answer = await file(gateway, item, city)
  t.ok(answer.status === 201 || answer.status === 202, answer.text)
  const caseNo = String(answer.body['caseNo'])
  // The first call to a city may take longer than the short deadline of the tests; the courier sees to it then.
  if (answer.status === 202) {
    await until(
      () => caseOf(gateway, caseNo),
      ({ legs }) => legs[0]['delivery'] === 'delivered',
    )
  }
  return caseNo
}

const legOf = (found: Json, place = 0): string => String(found['legs'][place]['leg'])

for (const city of CITIES) {
  t.test(`a case's whole life in ${city} is seen here`, async (t) => {
    const caseNo = await filed(t, city)
    const reference = `${caseNo}.${legOf(await caseOf(gateway, caseNo))}`
    for (const [status, state] of LIFE) {
      const words =
        status === 'correction'
          ? { remark: '请补正', points: [{ code: 'id-card', message: '身份证照片不清' }] }
          : status === 'completed'
            ? { results: [{ code: 'filing', name: '备案回执', number: `HZ-${city}-1` }] }
            : {}
      await advanceCase(gateway.dataDir, city, reference, { status, ...words })
      const seen = await until(
        () => caseOf(gateway, caseNo),
        (found) => found['state'] === state,
      )
      t.equal(seen['state'], state, `${city} ${status}`)
      const told = seen['news'].at(-1) as Json
      t.match(told, { state, city })
      if (status === 'correction') {
        t.match(told, { remark: '请补正', reasons: [{ code: 'id-card', message: '身份证照片不清' }] })
        t.match(seen['reasons'], [{ message: '身份证照片不清' }])
      }
      if (status === 'completed')
        t.strictSame(told['results'], [{ code: 'filing', name: '备案回执', number: `HZ-${city}-1` }])
    }
    const whole = await caseOf(gateway, caseNo)
    t.strictSame(
      (whole['news'] as Json[]).map(({ state }) => state as string),
      toldBy(city),
    )
    const found = (await records(gateway, { kind: 'city-news', caseNo })).map(({ outcome }) => outcome as string)
    t.equal(found.filter((outcome) => outcome === 'new').length, toldBy(city).length, 'each event has its record')
  })

  if (!PUSHING.has(city)) {
    t.test(`${city} may have forgotten how far it told us: it is asked from the beginning`, async (t) => {
      const caseNo = await filed(t, city)
      const store = new DatabaseSync(join(gateway.dataDir, 'store.sqlite'), { timeout: 10_000 })
      t.teardown(() => store.close())
      const { changes } = store
        .prepare("UPDATE news_cursors SET cursor = 'bm9ib2R5cw' WHERE source LIKE ?")
        .run(`${city}/%`)
      t.ok(Number(changes) > 0, 'a cursor was kept')
      const reference = `${caseNo}.${legOf(await caseOf(gateway, caseNo))}`
      await advanceCase(gateway.dataDir, city, reference, { status: 'reviewing' })
      const seen = await until(
        () => caseOf(gateway, caseNo),
        (found) => found['state'] === 'in-review',
      )
      t.equal(seen['state'], 'in-review')
    })
  }

  t.test(`${city} may tell everything twice, and the newest first`, async (t) => {
    for (const fault of ['duplicate-news', 'shuffled-news'] as const) {
      await makeSick(gateway, city, fault)
      const caseNo = await filed(t, city)
      const reference = `${caseNo}.${legOf(await caseOf(gateway, caseNo))}`
      for (const [status] of LIFE) await advanceCase(gateway.dataDir, city, reference, { status })
      const seen = await until(
        () => caseOf(gateway, caseNo),
        (found) => (found['news'] as Json[]).length === toldBy(city).length,
      )
      t.equal(seen['state'], 'delivered', fault)
      t.strictSame(
        (seen['news'] as Json[]).map(({ state }) => state as string).toSorted(),
        toldBy(city).toSorted(),
        fault,
      )
      await makeSick(gateway, city, 'off')
    }
  })
}

const BLOCKED = '21010219750505002X'

t.test('a ticket of tieling is no case yet: its number comes, or a refusal does', async (t) => {
  const answer = await file(gateway, ITEM, 'tieling')
  t.match(answer, { status: 201, body: { state: 'collected', delivery: 'delivered' } }, answer.text)
  t.match(answer.body['legs'], [{ delivery: 'delivered', backendCaseNo: null, cityStatus: 'queued' }])
  const entered = await until(
    () => caseOf(gateway, String(answer.body['caseNo'])),
    (found) => found['state'] !== 'collected',
  )
  t.match(entered, { state: 'pre-accepted', news: [{ cityStatus: 'registered', state: 'pre-accepted' }] })
  t.match(entered['legs'], [{ backendCaseNo: /^211200-\d{4}-\d{6}$/, cityStatus: 'registered' }])

  const body = sample(ITEM, 'tieling')
  const blocked = { ...body, applicant: { ...body.applicant, certNo: BLOCKED } as typeof body.applicant }
  const filed = await file(gateway, ITEM, 'tieling', { body: blocked })
  t.match(filed, { status: 201, body: { state: 'collected', delivery: 'delivered', reasons: [] } }, filed.text)
  const refused = await until(
    () => caseOf(gateway, String(filed.body['caseNo'])),
    (found) => found['state'] !== 'collected',
  )
  t.match(refused, { state: 'refused', reasons: [{ code: 'applicant_blocked' }] })
  t.match(refused['legs'], [{ delivery: 'refused', backendCaseNo: null, cityStatus: 'not_accepted' }])
})

t.test('the leg after one in tieling starts with its number, never with its ticket', async (t) => {
  const item = 'ps-hukou-transfer-spouse'
  const body = sample(item, 'tieling')
  const form = { ...body.form, origin: { ...(body.form['origin'] as Json), division: '210402' } }
  const answer = await file(gateway, item, 'tieling', { body: { ...body, form } })
  t.equal(answer.status, 201, answer.text)
  t.match(answer.body['legs'], [
    { city: 'tieling', delivery: 'delivered', backendCaseNo: null },
    { city: 'fushun', delivery: 'waiting' },
  ])
  const caseNo = String(answer.body['caseNo'])
  await until(
    () => caseOf(gateway, caseNo),
    (found) => found['legs'][0]['backendCaseNo'] !== null,
  )
  await advanceCase(gateway.dataDir, 'tieling', `${caseNo}.${legOf(answer.body)}`, { status: 'approved' })
  const both = await until(
    () => caseOf(gateway, caseNo),
    (found) => found['legs'][1]['delivery'] === 'delivered',
  )
  t.match(both['legs'][0], { backendCaseNo: /^211200-\d{4}-\d{6}$/ })
  t.match(await receivedBy(gateway, 'fushun', caseNo), [{ related: { caseNo: both['legs'][0]['backendCaseNo'] } }])
})

t.test('a call in a city’s name without its signature changes nothing and is counted', async (t) => {
  const caseNo = await filed(t, 'shenyang')
  const reference = `${caseNo}.${legOf(await caseOf(gateway, caseNo))}`
  const body = JSON.stringify({
    event_id: 'forged',
    project_no: reference,
    accept_no: '210100-2026-999999',
    event_seq: 1,
    event_time: '2026-11-22 19:00:00',
    status: '8',
  })
  const headers = {
    'content-type': 'application/json',
    gjgxjhpt_rid: 'SY-210100',
    gjgxjhpt_sid: 'SY-NOTIFY-0001',
    gjgxjhpt_rtime: String(Date.now()),
    gjgxjhpt_sign: 'KRQ48E1WgmxUZemOqjP6IB6ZzekDIcvPtmRqAkBWeh0=',
  }
  const answer = await fetch(`${gateway.address}/v1/cities/shenyang/events`, { method: 'POST', headers, body })
  t.match(await answer.json(), { code: '4010' }, 'in the city’s own style')
  t.match(await caseOf(gateway, caseNo), { state: 'pre-accepted', news: [] })
  const counted = await until(
    () => records(gateway, { kind: 'tokens-refused' }),
    (found) => found.some(({ counts }) => (counts as Json)['CITY_EVENT_UNSIGNED'] === 1),
  )
  t.ok(counted.some(({ counts }) => (counts as Json)['CITY_EVENT_UNSIGNED'] === 1))
  const nowhere = await fetch(`${gateway.address}/v1/cities/fushun/events`, { method: 'POST', headers, body })
  t.equal(nowhere.status, 404, 'a city that is asked has no such address')
})

t.test('a leg that needs the one before to be completed starts when that is told', async (t) => {
  const item = 'ss-employee-pension-transfer'
  const body = sample(item, 'fushun')
  // From Shenyang to Fushun, which both tell what they do.
  const form = { ...body.form, origin: { ...(body.form['origin'] as Json), division: '210102' } }
  const answer = await call(gateway, 'POST', `/v1/items/${item}/applications`, {
    token: tokenOf(gateway, 'clerk'),
    headers: { 'idempotency-key': 'transfer' },
    body: { ...body, form },
  })
  t.equal(answer.status, 201, answer.text)
  const caseNo = String(answer.body['caseNo'])
  t.match(answer.body['legs'], [{ city: 'fushun' }, { delivery: 'waiting' }, { delivery: 'waiting' }])
  await advanceCase(gateway.dataDir, 'fushun', `${caseNo}.destination`, {
    status: 'approved',
    results: [{ code: 'transfer-letter', name: '联系函', number: '抚社转〔2026〕1号' }],
  })
  const start = await until(
    () => caseOf(gateway, caseNo),
    (found) => found['legs'][1]['delivery'] === 'delivered',
  )
  t.match(start['legs'], [{ delivery: 'delivered' }, { delivery: 'delivered' }, { delivery: 'waiting' }])
  const [there] = await receivedBy(gateway, 'shenyang', caseNo)
  t.match(there?.related, { results: [{ code: 'transfer-letter', number: '抚社转〔2026〕1号' }] }, 'with the letter')
  const origin = start['legs'][1] as Json
  const reference = `${caseNo}.${String(origin['leg'])}`
  await advanceCase(gateway.dataDir, String(origin['city']), reference, { status: 'accepted' })
  await advanceCase(gateway.dataDir, String(origin['city']), reference, { status: 'completed' })
  const done = await until(
    () => caseOf(gateway, caseNo),
    (found) => found['legs'][2]['delivery'] === 'delivered',
  )
  t.match(done['legs'][2], { delivery: 'delivered' })
})

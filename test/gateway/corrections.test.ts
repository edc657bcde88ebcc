// Corrections and withdrawals reach their cities in those cities' own words: once, in order, again where nobody knows.

import t from 'tap'
import { advanceCase } from '../../src/sandbox/control.ts'
import {
  call,
  file,
  makeSick,
  records,
  sample,
  startGateway,
  tokenOf,
  until,
  type Answer,
  type Json,
} from './harness.ts'

const ITEM = 'mi-remote-care-filing'
/** Some of the eight, each in its own protocol. */
const CITIES = ['shenfu', 'benxi', 'fuxin', 'anshan'] as const

const gateway = await startGateway(t, {}, [[/pollMs: \d+/, 'pollMs: 50']])
const clerk = tokenOf(gateway, 'clerk')

const act = (caseNo: string, what: string, body: object, headers: Record<string, string> = {}): Promise<Answer> =>
  call(gateway, 'POST', `/v1/cases/${caseNo}/${what}`, {
    token: clerk,
    body,
    headers: { 'idempotency-key': crypto.randomUUID(), ...headers },
  })

async function caseOf(caseNo: string): Promise<Json> {
  return (await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: clerk })).body
}

const inState = (caseNo: string, state: string): Promise<Json> =>
  until(
    () => caseOf(caseNo),
    (found) => found['state'] === state,
  )

async function atCorrection(city: string): Promise<string> {
  const filed = await until(
    () => file(gateway, ITEM, city),
    ({ status }) => status < 300,
  )
  const caseNo = String(filed.body['caseNo'])
  const delivered = await until(
    () => caseOf(caseNo),
    (found) => found['delivery'] === 'delivered',
  )
  const reference = `${caseNo}.${String(delivered['legs'][0]['leg'])}`
  const points = [{ code: 'id-document', message: '身份证照片不清' }]
  await advanceCase(gateway.dataDir, city, reference, { status: 'correction', points })
  t.match(await inState(caseNo, 'correction-required'), { reasons: [{ message: '身份证照片不清' }] })
  return caseNo
}

for (const city of CITIES) {
  t.test(`${city} is brought what it has asked for, and may be asked to give the case back`, async (t) => {
    const caseNo = await atCorrection(city)
    const other = { ...sample(ITEM, 'liaoyang') }
    t.match(await act(caseNo, 'corrections', other), {
      status: 422,
      body: { code: 'FORM_INVALID', errors: [{ rule: 'const' }] },
    })
    const corrected = await act(caseNo, 'corrections', sample(ITEM, city), { prefer: 'wait=20' })
    t.match(
      corrected,
      { status: 201, body: { corrections: [{ correctionNo: 1, delivery: 'delivered', city }] } },
      corrected.text,
    )
    t.not((await caseOf(caseNo))['state'], 'correction-required')
    const withdrawn = await act(caseNo, 'withdrawal', { reason: '不再需要' }, { prefer: 'wait=20' })
    t.match(
      withdrawn,
      { status: 201, body: { state: 'withdrawn', withdrawal: { messages: [{ delivery: 'delivered' }] } } },
      withdrawn.text,
    )
    const log = await until(
      () => records(gateway, { caseNo }).catch(() => []),
      (found) => found.length > 0,
    )
    const calls = log.filter(({ kind }) => kind === 'forwarded').map((record) => String(record['call']))
    t.strictSame(
      calls.filter((one) => one === 'correct' || one === 'withdraw'),
      ['correct', 'withdraw'],
    )
    t.notOk(JSON.stringify(log).includes('不再需要'))
  })
}

t.test('a correction whose answer is lost is sent again, and taken once', async (t) => {
  const caseNo = await atCorrection('benxi')
  await makeSick(gateway, 'benxi', 'reset-after')
  const first = await act(caseNo, 'corrections', sample(ITEM, 'benxi'))
  t.match(first, { status: 202, body: { corrections: [{ correctionNo: 1 }] } }, first.text)
  await makeSick(gateway, 'benxi', 'off')
  const seen = await until(
    () => caseOf(caseNo),
    (found) => found['corrections'][0]['delivery'] === 'delivered',
  )
  t.match(seen['corrections'], [{ correctionNo: 1, delivery: 'delivered' }])
  t.not(seen['state'], 'correction-required')
})

t.test('a correction that cannot be sent waits, and a withdrawal waits behind it', async (t) => {
  const caseNo = await atCorrection('benxi')
  await makeSick(gateway, 'benxi', 'refuse-connect')
  t.match(await act(caseNo, 'corrections', sample(ITEM, 'benxi')), { status: 202 })
  t.match(await act(caseNo, 'withdrawal', {}), { status: 202 })
  await makeSick(gateway, 'benxi', 'off')
  const seen = await inState(caseNo, 'withdrawn')
  t.match(seen, { corrections: [{ delivery: 'delivered' }], withdrawal: { messages: [{ delivery: 'delivered' }] } })
  const events = (seen['events'] as Json[]).map(({ event }) => String(event))
  t.ok(events.indexOf('correction-taken') < events.indexOf('withdraw'))
})

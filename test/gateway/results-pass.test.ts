// Joint items: what the city of one leg has issued arrives in the next one's, in each protocol; and a leg that fails undoes another.

import t, { type Test } from 'tap'
import { advanceCase } from '../../src/sandbox/control.ts'
import { caseOf } from '../chaos/evidence.ts'
import { CITIES, PATIENT } from './fault-table.ts'
import { cities, file, receivedBy, records, sample, startGateway, until, type Json } from './harness.ts'

const TRANSFER = 'ps-hukou-transfer-spouse'
const RESULTS = [
  { code: 'move-in-permit', name: '准迁证', number: '辽准迁字2026第000123号' },
  { code: 'note', name: '随迁人员说明 <2>', number: '2' },
]

const gateway = await startGateway(t, {}, [
  [/deadlineMs: 900/, 'deadlineMs: 10000'],
  [/pollMs: \d+/, 'pollMs: 50'],
])

const divisionOf = (city: string): string =>
  cities.find(({ key }) => key === city)?.routingCodes['division']?.find((code) => code.length === 6) ?? ''

async function transfer(t: Test, destination: string, origin: string): Promise<Json> {
  const body = sample(TRANSFER, destination)
  const form = { ...body.form, origin: { ...(body.form['origin'] as Json), division: divisionOf(origin) } }
  const filed = await file(gateway, TRANSFER, destination, { ...PATIENT, body: { ...body, form } })
  t.equal(filed.status, 201, filed.text)
  t.match(filed.body['legs'], [{ city: destination }, { city: origin, delivery: 'waiting' }])
  return until(
    () => caseOf(gateway, String(filed.body['caseNo'])),
    ({ legs }) => legs[0].backendCaseNo !== null,
  )
}

t.test('the permit of the place moved to arrives in the place moved from', async (t) => {
  for (const origin of CITIES) {
    const destination = origin === 'shenyang' ? 'fushun' : 'shenyang'
    const begun = await transfer(t, destination, origin)
    const caseNo = String(begun['caseNo'])
    const [first, second] = begun['legs'] as Json[]
    const reference = `${caseNo}.${first?.['leg']}`
    await advanceCase(gateway.dataDir, destination, reference, { status: 'accepted' })
    await until(
      () => caseOf(gateway, caseNo),
      ({ state }) => state === 'accepted',
    )
    t.match((await caseOf(gateway, caseNo))['legs'][1], { delivery: 'waiting' }, 'accepted is not approved')
    await advanceCase(gateway.dataDir, destination, reference, { status: 'approved', results: RESULTS })
    const both = await until(
      () => caseOf(gateway, caseNo),
      ({ legs }) => legs[1].delivery === 'delivered',
    )
    t.match(both['legs'][1], { delivery: 'delivered' }, `${origin}: ${JSON.stringify(both['legs'][1])}`)
    const [there] = await receivedBy(gateway, String(second?.['city']), caseNo)
    t.strictSame(there?.related, { caseNo: first?.['backendCaseNo'], results: RESULTS }, origin)
    const log = JSON.stringify(await records(gateway, { caseNo }))
    t.notOk(log.includes('辽准迁字'), 'no number is in the log')
  }
})

t.test('a purchase that is not verified undoes the withdrawal that was begun', async (t) => {
  const filed = await file(gateway, 'hf-purchase-withdrawal', 'fushun', PATIENT)
  t.equal(filed.status, 201, filed.text)
  const caseNo = String(filed.body['caseNo'])
  const begun = await until(
    () => caseOf(gateway, caseNo),
    ({ legs }) => legs[1].delivery === 'delivered',
  )
  const [verify, decide] = begun['legs'] as Json[]
  t.match(decide, { city: 'fushun', does: 'decide', delivery: 'delivered' })
  await advanceCase(gateway.dataDir, String(verify?.['city']), `${caseNo}.${verify?.['leg']}`, { status: 'rejected' })
  const ended = await until(
    () => caseOf(gateway, caseNo),
    ({ legs }) => legs[1].state === 'withdrawn',
  )
  t.match(ended, { state: 'rejected', legs: [{ state: 'rejected' }, { state: 'withdrawn' }] })
  t.match(
    (ended['events'] as Json[]).find(({ event }) => event === 'stop-rejected'),
    { by: 'other-leg' },
  )
})

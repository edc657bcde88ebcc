// Cities that cannot be asked about a reference: what may have arrived is sent again where that does no harm, else left to a person.

import t, { type Test } from 'tap'
import { caseOf } from '../chaos/evidence.ts'
import { CITIES, EACH_CALL_GOES_OUT, isWell, ITEM, PATIENT, rowOf } from './fault-table.ts'
import { call, file, makeSick, receivedBy, records, startGateway, until, type RunningGateway } from './harness.ts'

/** Two rows of which it is not known what they did, one of either kind, and one that provably sent nothing. */
const FAULTS = ['reset-after', 'error-500', 'refuse-connect'] as const
const SETTLES = 'settlesAfterMs: 300'

const stuckOnes: string[] = []

t.test('cities that cannot be asked', async (t) => {
  const gateway = await startGateway(t, {}, [
    ...EACH_CALL_GOES_OUT,
    [new RegExp(SETTLES), `${SETTLES}\n    enquiry: none`],
    [/deadlineMs: 900/, 'deadlineMs: 10000'],
  ])
  await Promise.all(CITIES.map((city) => tryCity(t, gateway, city)))
  // A city may tell of a case by itself before anybody has looked, and then it waits for nobody any more.
  const waiting = async (): Promise<number> => {
    const found = await Promise.all(stuckOnes.map((caseNo) => caseOf(gateway, caseNo)))
    return found.filter(({ delivery }) => delivery === 'stuck').length
  }
  const [shown, expected] = await until(
    async () => [await stuckIn(gateway), await waiting()],
    ([metric, cases]) => metric === cases,
  )
  t.ok(expected > 0)
  t.equal(shown, expected, 'operators see how many wait for a person')
})

async function tryCity(t: Test, gateway: RunningGateway, city: (typeof CITIES)[number]): Promise<void> {
  t.equal(await isWell(gateway, city), true, `${city} is well`)
  for (const fault of FAULTS) {
    const { code, delivery, taken } = rowOf(fault, city)
    await makeSick(gateway, city, fault)
    const filed = await file(gateway, ITEM, city, PATIENT)
    t.match(
      filed,
      { status: 202, body: { delivery: /^(?:unconfirmed|stored|stuck)$/ } },
      `${city} ${fault}: ${filed.text}`,
    )
    const caseNo = String(filed.body['caseNo'])
    await makeSick(gateway, city, 'off')

    // Shenfu takes the same application once, so that it may be sent again.
    const end = delivery === 'unconfirmed' && city !== 'shenfu' ? 'stuck' : 'delivered'
    if (end === 'stuck') stuckOnes.push(caseNo)
    // A city that has it may tell so by itself, and then nobody has to be asked.
    const ends: readonly string[] = end === 'stuck' && taken ? ['stuck', 'delivered'] : [end]
    const shown = await until(
      () => caseOf(gateway, caseNo),
      (found) => ends.includes(found['delivery']),
    )
    t.ok(ends.includes(shown['delivery']), `${city} ${fault}: ${shown['delivery']}`)
    const calls = (await records(gateway, { caseNo, kind: 'city-answered' })).filter(
      ({ call: what }) => what === 'deliver',
    )
    t.match(calls[0], { outcome: delivery, faultCode: code, source: 'city' }, `${city} ${fault}`)
    if (end === 'stuck') t.equal(calls.length, 1, `${city} ${fault}: it was sent once`)
    const there = end === 'delivered' || taken ? 1 : 0
    t.equal((await receivedBy(gateway, city, caseNo)).length, there, `${city} ${fault}: in the city`)
  }
}

async function stuckIn(gateway: RunningGateway): Promise<number> {
  const { text } = await call(gateway, 'GET', '/metrics')
  const rows = text.matchAll(/^gateway_courier_backlog\{[^}]*state="stuck"[^}]*\} (\d+)$/gm)
  return [...rows].reduce((sum, [, count]) => sum + Number(count), 0)
}

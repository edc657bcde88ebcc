// After a restored backup: what waited is asked about before it is sent, and what is stuck may have arrived.

import t from 'tap'
import { markRestoredFolder } from '../../src/store/restored.ts'
import { systemIds } from '../../src/system.ts'
import { acceptance, settlement } from '../contract/fixture.ts'
import { newFolder, openIn } from './folder.ts'

t.test('an application that waited is asked about', async (t) => {
  const dataDir = newFolder(t)
  const now = Date.now()
  const marked = (): number => markRestoredFolder({ dataDir, now, bytes: (size) => systemIds.bytes(size) })
  t.throws(marked, { code: 'STORE_MISSING' })
  const before = await openIn(t, dataDir)
  const [waits, arrived] = [acceptance(before.keyed), acceptance(before.keyed)]
  for (const one of [waits, arrived]) await before.accept(one)
  const settled = { state: 'stored', faultCode: 'CITY_LINE_OPEN', nextAt: now, notKnown: 0 } as const
  t.ok(await before.settle({ ...settlement(waits), settled, told: null }))
  t.ok(await before.settle(settlement(arrived)))
  t.throws(marked, { code: 'STORE_LOCKED' }, 'not while a gateway runs')
  await before[Symbol.asyncDispose]()

  t.equal(marked(), 1)
  t.equal(marked(), 1, 'twice is as once')
  const after = await openIn(t, dataDir)
  const claims = await after.claimDue({
    city: waits.newCase.competentCity,
    sendsAgain: false,
    now,
    leaseUntil: now + 10_000,
    limit: 10,
    leases: Array.from({ length: 10 }, () => systemIds.lease()),
    recordIds: Array.from({ length: 10 }, () => systemIds.recordId(now)),
    configVersion: 'config-1',
  })
  t.match(claims, [{ caseNo: waits.newCase.caseNo, call: 'enquire', mayHaveArrived: true, sentAt: now, notKnown: 0 }])
  t.equal(claims.length, 1)
})

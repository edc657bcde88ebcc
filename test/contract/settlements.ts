// Contract: how attempts end, which transitions there are, and that only the holder of the lease makes them.

import type { Test } from 'tap'
import type { CaseRecord, LegView } from '../../src/domain/case-record.ts'
import type { Acceptance, Settled, Store } from '../../src/domain/store.ts'
import { acceptance, BEFORE_RELEASE, claimRequest, draft, JOINT_LEGS, LEASE_MS, NOW, settlement } from './fixture.ts'
import type { OpenedStore } from './fixture.ts'

const REASONS = [{ code: 'R-12', message: '王小明不在参保范围' }]

const ENDS: readonly (readonly [Settled, Partial<LegView>])[] = [
  [
    { state: 'delivered', backendCaseNo: 'FS-0001', cityStatus: '01' },
    { delivery: 'delivered', backendCaseNo: 'FS-0001', cityStatus: '01', faultCode: null, nextAt: null },
  ],
  [
    { state: 'refused', reasons: REASONS },
    { delivery: 'refused', reasons: REASONS, faultCode: null, nextAt: null },
  ],
  [
    { state: 'stored', faultCode: 'CITY_LINE_OPEN', nextAt: NOW + 5000, notKnown: 0 },
    { delivery: 'stored', faultCode: 'CITY_LINE_OPEN', nextAt: NOW + 5000 },
  ],
  [
    { state: 'unconfirmed', faultCode: 'CITY_TIMEOUT', nextAt: NOW + 7000, notKnown: 1 },
    { delivery: 'unconfirmed', faultCode: 'CITY_TIMEOUT', nextAt: NOW + 7000 },
  ],
  [
    { state: 'stuck', faultCode: 'CITY_GARBLED', mayHaveArrived: true },
    { delivery: 'stuck', faultCode: 'CITY_GARBLED', nextAt: null },
  ],
]

const UNCONFIRMED = { state: 'unconfirmed', faultCode: 'CITY_TIMEOUT', nextAt: NOW + 1, notKnown: 0 } as const

async function caseOf(store: Store, accepted: Acceptance): Promise<CaseRecord> {
  const found = await store.findCase(accepted.newCase.caseNo, { hall: 'hunnan' })
  if (found === null) throw new Error('the case is not there')
  return found
}

export function settlementContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('an attempt ends in any of five ways, from sending and from unconfirmed', async (t) => {
    const { store } = await open(t)
    for (const [settled, expected] of ENDS) {
      const sending = acceptance(store.keyed)
      const enquired = acceptance(store.keyed)
      for (const accepted of [sending, enquired]) await store.accept(accepted)
      const unsettled = settlement(enquired, { settled: UNCONFIRMED, answer: null })
      t.equal(await store.settle(unsettled), true)
      const [claim] = await store.claimDue(claimRequest('fushun', NOW + 10))
      t.equal(claim?.caseNo, enquired.newCase.caseNo)

      t.equal(await store.settle(settlement(sending, { settled, told: null })), true)
      t.equal(await store.settle(settlement(enquired, { settled, told: null, lease: claim!.lease })), true)
      for (const accepted of [sending, enquired]) {
        const found = await caseOf(store, accepted)
        t.match(found.legs[0], expected)
        t.equal(found.state, 'collected', 'a case keeps its state where none is given')
        t.equal(found.events.at(-1)?.event, settled.state)
        t.equal(found.updatedAt, NOW + 250)
      }
      // Put out of the way of the next round, which starts from an empty queue of the courier.
      await store.claimDue(claimRequest('fushun', NOW + 8000))
    }
  })

  t.test('the case takes the state that the city tells', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed)
    await store.accept(accepted)
    await store.settle(settlement(accepted, { settled: { state: 'refused', reasons: REASONS } }))
    const found = await caseOf(store, accepted)
    t.equal(found.state, 'refused')
    t.same(
      found.events.map(({ at, event }) => ({ at, event })),
      [
        { at: NOW, event: 'filed' },
        { at: NOW + 250, event: 'refused' },
        { at: NOW + 250, event: 'refuse' },
      ],
    )
  })

  t.test('without the lease nothing changes but the records, which are appended all the same', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed)
    await store.accept(accepted)
    const before = await caseOf(store, accepted)
    for (const changes of [
      { lease: 'somebody-else' },
      { leg: 'release' },
      { caseNo: '20261122-NOSUCHCASE00' },
    ] as const) {
      t.equal(
        await store.settle(settlement(accepted, { ...changes, records: [draft({ outcome: 'too-late' })] })),
        false,
      )
    }
    t.same(await caseOf(store, accepted), before)
    t.equal((await store.findRepeat(accepted.key.scope))?.answer, null, 'its answer was not kept')
    t.equal((await store.listRecords({ outcome: 'too-late', limit: 9 })).entries.length, 3)
  })

  t.test('an attempt ends once, and a delivery at rest is not moved any more', async (t) => {
    const { store } = await open(t)
    for (const [settled] of ENDS) {
      const accepted = acceptance(store.keyed)
      await store.accept(accepted)
      t.equal(await store.settle(settlement(accepted, { settled })), true)
      const after = await caseOf(store, accepted)
      t.equal(
        await store.settle(
          settlement(accepted, { settled: { state: 'stuck', faultCode: 'INTERNAL', mayHaveArrived: true } }),
        ),
        false,
      )
      t.same(await caseOf(store, accepted), after, `${settled.state} stays`)
    }
  })

  t.test('who lost the lease to the courier settles nothing; the courier does', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed)
    await store.accept(accepted)
    const [claim] = await store.claimDue(claimRequest('fushun', NOW + LEASE_MS))
    t.equal(claim?.call, 'enquire')
    t.equal(await store.settle(settlement(accepted)), false)
    t.equal((await caseOf(store, accepted)).legs[0]?.delivery, 'unconfirmed')
    t.equal(await store.settle(settlement(accepted, { lease: claim!.lease })), true)
    t.equal((await caseOf(store, accepted)).legs[0]?.delivery, 'delivered')
  })

  t.test('a lease that ran out still settles while nobody else has taken the delivery up', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed)
    await store.accept(accepted)
    t.equal(await store.settle(settlement(accepted, { now: NOW + 2 * LEASE_MS })), true)
  })

  t.test('of fifty settlements of one attempt at once, one is taken', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed)
    await store.accept(accepted)
    const taken = await Promise.all(Array.from({ length: 50 }, () => store.settle(settlement(accepted))))
    t.equal(taken.filter(Boolean).length, 1)
    t.equal((await store.listRecords({ kind: 'city-answered', limit: 99 })).entries.length, 50)
  })

  t.test('the next leg starts as stored, due at once, with the number that the first city gave', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed, { legs: JOINT_LEGS })
    await store.accept(accepted)
    t.same(await store.claimDue(claimRequest('benxi', NOW + 250)), [], 'not before the first leg was taken')
    t.equal(await store.settle(settlement(accepted, { place: BEFORE_RELEASE })), true)
    const found = await caseOf(store, accepted)
    t.match(found.legs[1], { leg: 'release', city: 'benxi', delivery: 'stored', nextAt: NOW + 250, attempts: 0 })
    t.match(found.events.at(-1), { at: NOW + 250, event: 'stored', leg: 'release', city: 'benxi' })
    const [claim] = await store.claimDue(claimRequest('benxi', NOW + 250))
    t.match(claim, { leg: 'release', city: 'benxi', call: 'deliver', relatedCaseNo: 'FS-0001', attempts: 1 })
    t.same(claim?.legs, JOINT_LEGS)
  })

  t.test('a leg that has begun is not begun again', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed, { legs: JOINT_LEGS })
    await store.accept(accepted)
    await store.settle(settlement(accepted, { place: BEFORE_RELEASE }))
    const [claim] = await store.claimDue(claimRequest('benxi', NOW + 250))
    await store.settle({ ...settlement(accepted), leg: 'release', lease: claim!.lease, place: BEFORE_RELEASE })
    t.equal((await caseOf(store, accepted)).legs[1]?.delivery, 'delivered')
    t.same(await store.claimDue(claimRequest('benxi', NOW + LEASE_MS * 9)), [])
  })
}

// Contract: how the legs of a joint case move it, and each other.

import type { Test } from 'tap'
import { acceptance, BEFORE_RELEASE, claimRequest, JOINT_LEGS, settlement } from './fixture.ts'
import type { OpenedStore } from './fixture.ts'
import { AT, WITHDRAWAL, caseOf, newAct, tell, ended, claimOf } from './acts-fixture.ts'

export function jointContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('who takes back the case takes back each of its legs', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed, { legs: JOINT_LEGS })
    await store.accept(accepted)
    await store.settle(settlement(accepted, { place: BEFORE_RELEASE, answer: null }))
    const [release] = await store.claimDue(claimRequest('benxi', AT))
    await store.settle({ ...settlement(accepted, { answer: null }), leg: 'release', lease: release!.lease })
    const claim = claimOf(await store.enterAct(newAct(store, accepted, WITHDRAWAL)))
    await store.settle(ended(claim, { told: 'withdrawn' }))
    t.equal((await caseOf(store, accepted)).state, 'withdrawn')
    const [other] = await store.claimDue(claimRequest('benxi', AT + 500))
    t.match(other, { call: 'withdraw', leg: 'release' })
    const place = { decides: false, whenFailed: 'stop', next: null } as const
    await store.settle(ended(other!, { told: 'withdrawn', place }))
    t.match((await caseOf(store, accepted)).legs, [{ state: 'withdrawn' }, { state: 'withdrawn' }])
  })

  t.test('a joint case is completed when the last of its legs is', async (t) => {
    for (const last of ['decide', 'release'] as const) {
      const { store } = await open(t)
      const accepted = acceptance(store.keyed, { legs: JOINT_LEGS })
      await store.accept(accepted)
      await store.settle(settlement(accepted, { place: BEFORE_RELEASE, answer: null }))
      const [release] = await store.claimDue(claimRequest('benxi', AT))
      const place = { decides: false, whenFailed: 'stop', next: null } as const
      await store.settle({ ...settlement(accepted, { answer: null, place }), leg: 'release', lease: release!.lease })
      const complete = (leg: 'decide' | 'release'): Promise<void> =>
        leg === 'decide'
          ? tell(store, accepted, 11, 'completed')
          : tell(store, accepted, 12, 'completed', { city: 'benxi', leg, place })
      await complete(last === 'decide' ? 'release' : 'decide')
      t.equal((await caseOf(store, accepted)).state, last === 'decide' ? 'pre-accepted' : 'approved', 'one is at work')
      await complete(last)
      const found = await caseOf(store, accepted)
      t.match(found, { state: 'completed', legs: [{ state: 'completed' }, { state: 'completed' }] })
      const finished = found.events.filter(({ event }) => event === 'finish')
      t.match(finished, last === 'decide' ? [] : [{ leg: 'release', by: 'other-leg', state: 'completed' }])
    }
  })

  t.test('what the deciding city tells again does not bring back a case that another leg has ended', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed, { legs: JOINT_LEGS })
    await store.accept(accepted)
    await store.settle(settlement(accepted, { place: BEFORE_RELEASE, answer: null }))
    const [release] = await store.claimDue(claimRequest('benxi', AT))
    const place = { decides: false, whenFailed: 'stop', next: null } as const
    await store.settle({ ...settlement(accepted, { answer: null, place }), leg: 'release', lease: release!.lease })
    await tell(store, accepted, 11, 'delivered')
    await tell(store, accepted, 12, 'rejected', { city: 'benxi', leg: 'release', place })
    t.equal((await caseOf(store, accepted)).state, 'rejected')
    await tell(store, accepted, 13, 'delivered')
    const found = await caseOf(store, accepted)
    t.equal(found.state, 'rejected')
    t.match(found.legs, [{ state: 'delivered' }, { state: 'rejected' }])
  })

  t.test('a leg that fails stops or undoes the others as its definition says', async (t) => {
    for (const whenFailed of ['stop', 'undo', 'go-on'] as const) {
      const { store } = await open(t)
      const accepted = acceptance(store.keyed, { legs: JOINT_LEGS })
      await store.accept(accepted)
      await store.settle(settlement(accepted, { place: BEFORE_RELEASE, answer: null }))
      const [release] = await store.claimDue(claimRequest('benxi', AT))
      const place = { decides: false, whenFailed, next: null }
      const settled = { state: 'refused', reasons: [] } as const
      await store.settle({
        ...settlement(accepted, { settled, place, answer: null }),
        leg: 'release',
        lease: release!.lease,
      })
      const found = await caseOf(store, accepted)
      t.equal(found.state, whenFailed === 'go-on' ? 'pre-accepted' : 'refused', whenFailed)
      t.equal(
        found.events.some(({ event, by }) => event === 'stop-refused' && by === 'other-leg'),
        whenFailed !== 'go-on',
      )
      const withdrawn = await store.claimDue(claimRequest('fushun', AT + 1000))
      t.equal(withdrawn.length, whenFailed === 'undo' ? 1 : 0, whenFailed)
    }
  })
}

// Contract: operators, the courier and cities at the same message at once: one of them is first, and the others see it.

import type { Test } from 'tap'
import type { DeliveryDecision } from '../../src/domain/open-delivery.ts'
import { AT, caseOf, decision, filed, STORED, STUCK, STUCK_UNKNOWN, UNCONFIRMED } from './decision-fixture.ts'
import { acceptance, ALONE, claimRequest, draft, LEASE_MS, settlement } from './fixture.ts'
import type { OpenedStore } from './fixture.ts'

export function decisionRaceContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('one key decides once, also at once, and its answer is kept', async (t) => {
    const { store } = await open(t)
    const accepted = await filed(store, STUCK)
    const giving = decision(store, accepted, 'give-up')
    const all = await Promise.all(Array.from({ length: 20 }, () => store.decideDelivery(giving)))
    t.equal(all.filter(({ kind }) => kind === 'decided').length, 1)
    t.equal(all.filter(({ kind }) => kind === 'repeated').length, 19)
    const answer = { status: 200, headers: {}, body: '{}' }
    await store.append([], { scope: giving.key.scope, answer })
    await store.append([], { scope: giving.key.scope, answer: { ...answer, body: 'later' } })
    const { caseNo } = accepted.newCase
    t.match(await store.findRepeat(giving.key.scope), { caseNo, answer, fingerprint: giving.key.fingerprint })
    t.equal((await store.listRecords({ kind: 'delivery-decided', limit: 99 })).entries.length, 1)
  })

  t.test('of two operators who decide differently at once one does', async (t) => {
    const { store } = await open(t)
    const accepted = await filed(store, STUCK_UNKNOWN)
    const decided = await Promise.all(
      (['give-up', 'mark-delivered'] as const).map((act) => store.decideDelivery(decision(store, accepted, act))),
    )
    t.same(decided.map(({ kind }) => kind).toSorted(), ['decided', 'not-now'])
  })

  t.test('while the courier holds the lease nothing is decided', async (t) => {
    const { store } = await open(t)
    for (const settled of [
      { ...STORED, nextAt: AT },
      { ...UNCONFIRMED, nextAt: AT },
    ] as const) {
      const accepted = await filed(store, settled)
      const [claim] = await store.claimDue(claimRequest('fushun', AT))
      for (const act of ['redrive', 'mark-delivered', 'give-up'] as const) {
        t.same(await store.decideDelivery(decision(store, accepted, act, { at: AT + LEASE_MS - 1 })), {
          kind: 'at-work',
          until: AT + LEASE_MS,
        })
      }
      t.equal(await store.settle(settlement(accepted, { lease: claim!.lease, answer: null })), true)
      t.equal((await caseOf(store, accepted)).legs[0]?.delivery, 'delivered')
    }
  })

  t.test('whose lease ran out before an operator decided settles nothing any more', async (t) => {
    for (const act of ['redrive', 'mark-delivered'] as const) {
      const { store } = await open(t)
      const accepted = acceptance(store.keyed)
      await store.accept(accepted)
      t.match(
        await store.decideDelivery(decision(store, accepted, 'give-up')),
        { kind: 'not-now' },
        'it may have arrived',
      )
      t.match(await store.decideDelivery(decision(store, accepted, act)), { kind: 'decided' })
      const late = settlement(accepted, { settled: { state: 'delivered', backendCaseNo: 'FS-0055', cityStatus: '01' } })
      t.equal(await store.settle(late), false)
      const [claim] = await store.claimDue(claimRequest('fushun', AT))
      t.equal(claim?.call, act === 'redrive' ? 'enquire' : undefined)
      t.not((await caseOf(store, accepted)).legs[0]?.backendCaseNo, 'FS-0055')
    }
  })

  t.test('what an operator saw and what has changed since: nothing is done', async (t) => {
    const { store } = await open(t)
    const accepted = await filed(store, { ...STORED, nextAt: AT })
    const giving = (changes: Partial<DeliveryDecision>) =>
      store.decideDelivery(decision(store, accepted, 'give-up', { seen: 'stored', ...changes }))
    const [claim] = await store.claimDue(claimRequest('fushun', AT))
    await store.settle(settlement(accepted, { lease: claim!.lease, settled: STUCK_UNKNOWN, answer: null }))
    t.same(await giving({}), { kind: 'not-now', state: 'stuck' })
    t.match(await giving({ seen: 'stuck' }), { kind: 'decided' })
    t.same(await giving({ caseNo: '20261122-NOSUCHCASE00' }), { kind: 'unknown' })
    t.same(await giving({ leg: 'release' }), { kind: 'unknown' })
    t.same(await giving({ messageNo: 1 }), { kind: 'unknown' })
  })

  t.test('what a city tells of by itself needs no operator any more', async (t) => {
    const { store } = await open(t)
    const accepted = await filed(store, STUCK_UNKNOWN)
    const { caseNo } = accepted.newCase
    const told = (order: number) => ({
      city: 'fushun',
      caseNo,
      leg: 'decide',
      now: AT,
      place: ALONE,
      record: draft({ kind: 'city-news', caseNo, outcome: 'unknown' }),
      news: {
        id: `e-${order}`,
        reference: `${caseNo}.decide`,
        backendCaseNo: 'FS-0007',
        order,
        at: AT,
        cityStatus: '20',
        state: 'accepted' as const,
        remark: null,
        reasons: [],
        results: [],
      },
    })
    t.equal(await store.takeNews(told(1)), 'new')
    t.match(await store.decideDelivery(decision(store, accepted, 'give-up')), { kind: 'not-now', state: 'delivered' })

    // The other order: it was given up, and the city has it after all, which is kept and revives nothing.
    const other = await filed(store, STUCK_UNKNOWN)
    await store.decideDelivery(decision(store, other, 'give-up'))
    const late = told(2)
    const { caseNo: otherNo } = other.newCase
    t.equal(
      await store.takeNews({ ...late, caseNo: otherNo, news: { ...late.news, reference: `${otherNo}.decide` } }),
      'illegal',
    )
    t.match(await caseOf(store, other), { state: 'aborted', legs: [{ delivery: 'delivered' }] })
  })
}

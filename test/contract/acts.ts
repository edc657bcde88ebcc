// Contract: what people do with a case after it was filed is entered once, leaves in order, and is cancelled where it makes no sense.

import type { Test } from 'tap'
import type { Act } from '../../src/domain/acts.ts'
import { systemIds } from '../../src/system.ts'
import { acceptance, claimRequest, LEASE_MS, settlement } from './fixture.ts'
import type { OpenedStore } from './fixture.ts'
import {
  AT,
  STORED,
  UNCONFIRMED,
  WITHDRAWAL,
  caseOf,
  correction,
  newAct,
  filed,
  tell,
  atCorrection,
  ended,
  claimOf,
} from './acts-fixture.ts'

export function actContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('a correction leaves at once, with its number, the new version and the city’s own number', async (t) => {
    const opened = await open(t)
    const { store } = opened
    const accepted = await atCorrection(store)
    const act = correction(accepted)
    const entering = newAct(store, accepted, act)
    const claim = claimOf(await store.enterAct(entering))
    t.match(claim, {
      call: 'correct',
      messageNo: 1,
      correctionNo: 1,
      backendCaseNo: 'FS-0001',
      attempts: 1,
      takenAt: AT,
      lease: entering.lease,
      intentId: entering.intent.id,
    })
    t.same(claim.body, act.kind === 'correction' && act.body)
    t.match((await store.findRecord(entering.intent.id))?.leaf, { call: 'correct' })
    t.match((await store.findRecord(entering.record.id))?.leaf, { kind: 'case-acted', outcome: 'correction' })
    t.equal(await store.settle(ended(claim, { told: 'accepted' })), true)

    const { store: again } = await opened.reopen()
    const found = await caseOf(again, accepted)
    t.equal(found.state, 'accepted')
    t.match(found.legs, [{ state: 'accepted', cityStatus: '21', delivery: 'delivered', backendCaseNo: 'FS-0001' }])
    t.same(found.body, accepted.newCase.body, 'the version as it was filed is kept')
    t.match(found.acts, [
      {
        kind: 'correction',
        correctionNo: 1,
        by: 'clerk',
        schemaDigest: 'bmV3LXNjaGVtYQ',
        messages: [{ delivery: 'delivered' }],
      },
    ])
    t.same(found.events.map(({ event }) => event).slice(-3), ['correction-filed', 'correction-taken', 'accept'])
  })

  t.test('the same key enters once, also at once, and its answer is kept', async (t) => {
    const { store } = await open(t)
    const accepted = await atCorrection(store)
    const entering = newAct(store, accepted, correction(accepted))
    const all = await Promise.all(
      Array.from({ length: 20 }, () => store.enterAct({ ...entering, lease: systemIds.lease() })),
    )
    t.equal(all.filter(({ kind }) => kind === 'entered').length, 1)
    t.equal(all.filter(({ kind }) => kind === 'repeated').length, 19)
    t.equal((await caseOf(store, accepted)).acts.length, 1)
    const answer = { status: 201, headers: {}, body: '{}' }
    await store.append([], { scope: entering.key.scope, answer })
    await store.append([], { scope: entering.key.scope, answer: { ...answer, body: 'later' } })
    const { caseNo } = accepted.newCase
    t.match(await store.findRepeat(entering.key.scope), { caseNo, answer, leaseUntil: AT + LEASE_MS })
  })

  t.test('nothing is corrected that no city has asked for, nor twice at once', async (t) => {
    const { store } = await open(t)
    const unasked = await filed(store)
    t.same(await store.enterAct(newAct(store, unasked, correction(unasked))), {
      kind: 'not-now',
      state: 'pre-accepted',
    })
    const accepted = await atCorrection(store)
    claimOf(await store.enterAct(newAct(store, accepted, correction(accepted))))
    t.match(await store.enterAct(newAct(store, accepted, correction(accepted))), { kind: 'not-now' })
    t.equal((await caseOf(store, accepted)).acts.length, 1)
  })

  t.test('a correction that nobody knows the end of is sent again, the same', async (t) => {
    const { store } = await open(t)
    const accepted = await atCorrection(store)
    const first = claimOf(await store.enterAct(newAct(store, accepted, correction(accepted))))
    // The gateway dies: the lease runs out.
    t.same(await store.claimDue(claimRequest('fushun', AT + LEASE_MS - 1)), [])
    const [again] = await store.claimDue(claimRequest('fushun', AT + LEASE_MS))
    t.match(again, { call: 'correct', correctionNo: 1, takenAt: AT, attempts: 2 })
    t.same(again?.body, first.body)
    t.equal(await store.settle(ended(first, { told: 'accepted' })), false, 'who lost the lease settles nothing')
    t.equal(await store.settle(ended(again!, { settled: { ...UNCONFIRMED, nextAt: AT + LEASE_MS + 5 } })), true)
    const [third] = await store.claimDue(claimRequest('fushun', AT + LEASE_MS + 5))
    t.match(third, { call: 'correct', correctionNo: 1, attempts: 3 })
    await store.settle(ended(third!, { told: 'pre-accepted' }))
    t.equal((await caseOf(store, accepted)).state, 'pre-accepted')
  })

  t.test('after a refused correction another may be filed, under the next number', async (t) => {
    const { store } = await open(t)
    const accepted = await atCorrection(store)
    const first = claimOf(await store.enterAct(newAct(store, accepted, correction(accepted))))
    const reasons = [{ code: 'C-1', message: '王小明的照片仍不清' }]
    await store.settle(ended(first, { settled: { state: 'refused', reasons } }))
    const found = await caseOf(store, accepted)
    t.equal(found.state, 'correction-required')
    t.match(found.acts, [{ messages: [{ delivery: 'refused', reasons }] }])
    t.match(claimOf(await store.enterAct(newAct(store, accepted, correction(accepted)))), {
      correctionNo: 2,
      messageNo: 2,
    })
  })

  t.test('news that come while a correction is under way are newer than its answer', async (t) => {
    const { store } = await open(t)
    const accepted = await atCorrection(store)
    const claim = claimOf(await store.enterAct(newAct(store, accepted, correction(accepted))))
    await tell(store, accepted, 11, 'accepted')
    await tell(store, accepted, 12, 'correction-required')
    await store.settle(ended(claim, { told: 'pre-accepted' }))
    t.equal((await caseOf(store, accepted)).state, 'correction-required', 'asked for a second time')
  })

  t.test(
    'news that come while a withdrawal is under way do not outlive its answer, unless they decide the case',
    async (t) => {
      const { store } = await open(t)
      for (const [told, ends] of [
        ['accepted', 'withdrawn'],
        ['withdrawn', 'withdrawn'],
        ['approved', 'approved'],
      ] as const) {
        const accepted = await filed(store)
        const claim = claimOf(await store.enterAct(newAct(store, accepted, WITHDRAWAL)))
        await tell(store, accepted, 11, told)
        await store.settle(ended(claim, { told: 'withdrawn' }))
        t.match(await caseOf(store, accepted), { state: ends, acts: [{ messages: [{ delivery: 'delivered' }] }] })
        await tell(store, accepted, 12, 'accepted')
        t.equal((await caseOf(store, accepted)).state, ends, 'and none revives it')
      }
    },
  )

  t.test('what was not sent is withdrawn at once, without a call', async (t) => {
    const { store } = await open(t)
    const accepted = await filed(store, { settled: STORED })
    const entering = newAct(store, accepted, WITHDRAWAL)
    t.match(await store.enterAct(entering), { kind: 'entered', claim: null, state: 'withdrawn' })
    const found = await caseOf(store, accepted)
    t.match(found, { state: 'withdrawn', legs: [{ state: 'withdrawn', delivery: 'cancelled', nextAt: null }] })
    t.match(found.acts, [{ kind: 'withdrawal', reason: '王小明已在本地办理', messages: [] }])
    t.match(found.events.at(-1), { event: 'withdraw', by: 'clerk', hall: 'hunnan', document: 'withdrawal' })
    t.same(await store.claimDue(claimRequest('fushun', AT + 100 * LEASE_MS)), [])
    t.same(await store.backlog(), [])
    t.equal(await store.findRecord(entering.intent.id), null, 'nothing was about to be sent')
    t.match((await store.findRecord(entering.record.id))?.leaf, { outcome: 'undone' })
    t.match(await store.enterAct(newAct(store, accepted, WITHDRAWAL)), { kind: 'not-now', state: 'withdrawn' })
  })

  t.test('what the city has is withdrawn by the city, which may refuse', async (t) => {
    const { store } = await open(t)
    for (const agrees of [true, false]) {
      const accepted = await filed(store)
      const claim = claimOf(await store.enterAct(newAct(store, accepted, WITHDRAWAL)))
      t.match(claim, { call: 'withdraw', reason: '王小明已在本地办理', backendCaseNo: 'FS-0001', correctionNo: null })
      t.equal((await caseOf(store, accepted)).state, 'pre-accepted', 'until the city has said so')
      const refused = { state: 'refused', reasons: [{ code: 'late', message: '已审批' }] } as const
      await store.settle(ended(claim, agrees ? { told: 'withdrawn' } : { settled: refused }))
      const found = await caseOf(store, accepted)
      t.equal(found.state, agrees ? 'withdrawn' : 'pre-accepted')
      t.match(found.acts, [{ messages: [{ delivery: agrees ? 'delivered' : 'refused' }] }])
    }
  })

  t.test('a withdrawal waits for the application before it, and goes with it if that never arrived', async (t) => {
    const { store } = await open(t)
    const pending = acceptance(store.keyed)
    await store.accept(pending)
    t.match(await store.enterAct(newAct(store, pending, WITHDRAWAL)), { claim: null, state: 'collected' })
    const [enquiry, ...none] = await store.claimDue(claimRequest('fushun', AT + LEASE_MS))
    t.match(enquiry, { call: 'enquire', messageNo: 0 }, 'the application first')
    t.same(none, [])
    await store.settle(settlement(pending, { lease: enquiry!.lease, answer: null }))
    const [withdrawal] = await store.claimDue(claimRequest('fushun', AT + LEASE_MS))
    t.match(withdrawal, { call: 'withdraw', messageNo: 1, backendCaseNo: 'FS-0001', takenAt: AT })
    await store.settle(ended(withdrawal!, { told: 'withdrawn' }))
    t.equal((await caseOf(store, pending)).state, 'withdrawn')

    const lost = acceptance(store.keyed)
    await store.accept(lost)
    await store.enterAct(newAct(store, lost, WITHDRAWAL))
    await store.settle(settlement(lost, { settled: STORED, answer: null }))
    t.match(await caseOf(store, lost), { state: 'withdrawn', legs: [{ delivery: 'cancelled' }] })
    t.same(await store.claimDue(claimRequest('fushun', AT + 9 * LEASE_MS)), [], 'neither of the two is sent')

    const refused = acceptance(store.keyed)
    await store.accept(refused)
    await store.enterAct(newAct(store, refused, WITHDRAWAL))
    await store.settle(settlement(refused, { settled: { state: 'refused', reasons: [] }, answer: null }))
    t.match(await caseOf(store, refused), { state: 'refused', acts: [{ messages: [{ delivery: 'cancelled' }] }] })
    t.same(await store.claimDue(claimRequest('fushun', AT + 9 * LEASE_MS)), [])
  })

  t.test('a withdrawal waits for the correction before it', async (t) => {
    const { store } = await open(t)
    const accepted = await atCorrection(store)
    const claim = claimOf(await store.enterAct(newAct(store, accepted, correction(accepted))))
    t.match(await store.enterAct(newAct(store, accepted, WITHDRAWAL)), { claim: null })
    t.same(await store.claimDue(claimRequest('fushun', AT + 1)), [])
    await store.settle(ended(claim, { settled: UNCONFIRMED }))
    const [again, ...none] = await store.claimDue(claimRequest('fushun', AT + 1))
    t.match(again, { call: 'correct' })
    t.same(none, [])
    await store.settle(ended(again!, { told: 'pre-accepted' }))
    t.match(await store.claimDue(claimRequest('fushun', AT + 600)), [{ call: 'withdraw', messageNo: 2 }])
  })

  t.test('papers are noted as posted until the case is decided, as often as needed', async (t) => {
    const { store } = await open(t)
    const accepted = await filed(store)
    const parcel = (trackingNo: string): Act => ({
      kind: 'mailing',
      leg: 'decide',
      mailing: { carrier: '中国邮政', trackingNo, materials: ['id-document'] },
    })
    const first = newAct(store, accepted, parcel('EX123456789CN'))
    t.match(await store.enterAct(first), { kind: 'entered', claim: null, state: 'pre-accepted' })
    t.match(await store.enterAct(first), { kind: 'repeated' })
    t.match((await store.findRecord(first.record.id))?.leaf, { kind: 'case-acted', outcome: 'mailing' })
    await store.enterAct(newAct(store, accepted, parcel('EX123456790CN')))
    await tell(store, accepted, 3, 'completed')
    t.match(await store.enterAct(newAct(store, accepted, parcel('EX9'))), { kind: 'not-now', state: 'completed' })
    const found = await caseOf(store, accepted)
    t.same(
      found.acts.map(({ kind, mailing }) => [kind, mailing?.trackingNo]),
      [
        ['mailing', 'EX123456789CN'],
        ['mailing', 'EX123456790CN'],
      ],
    )
    t.match(
      found.events.filter(({ event }) => event === 'papers-mailed'),
      [{ by: 'clerk', leg: 'decide', state: null }, {}],
    )
  })

  t.test('a case is rated once, after its end', async (t) => {
    const { store } = await open(t)
    const accepted = await filed(store)
    const rating: Act = { kind: 'rating', rating: { score: 2, channel: 1, text: '王小明很满意' } }
    t.match(await store.enterAct(newAct(store, accepted, rating)), { kind: 'not-now', state: 'pre-accepted' })
    await tell(store, accepted, 3, 'completed')
    t.match(await store.enterAct(newAct(store, accepted, rating)), { kind: 'entered', claim: null })
    t.match(await store.enterAct(newAct(store, accepted, rating)), { kind: 'not-now', state: 'completed' })
    t.match((await caseOf(store, accepted)).acts, [{ kind: 'rating', rating: { score: 2, text: '王小明很满意' } }])
  })
}

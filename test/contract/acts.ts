// Contract: what people do with a case after it was filed is entered once, leaves in order, and is cancelled where it makes no sense.

import type { Test } from 'tap'
import type { Act, NewAct } from '../../src/domain/acts.ts'
import type { CaseRecord } from '../../src/domain/case-record.ts'
import type { CityNews } from '../../src/domain/news.ts'
import type { Acceptance, Claim, NewsArrival, Settlement, Store } from '../../src/domain/store.ts'
import { systemIds } from '../../src/system.ts'
import {
  acceptance,
  ALONE,
  BEFORE_RELEASE,
  claimRequest,
  draft,
  JOINT_LEGS,
  LEASE_MS,
  NOW,
  settlement,
} from './fixture.ts'
import type { OpenedStore } from './fixture.ts'

const AT = NOW + 10_000
const STORED = { state: 'stored', faultCode: 'CITY_LINE_OPEN', nextAt: AT, notKnown: 0 } as const
const UNCONFIRMED = { ...STORED, state: 'unconfirmed', faultCode: 'CITY_TIMEOUT' } as const
const WITHDRAWAL: Act = { kind: 'withdrawal', leg: 'decide', place: ALONE, reason: '王小明已在本地办理' }

async function caseOf(store: Store, accepted: Acceptance): Promise<CaseRecord> {
  const found = await store.findCase(accepted.newCase.caseNo, { hall: 'hunnan' })
  if (found === null) throw new Error('the case is not there')
  return found
}

function correction(accepted: Acceptance): Act {
  const { body } = accepted.newCase
  return {
    kind: 'correction',
    leg: 'decide',
    body: { ...body, form: { ...body.form, account: '6222021001116248' } },
    schemaDigest: 'bmV3LXNjaGVtYQ',
    materials: { owner: { hall: 'hunnan' }, materialIds: [] },
  }
}

function newAct(store: OpenedStore['store'], accepted: Acceptance, act: Act, changes: Partial<NewAct> = {}): NewAct {
  const { caseNo } = accepted.newCase
  const { at = AT } = changes
  return {
    key: {
      scope: store.keyed.scope([systemIds.requestId()]),
      fingerprint: store.keyed.fingerprint(Buffer.from('act')),
    },
    caseNo,
    act,
    at,
    by: 'clerk',
    hall: 'hunnan',
    configVersion: 'config-3',
    lease: systemIds.lease(),
    leaseUntil: at + LEASE_MS,
    intent: draft({ time: at, caseNo, leg: 'decide', call: act.kind === 'correction' ? 'correct' : 'withdraw' }),
    record: draft({ time: at, kind: 'case-acted', caseNo, outcome: 'unknown' }),
    ...changes,
  }
}

async function filed(store: OpenedStore['store'], changes: Partial<Settlement> = {}): Promise<Acceptance> {
  const accepted = acceptance(store.keyed)
  await store.accept(accepted)
  await store.settle(settlement(accepted, { answer: null, ...changes }))
  return accepted
}

async function tell(
  store: Store,
  accepted: Acceptance,
  order: number,
  state: CityNews['state'],
  where: Partial<Pick<NewsArrival, 'city' | 'leg' | 'place'>> = {},
): Promise<void> {
  const { caseNo } = accepted.newCase
  await store.takeNews({
    city: 'fushun',
    caseNo,
    leg: 'decide',
    now: NOW + 1000 * order,
    place: ALONE,
    ...where,
    record: draft({ kind: 'city-news', caseNo, outcome: 'unknown' }),
    news: {
      id: `${caseNo}-${order}`,
      reference: `${caseNo}.decide`,
      backendCaseNo: 'FS-0001',
      order,
      at: NOW + 1000 * order,
      cityStatus: String(order),
      state,
      remark: null,
      reasons: [],
      results: [],
    },
  })
}

async function atCorrection(store: OpenedStore['store']): Promise<Acceptance> {
  const accepted = await filed(store)
  await tell(store, accepted, 1, 'correction-required')
  return accepted
}

/** How the city answered a message after the application. */
function ended(claim: Claim, changes: Partial<Settlement>): Settlement {
  return {
    caseNo: claim.caseNo,
    leg: claim.leg,
    messageNo: claim.messageNo,
    lease: claim.lease,
    now: AT + 500,
    settled: { state: 'delivered', backendCaseNo: null, cityStatus: '21' },
    told: null,
    place: ALONE,
    records: [],
    answer: null,
    ...changes,
  }
}

const claimOf = (entered: Awaited<ReturnType<Store['enterAct']>>): Claim => {
  if (entered.kind !== 'entered' || entered.claim === null) throw new Error(`no message: ${JSON.stringify(entered)}`)
  return entered.claim
}

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

// Contract: what a city has returned begins once in another, under a name of its own, and what was stays.

import type { Test } from 'tap'
import type { Act, NewAct } from '../../src/domain/acts.ts'
import type { CaseRecord } from '../../src/domain/case-record.ts'
import type { LegPlace } from '../../src/domain/leg-place.ts'
import type { CityNews } from '../../src/domain/news.ts'
import type { Acceptance, Store } from '../../src/domain/store.ts'
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
const TO = { leg: 'decide-r2', city: 'benxi', routeRule: 'rerouted from=fushun' } as const
const REROUTING: Extract<Act, { kind: 'rerouting' }> = {
  kind: 'rerouting',
  leg: 'decide',
  to: TO,
  decidingLeg: 'decide-r2',
  following: [],
  reason: '王小明参保在本溪',
}
const CO_OPERATES: LegPlace = { decides: false, whenFailed: 'stop', next: null }

async function caseOf(store: Store, accepted: Acceptance): Promise<CaseRecord> {
  const found = await store.findCase(accepted.newCase.caseNo, { hall: 'hunnan' })
  if (found === null) throw new Error('the case is not there')
  return found
}

async function tell(
  store: Store,
  accepted: Acceptance,
  state: CityNews['state'],
  changes: { readonly order?: number; readonly leg?: string; readonly city?: string; readonly place?: LegPlace } = {},
): Promise<string> {
  const { caseNo } = accepted.newCase
  const { order = 1, leg = 'decide', city = 'fushun', place = ALONE } = changes
  return store.takeNews({
    city,
    caseNo,
    leg,
    now: NOW + 1000 * order,
    place,
    record: draft({ kind: 'city-news', caseNo, outcome: 'unknown' }),
    news: {
      id: `${city}-${caseNo}-${order}`,
      reference: `${caseNo}.${leg}`,
      backendCaseNo: null,
      order,
      at: NOW + 1000 * order,
      cityStatus: '91',
      state,
      remark: null,
      reasons: [],
      results: [],
    },
  })
}

function newAct(store: OpenedStore['store'], accepted: Acceptance, act: Act = REROUTING): NewAct {
  const { caseNo } = accepted.newCase
  return {
    key: { scope: store.keyed.scope([systemIds.requestId()]), fingerprint: 'f' },
    caseNo,
    act,
    at: AT,
    by: 'clerk',
    hall: 'hunnan',
    configVersion: 'config-3',
    lease: systemIds.lease(),
    leaseUntil: AT + LEASE_MS,
    intent: draft({ time: AT, caseNo, leg: 'decide-r2', call: 'deliver' }),
    record: draft({ time: AT, kind: 'case-acted', caseNo, outcome: 'unknown' }),
  }
}

async function returned(store: OpenedStore['store']): Promise<Acceptance> {
  const accepted = acceptance(store.keyed)
  await store.accept(accepted)
  await store.settle(settlement(accepted, { answer: null }))
  await tell(store, accepted, 'returned')
  return accepted
}

export function reroutingContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('it leaves at once for the other city, as the first did, and the case stands where it stands', async (t) => {
    const opened = await open(t)
    const { store } = opened
    const accepted = await returned(store)
    const entering = newAct(store, accepted)
    const entered = await store.enterAct(entering)
    t.match(entered, { kind: 'entered', state: 'collected' })
    const claim = entered.kind === 'entered' ? entered.claim : null
    t.match(claim, {
      call: 'deliver',
      leg: 'decide-r2',
      messageNo: 0,
      city: 'benxi',
      attempts: 1,
      backendCaseNo: null,
      takenAt: NOW,
      triedSince: AT,
      intentId: entering.intent.id,
    })
    t.same(claim?.body, accepted.newCase.body)
    t.same(
      claim?.legs.map(({ leg, city }) => `${leg} ${city}`),
      ['decide fushun', 'decide-r2 benxi'],
    )
    t.match((await store.findRecord(entering.record.id))?.leaf, { outcome: 'rerouting' })

    const { store: again } = await opened.reopen()
    t.match(await caseOf(again, accepted), {
      state: 'collected',
      competentCity: 'benxi',
      legs: [
        { leg: 'decide', city: 'fushun', state: 'returned', backendCaseNo: 'FS-0001' },
        { leg: 'decide-r2', city: 'benxi', state: 'collected', delivery: 'sending', backendCaseNo: null },
      ],
      acts: [{ kind: 'rerouting', leg: 'decide', reason: '王小明参保在本溪' }],
    })
    t.match((await caseOf(again, accepted)).events.at(-1), {
      event: 'reroute',
      leg: 'decide-r2',
      by: 'clerk',
      hall: 'hunnan',
    })
    // The gateway died while it was being sent: it is asked about.
    t.match(await again.claimDue(claimRequest('benxi', AT + LEASE_MS)), [{ call: 'enquire', leg: 'decide-r2' }])
  })

  t.test('it happens once, by one key and by many', async (t) => {
    const { store } = await open(t)
    const accepted = await returned(store)
    const entering = newAct(store, accepted)
    const same = await Promise.all(Array.from({ length: 10 }, () => store.enterAct(entering)))
    t.equal(same.filter(({ kind }) => kind === 'entered').length, 1)
    t.equal(same.filter(({ kind }) => kind === 'repeated').length, 9)
    const others = await Promise.all(Array.from({ length: 10 }, () => store.enterAct(newAct(store, accepted))))
    t.ok(others.every(({ kind }) => kind === 'not-now'))
    t.equal((await caseOf(store, accepted)).legs.length, 2)
  })

  t.test('nothing is routed anew that was not returned, nor what the applicant has taken back', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed)
    await store.accept(accepted)
    await store.settle(settlement(accepted, { answer: null }))
    t.match(await store.enterAct(newAct(store, accepted)), { kind: 'not-now', state: 'pre-accepted' })
    await tell(store, accepted, 'withdrawn')
    t.match(await store.enterAct(newAct(store, accepted)), { kind: 'not-now', state: 'withdrawn' })
  })

  t.test('what the first city tells later moves nothing, what the second tells moves the case', async (t) => {
    const { store } = await open(t)
    const accepted = await returned(store)
    const entered = await store.enterAct(newAct(store, accepted))
    const lease = entered.kind === 'entered' ? (entered.claim?.lease ?? '') : ''
    const settled = { state: 'delivered', backendCaseNo: 'BX-0001', cityStatus: 'A/1' } as const
    t.equal(await store.settle(settlement(accepted, { leg: 'decide-r2', lease, settled, answer: null })), true)
    t.equal((await caseOf(store, accepted)).state, 'pre-accepted')
    t.equal(
      await tell(store, accepted, 'approved', { order: 2, place: { ...CO_OPERATES, whenFailed: 'go-on' } }),
      'illegal',
    )
    t.equal(await tell(store, accepted, 'approved', { order: 3, leg: 'decide-r2' }), 'unknown', 'of another city')
    t.equal(await tell(store, accepted, 'approved', { order: 4, leg: 'decide-r2', city: 'benxi' }), 'new')
    t.match(await caseOf(store, accepted), { state: 'approved', legs: [{ state: 'returned' }, { state: 'approved' }] })
  })

  t.test('a case that was routed anew is not completed before its other legs are', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed, { legs: JOINT_LEGS })
    await store.accept(accepted)
    const next = { leg: JOINT_LEGS[1], after: 'completed' } as const
    await store.settle(settlement(accepted, { place: { ...ALONE, next }, answer: null }))
    await tell(store, accepted, 'returned', { place: { ...ALONE, next } })
    const entered = await store.enterAct(newAct(store, accepted))
    const lease = entered.kind === 'entered' ? (entered.claim?.lease ?? '') : ''
    const settled = { state: 'delivered', backendCaseNo: 'BX-0001', cityStatus: 'A/1' } as const
    const place = { ...ALONE, next }
    await store.settle(settlement(accepted, { leg: 'decide-r2', lease, settled, place, answer: null }))
    await tell(store, accepted, 'completed', { order: 2, leg: 'decide-r2', city: 'benxi', place })
    t.match(await caseOf(store, accepted), { state: 'approved', legs: [{}, { delivery: 'stored' }, {}] }, 'one is left')
  })

  t.test('a leg that co-operates begins anew, and the case stands again where the deciding one does', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed, { legs: JOINT_LEGS })
    await store.accept(accepted)
    await store.settle(settlement(accepted, { place: BEFORE_RELEASE, answer: null }))
    const [release] = await store.claimDue(claimRequest('benxi', AT))
    const settled = { state: 'delivered', backendCaseNo: 'BX-0001', cityStatus: 'A/1' } as const
    await store.settle({
      ...settlement(accepted, { settled, place: CO_OPERATES, answer: null }),
      leg: 'release',
      lease: release!.lease,
    })
    await tell(store, accepted, 'accepted', { order: 2, place: BEFORE_RELEASE })
    await tell(store, accepted, 'returned', { order: 3, leg: 'release', city: 'benxi', place: CO_OPERATES })
    t.equal((await caseOf(store, accepted)).state, 'returned')
    const to = { leg: 'release-r2', city: 'fuxin', routeRule: 'rerouted from=benxi' }
    const act: Act = { kind: 'rerouting', leg: 'release', to, decidingLeg: 'decide', following: [], reason: '改派' }
    const entered = await store.enterAct(newAct(store, accepted, act))
    t.match(entered, { kind: 'entered', state: 'accepted', claim: { city: 'fuxin', relatedCaseNo: 'FS-0001' } })
    t.match(await caseOf(store, accepted), {
      competentCity: 'fushun',
      legs: [{}, {}, { leg: 'release-r2', city: 'fuxin' }],
    })
  })

  t.test('what another leg has come to while the case was returned lets the next one begin', async (t) => {
    const { store } = await open(t)
    const finish = { leg: 'finish', city: 'fuxin', routeRule: 'fund-centre /form/centre=2109' }
    const accepted = acceptance(store.keyed, { legs: [...JOINT_LEGS, finish] })
    await store.accept(accepted)
    const first: LegPlace = { decides: true, whenFailed: 'go-on', next: { leg: JOINT_LEGS[1], after: 'taken' } }
    const second: LegPlace = { decides: false, whenFailed: 'go-on', next: { leg: finish, after: 'completed' } }
    await store.settle(settlement(accepted, { place: first, answer: null }))
    const [release] = await store.claimDue(claimRequest('benxi', AT))
    const settled = { state: 'delivered', backendCaseNo: 'BX-0001', cityStatus: 'A/1' } as const
    await store.settle({
      ...settlement(accepted, { settled, place: second, answer: null }),
      leg: 'release',
      lease: release!.lease,
    })
    await tell(store, accepted, 'returned', { order: 2, place: first })
    await tell(store, accepted, 'completed', { order: 3, leg: 'release', city: 'benxi', place: second })
    const waiting = await caseOf(store, accepted)
    t.match(waiting, { state: 'returned', legs: [{}, { state: 'completed' }, { leg: 'finish', delivery: 'waiting' }] })
    const to = { ...TO, city: 'liaoyang' }
    const following = [
      { leg: 'decide-r2', next: 'release', after: 'taken' },
      { leg: 'release', next: 'finish', after: 'completed' },
    ] as const
    const entered = await store.enterAct(newAct(store, accepted, { ...REROUTING, to, following }))
    t.match(entered, { kind: 'entered', claim: { city: 'liaoyang' } })
    // Not while the case is on its way to the other city: one message of a case at a time.
    t.strictSame(await store.claimDue(claimRequest('fuxin', AT + 1000)), [])
    const later = AT + 600_000
    t.match(await store.claimDue(claimRequest('fuxin', later)), [{ leg: 'finish', relatedCaseNo: 'BX-0001' }])
  })
}

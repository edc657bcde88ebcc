// Contract: what is decided where it was taken goes on as its hall tells, or as its city's own system does, and nothing is sent.

import type { Test } from 'tap'
import type { Act } from '../../src/domain/acts.ts'
import type { CaseState } from '../../src/domain/delivery.ts'
import type { HallNews } from '../../src/domain/news.ts'
import type { Acceptance, NewsArrival, Store } from '../../src/domain/store.ts'
import { AT, caseOf, newAct } from './acts-fixture.ts'
import { acceptance, ALONE, claimRequest, draft, LEASE_MS } from './fixture.ts'
import type { OpenedStore } from './fixture.ts'

const REASONS = [{ code: '', message: '王小明的照片不符合要求' }]
const RESULTS = [{ code: 'passport', name: '普通护照', number: 'EJ1234567' }]

const hallTells = (state: CaseState, more: Partial<HallNews> = {}): Act => ({
  kind: 'news',
  leg: 'decide',
  place: ALONE,
  news: {
    state,
    office: '出入境管理窗口',
    backendCaseNo: null,
    at: AT,
    cityStatus: state,
    remark: null,
    reasons: [],
    results: [],
    ...more,
  },
})

const cityTells = ({ newCase: { caseNo } }: Acceptance, order: number, state: CaseState): NewsArrival => ({
  city: 'fushun',
  caseNo,
  leg: 'decide',
  now: AT + order,
  place: ALONE,
  record: draft({ kind: 'city-news', caseNo, leg: 'decide', outcome: 'unknown' }),
  news: {
    id: `${caseNo}-${order}`,
    reference: `${caseNo}.decide`,
    backendCaseNo: 'FS-0007',
    order,
    at: AT + order,
    cityStatus: '20',
    state,
    remark: null,
    reasons: [],
    results: [],
  },
})

async function kept(store: OpenedStore['store']): Promise<Acceptance> {
  const accepted = acceptance(store.keyed, {}, { keptHere: { status: 201, headers: {}, body: '{}' } })
  await store.accept(accepted)
  return accepted
}

const nothingToSend = async (t: Test, store: Store): Promise<void> =>
  void t.strictSame(await store.claimDue(claimRequest('fushun', AT + 100 * LEASE_MS)), [], 'and nothing is to be sent')

export function hallNewsContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('a hall tells from the acceptance to the result, each time once', async (t) => {
    const opened = await open(t)
    const accepted = await kept(opened.store)
    const first = newAct(opened.store, accepted, hallTells('accepted', { backendCaseNo: 'SY-1' }))
    t.match(await opened.store.enterAct(first), { kind: 'entered', claim: null, state: 'accepted' })
    t.match(await opened.store.enterAct(first), { kind: 'repeated' })
    t.match((await opened.store.findRecord(first.record.id))?.leaf, { kind: 'case-acted', outcome: 'news' })
    const { store } = await opened.reopen()
    const done = newAct(store, accepted, hallTells('completed', { at: AT + 1, results: RESULTS }))
    t.match(await store.enterAct(done), { kind: 'entered', state: 'completed' })
    const found = await caseOf(store, accepted)
    t.match(found, {
      state: 'completed',
      legs: [{ state: 'completed', delivery: 'local', backendCaseNo: 'SY-1', cityStatus: 'completed' }],
      news: [
        { state: 'accepted', kept: 'new', city: 'fushun', office: '出入境管理窗口' },
        { state: 'completed', results: RESULTS },
      ],
    })
    t.match(found.events, [
      { event: 'filed' },
      { event: 'accept', by: 'city', city: 'fushun', hall: 'hunnan', at: AT, document: 'acceptance-notice' },
      { event: 'complete', by: 'city', city: 'fushun', hall: 'hunnan', at: AT + 1, document: 'result' },
    ])
    t.equal(found.events.length, 3)
    await nothingToSend(t, store)
  })

  t.test('what the table of states does not have is not entered, and leaves nothing', async (t) => {
    const { store } = await open(t)
    const accepted = await kept(store)
    t.match(await store.enterAct(newAct(store, accepted, hallTells('refused', { reasons: REASONS }))), {
      kind: 'entered',
      state: 'refused',
    })
    const before = await caseOf(store, accepted)
    t.match(before.legs[0], { delivery: 'local', reasons: REASONS })
    const late = newAct(store, accepted, hallTells('approved'))
    t.match(await store.enterAct(late), { kind: 'not-now', state: 'refused' })
    t.equal(await store.findRecord(late.record.id), null)
    t.same(await caseOf(store, accepted), before)
  })

  t.test('a hall tells nothing of what was sent to a city', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed)
    await store.accept(accepted)
    t.match(await store.enterAct(newAct(store, accepted, hallTells('accepted'))), { kind: 'not-now' })
    t.match(await caseOf(store, accepted), { state: 'collected', news: [], acts: [] })
  })

  t.test('the city’s own system may tell it too, and neither takes back what the other told', async (t) => {
    const { store } = await open(t)
    const accepted = await kept(store)
    t.match(await store.findNewsTarget(accepted.newCase.caseNo, 'decide', 'fushun'), {
      item: accepted.newCase.item,
      legs: [{ leg: 'decide' }],
    })
    t.equal(await store.findNewsTarget(accepted.newCase.caseNo, 'decide', 'benxi'), null)
    t.equal(await store.takeNews(cityTells(accepted, 1, 'accepted')), 'new')
    t.match((await caseOf(store, accepted)).events.at(-1), { event: 'accept', by: 'city', hall: null })
    t.match(await store.enterAct(newAct(store, accepted, hallTells('in-review'))), { state: 'in-review' })
    t.equal(await store.takeNews(cityTells(accepted, 2, 'accepted')), 'illegal')
    t.equal(await store.takeNews(cityTells(accepted, 3, 'approved')), 'new')
    const found = await caseOf(store, accepted)
    t.match(found, { state: 'approved', legs: [{ delivery: 'local', backendCaseNo: 'FS-0007' }] })
    t.strictSame(
      found.events.map(({ event }) => event),
      ['filed', 'accept', 'review', 'approve'],
      'no delivery is in its history',
    )
    await nothingToSend(t, store)
  })
}

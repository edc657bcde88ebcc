// Contract: the legs that nobody has decided are found, with what their clocks are counted from.

import type { Test } from 'tap'
import type { OpenLeg } from '../../src/domain/leg-clock.ts'
import type { CityNews } from '../../src/domain/news.ts'
import type { Acceptance, Store } from '../../src/domain/store.ts'
import { acceptance, ALONE, BEFORE_RELEASE, draft, JOINT_LEGS, NOW, PERSONAL, settlement } from './fixture.ts'
import type { OpenedStore } from './fixture.ts'

async function all(store: Store, limit: number): Promise<readonly OpenLeg[]> {
  const found: OpenLeg[] = []
  for (let after: number | null = 0; after !== null;) {
    const page: Awaited<ReturnType<Store['openLegs']>> = await store.openLegs(after, limit)
    found.push(...page.entries)
    after = page.next
  }
  return found
}

async function tell(store: Store, { newCase: { caseNo } }: Acceptance, order: number, state: CityNews['state']) {
  await store.takeNews({
    city: 'fushun',
    caseNo,
    leg: 'decide',
    now: NOW + order * 1000,
    place: ALONE,
    record: draft({ kind: 'city-news', caseNo, outcome: 'unknown' }),
    news: {
      id: `e-${caseNo}-${order}`,
      reference: `${caseNo}.decide`,
      backendCaseNo: null,
      order,
      at: NOW + order * 1000,
      cityStatus: '20',
      state,
      remark: null,
      reasons: [],
      results: [],
    },
  })
}

export function openLegContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('each with when it began and where it stood, page by page; those at an end no more', async (t) => {
    const { store } = await open(t)
    t.same(await all(store, 9), [])
    const joint = acceptance(store.keyed, { legs: JOINT_LEGS })
    await store.accept(joint)
    t.match(await all(store, 9), [{ leg: 'decide', isOnly: false }], 'a leg that waits has no clock yet')
    await store.settle(settlement(joint, { place: BEFORE_RELEASE, answer: null }))

    const stopped = acceptance(store.keyed)
    await store.accept(stopped)
    await store.settle(settlement(stopped, { answer: null }))
    await tell(store, stopped, 2, 'accepted')
    await tell(store, stopped, 3, 'suspended')

    const decided = acceptance(store.keyed)
    await store.accept(decided)
    await store.settle(settlement(decided, { answer: null }))
    await tell(store, decided, 2, 'approved')
    const refused = acceptance(store.keyed)
    await store.accept(refused)
    await store.settle(settlement(refused, { settled: { state: 'refused', reasons: [] }, answer: null }))
    const here = acceptance(store.keyed, {}, { keptHere: { status: 201, headers: {}, body: '{}' } })
    await store.accept(here)

    const facts = { item: 'ss-employee-pension-transfer', competentCity: 'fushun' }
    const began = { at: NOW, state: 'collected' }
    const taken = { at: NOW + 250, state: 'pre-accepted' }
    const expected = [
      { ...facts, leg: 'decide', city: 'fushun', isOnly: false, begun: NOW, standing: [began, taken] },
      { ...facts, leg: 'release', city: 'benxi', isOnly: false, begun: NOW + 250, standing: [] },
      {
        ...facts,
        leg: 'decide',
        city: 'fushun',
        isOnly: true,
        begun: NOW,
        standing: [began, taken, { at: NOW + 2000, state: 'accepted' }, { at: NOW + 3000, state: 'suspended' }],
      },
      // The hall that has taken it has it on its desk.
      { ...facts, leg: 'decide', city: 'fushun', isOnly: true, begun: NOW, standing: [began] },
    ]
    for (const limit of [1, 2, 9]) t.same(await all(store, limit), expected, `by ${limit}`)
    for (const secret of PERSONAL) t.notOk(JSON.stringify(await all(store, 9)).includes(secret))
  })
}

// Contract: the events of all cases stand in one order, each once, and are found by those who find their case.

import type { Test } from 'tap'
import { isFor, type FedEvent, type FeedScope } from '../../src/domain/feed.ts'
import type { CaseScope } from '../../src/domain/store.ts'
import { acceptance, JOINT_LEGS, LI, settlement, WANG } from './fixture.ts'
import type { OpenedStore } from './fixture.ts'

/** Page by page until nothing is left. */
async function all(store: OpenedStore['store'], scope: FeedScope | null, after = 0, limit = 3): Promise<FedEvent[]> {
  const found: FedEvent[] = []
  for (let at = after; ;) {
    const { events, upTo } = await store.readFeed(at, scope, limit)
    found.push(...events)
    if (upTo === at) return found
    at = upTo
  }
}

const positions = (events: readonly FedEvent[]): readonly number[] => events.map(({ position }) => position)

export function feedContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('an empty store has an empty feed', async (t) => {
    const { store } = await open(t)
    t.equal(await store.feedEnd(), 0)
    t.strictSame(await store.readFeed(0, null, 10), { events: [], upTo: 0 })
    t.strictSame(await store.readFeed(7, null, 10), { events: [], upTo: 7 }, 'and takes nobody back')
  })

  t.test('each event of a case stands in the feed once, in the order of the case, over a restart too', async (t) => {
    const opened = await open(t)
    const first = acceptance(opened.store.keyed)
    const second = acceptance(opened.store.keyed)
    await opened.store.accept(first)
    await opened.store.accept(second)
    await opened.store.settle(settlement(second))
    const before = await all(opened.store, null)
    const { store } = await opened.reopen()
    t.strictSame(await all(store, null), before)
    await store.settle(settlement(first))
    const after = await all(store, null)
    t.strictSame(after.slice(0, before.length), before)
    t.ok(positions(after).every((position, index, list) => index === 0 || position > (list[index - 1] ?? 0)))
    t.equal(await store.feedEnd(), after.at(-1)?.position)
    for (const { newCase } of [first, second]) {
      const own = after.filter(({ caseNo }) => caseNo === newCase.caseNo)
      const record = await store.findCase(newCase.caseNo, { hall: 'hunnan' })
      t.strictSame(
        own.map(({ event }) => event),
        record?.events,
      )
      t.ok(own.every(({ item }) => item === newCase.item))
      t.strictSame(await all(store, { hall: 'hunnan', caseNo: newCase.caseNo }), own, 'a case by itself')
      t.strictSame(await all(store, { hall: 'hunnan', caseNo: newCase.caseNo }, own[0]?.position), own.slice(1))
    }
  })

  t.test('what fails leaves no event, and those after it come later all the same', async (t) => {
    const { store } = await open(t)
    const good = [acceptance(store.keyed), acceptance(store.keyed)]
    const bad = acceptance(store.keyed, { caseNo: good[0]?.newCase.caseNo ?? '' })
    await store.accept(good[0] as (typeof good)[0])
    const [refused, taken] = await Promise.allSettled([store.accept(bad), store.accept(good[1] as (typeof good)[0])])
    t.match([refused, taken], [{ status: 'rejected' }, { status: 'fulfilled' }])
    t.strictSame(
      (await all(store, null)).map(({ caseNo }) => caseNo),
      good.map(({ newCase }) => newCase.caseNo),
    )
  })

  t.test('who finds a case finds its events, and nobody else does', async (t) => {
    const { store } = await open(t)
    const { keyed } = store
    const cases = [
      acceptance(keyed),
      acceptance(keyed, { hall: 'civic', subjectKeys: [keyed.subjectKey(LI)] }),
      acceptance(keyed, { hall: null, subjectKeys: [keyed.subjectKey(WANG), keyed.subjectKey(LI)] }),
      acceptance(keyed, { hall: 'civic', legs: JOINT_LEGS, competentCity: 'fushun' }),
    ]
    for (const one of cases) await store.accept(one)
    const scopes: readonly CaseScope[] = [
      {},
      { hall: 'hunnan' },
      { hall: 'civic' },
      { hall: 'nowhere' },
      { city: 'fushun' },
      { city: 'benxi' },
      { city: 'anshan' },
      { subjectKey: keyed.subjectKey(WANG) },
      { subjectKey: keyed.subjectKey(LI) },
      { subjectKey: keyed.subjectKey({ certType: '111', certNo: 'nobody' }) },
    ]
    const everything = await all(store, null)
    t.equal(everything.length, cases.length)
    for (const scope of scopes) {
      const name = JSON.stringify(scope)
      const seen: string[] = []
      for (const { newCase } of cases) {
        if ((await store.findCase(newCase.caseNo, scope)) !== null) seen.push(newCase.caseNo)
      }
      const numbers = (events: readonly FedEvent[]) => events.map(({ caseNo }) => caseNo)
      t.strictSame(numbers(await all(store, scope)), seen, `read by ${name}`)
      t.strictSame(numbers(everything.filter((event) => isFor(event, scope))), seen, `picked out by ${name}`)
      for (const { newCase } of cases) {
        const own = await all(store, { ...scope, caseNo: newCase.caseNo })
        t.equal(own.length, seen.includes(newCase.caseNo) ? 1 : 0, `one case by ${name}`)
      }
    }
  })

  t.test('one who is far behind is taken on even where nothing is for them', async (t) => {
    const { store } = await open(t)
    for (let count = 0; count < 5; count += 1) await store.accept(acceptance(store.keyed))
    const { events, upTo } = await store.readFeed(0, { hall: 'nowhere' }, 2)
    t.strictSame(events, [])
    t.ok(upTo > 0 && upTo < (await store.feedEnd()))
    t.strictSame(await all(store, { hall: 'nowhere' }, 0, 2), [])
  })
}

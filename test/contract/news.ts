// Contract: what cities tell of cases is entered once, in any order, and never takes a case back to what it was.

import type { Test } from 'tap'
import type { CityNews } from '../../src/domain/news.ts'
import type { CaseRecord } from '../../src/domain/case-record.ts'
import type { Acceptance, NewsArrival, Store } from '../../src/domain/store.ts'
import { acceptance, ALONE, BEFORE_RELEASE, claimRequest, draft, JOINT_LEGS, NOW, settlement } from './fixture.ts'
import type { OpenedStore } from './fixture.ts'

const LATER = NOW + 60_000

async function caseOf(store: Store, accepted: Acceptance): Promise<CaseRecord> {
  const found = await store.findCase(accepted.newCase.caseNo, { hall: 'hunnan' })
  if (found === null) throw new Error('the case is not there')
  return found
}

function arrival(accepted: Acceptance, news: Partial<CityNews>, changes: Partial<NewsArrival> = {}): NewsArrival {
  const { caseNo } = accepted.newCase
  const state = news.state ?? 'accepted'
  return {
    city: 'fushun',
    caseNo,
    leg: 'decide',
    now: LATER,
    place: ALONE,
    record: draft({ kind: 'city-news', caseNo, leg: 'decide', outcome: 'unknown' }),
    ...changes,
    news: {
      id: `e-${news.order ?? 1}`,
      reference: `${caseNo}.decide`,
      backendCaseNo: 'FS-0007',
      order: 1,
      at: NOW + 1000 * (news.order ?? 1),
      cityStatus: '20',
      state,
      remark: null,
      reasons: [],
      results: [],
      ...news,
    },
  }
}

async function filed(store: OpenedStore['store'], settle = true): Promise<Acceptance> {
  const accepted = acceptance(store.keyed)
  await store.accept(accepted)
  if (settle) await store.settle(settlement(accepted))
  return accepted
}

export function newsContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('a case is looked at as of one moment: it stands where its newest news have it', async (t) => {
    const { store } = await open(t)
    const accepted = await filed(store)
    const ORDERS = 150
    const told = { order: 0 }
    const telling = (async () => {
      for (let order = 1; order <= ORDERS; order += 1) {
        await store.takeNews(arrival(accepted, { order, state: order % 2 === 0 ? 'suspended' : 'in-review' }))
        told.order = order
      }
    })()
    const torn: string[] = []
    for (let looks = 0; told.order < ORDERS; looks += 1) {
      const seen = await Promise.all(Array.from({ length: 4 }, () => caseOf(store, accepted)))
      for (const { state, news } of seen) {
        const newest = news.at(-1)
        if (newest !== undefined && newest.state !== state) torn.push(`${news.length} news, ${state} (look ${looks})`)
      }
    }
    await telling
    t.strictSame(torn, [])
  })

  t.test('the city’s own words are the reason where it gives no points, and only where there is one', async (t) => {
    const { store } = await open(t)
    const words = { remark: '不符合条件', reasons: [], results: [] }
    const asWords = [{ code: '', message: '不符合条件' }]
    for (const [state, shown] of [
      ['accepted', []],
      ['suspended', asWords],
      ['correction-required', asWords],
      ['returned', asWords],
      ['rejected', asWords],
    ] as const) {
      const accepted = await filed(store)
      t.equal(await store.takeNews(arrival(accepted, { ...words, id: `e-${state}`, state })), 'new')
      t.match((await caseOf(store, accepted)).legs[0], { state, reasons: shown }, state)
      t.equal((await caseOf(store, accepted)).legs[0]?.reasons.length, shown.length, state)
    }
  })

  t.test('an event is entered once, and moves the case and its leg', async (t) => {
    const opened = await open(t)
    const accepted = await filed(opened.store)
    const words = { remark: '请王小明补交材料', reasons: [{ code: 'M1', message: '照片不清' }], results: [] }
    const tell = () => arrival(accepted, { ...words, state: 'correction-required', cityStatus: '30' })
    const told = tell()
    t.equal(await opened.store.takeNews(told), 'new')
    t.equal(await opened.store.takeNews(tell()), 'known')
    const { store } = await opened.reopen()
    t.equal(await store.takeNews({ ...tell(), now: LATER + 1 }), 'known')
    const found = await caseOf(store, accepted)
    t.equal(found.state, 'correction-required')
    t.equal(found.updatedAt, LATER)
    t.match(found.legs[0], {
      delivery: 'delivered',
      cityStatus: '30',
      backendCaseNo: 'FS-0007',
      reasons: words.reasons,
    })
    const { id: _id, reference: _reference, backendCaseNo: _number, order: _order, ...shown } = told.news
    t.strictSame(found.news, [{ ...shown, leg: 'decide', city: 'fushun', receivedAt: LATER, kept: 'new' }])
    const { entries } = await store.listRecords({ kind: 'city-news', limit: 10 })
    t.strictSame(
      entries.map(({ leaf }) => leaf['outcome']),
      ['new', 'known', 'known'],
    )
  })

  t.test('in whatever order events come, the newest holds and all are kept', async (t) => {
    const { store } = await open(t)
    const life = ['accepted', 'in-review', 'approved', 'completed'] as const
    const orders = [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [1, 3, 0, 2],
      [2, 0, 3, 1],
    ]
    for (const order of orders) {
      const accepted = await filed(store)
      let newest = -1
      for (const place of order) {
        const news = { id: `${accepted.newCase.caseNo}-${place}`, order: place + 1, state: life[place] ?? null }
        const kept = await store.takeNews(arrival(accepted, news))
        t.equal(kept, place > newest ? 'new' : 'older')
        newest = Math.max(newest, place)
      }
      const found = await caseOf(store, accepted)
      t.equal(found.state, 'completed')
      t.strictSame(
        found.news.map(({ state }) => state),
        life,
        'shown in the order in which they happened',
      )
    }
  })

  t.test('what the table of states does not have is kept and recorded, and moves nothing', async (t) => {
    const { store } = await open(t)
    const accepted = await filed(store)
    await store.takeNews(arrival(accepted, { order: 1, state: 'in-review', cityStatus: '40' }))
    const before = await caseOf(store, accepted)
    t.equal(await store.takeNews(arrival(accepted, { order: 2, state: 'accepted', cityStatus: '20' })), 'illegal')
    t.equal(await store.takeNews(arrival(accepted, { order: 3, state: 'refused', cityStatus: '90' })), 'illegal')
    const after = await caseOf(store, accepted)
    t.same({ ...after, news: [] }, { ...before, news: [] }, 'neither the case nor its leg nor its history')
    t.same(
      after.news.map(({ state, kept }) => ({ state, kept })),
      [
        { state: 'in-review', kept: 'new' },
        { state: 'accepted', kept: 'illegal' },
        { state: 'refused', kept: 'illegal' },
      ],
    )
    t.equal((await store.listRecords({ kind: 'city-news', outcome: 'illegal', limit: 9 })).entries.length, 2)
    t.equal(await store.takeNews(arrival(accepted, { order: 4, state: 'approved', cityStatus: '50' })), 'new')
    t.equal((await caseOf(store, accepted)).state, 'approved')
  })

  t.test(
    'the history names who moved the case, when by the city’s clock, and which document goes with it',
    async (t) => {
      const { store } = await open(t)
      const accepted = await filed(store)
      await store.takeNews(arrival(accepted, { order: 5, state: 'correction-required' }))
      t.match((await caseOf(store, accepted)).events, [
        { event: 'filed', by: 'clerk', hall: 'hunnan', state: 'collected', document: 'receipt' },
        { event: 'delivered', by: 'gateway', state: null, document: null },
        { event: 'pre-accept', by: 'city', hall: null, state: 'pre-accepted', at: NOW + 250 },
        {
          event: 'require-correction',
          by: 'city',
          city: 'fushun',
          state: 'correction-required',
          document: 'correction-notice',
          at: NOW + 5000,
        },
      ])
    },
  )

  t.test('a city that tells of a leg has it: nobody sends it or asks about it again', async (t) => {
    const { store } = await open(t)
    for (const settled of [
      { state: 'unconfirmed', faultCode: 'CITY_TIMEOUT', nextAt: NOW + 1, notKnown: 0 },
      { state: 'stored', faultCode: 'CITY_TIMEOUT', nextAt: NOW + 1, notKnown: 0 },
      { state: 'stuck', faultCode: 'CITY_TIMEOUT', mayHaveArrived: true },
    ] as const) {
      const accepted = await filed(store, false)
      await store.settle(settlement(accepted, { settled, answer: null }))
      t.equal(await store.takeNews(arrival(accepted, { id: accepted.newCase.caseNo })), 'new')
      const found = await caseOf(store, accepted)
      t.match(found.legs[0], { delivery: 'delivered', backendCaseNo: 'FS-0007', faultCode: null, nextAt: null })
      t.equal(found.state, 'accepted')
      t.strictSame(await store.claimDue(claimRequest('fushun', LATER)), [])
    }
  })

  t.test('news that overtake the answer to the sending are not taken back by it', async (t) => {
    const { store } = await open(t)
    const taken = { state: 'delivered', backendCaseNo: 'FS-0001', cityStatus: '01' } as const
    const unknown = { state: 'unconfirmed', faultCode: 'CITY_TIMEOUT', nextAt: NOW + 1, notKnown: 0 } as const
    for (const settled of [taken, unknown]) {
      const accepted = await filed(store, false)
      await store.takeNews(arrival(accepted, { id: accepted.newCase.caseNo, state: 'in-review', cityStatus: '40' }))
      t.match((await caseOf(store, accepted)).legs[0], { delivery: 'sending' }, 'the attempt settles its delivery')
      t.equal(await store.settle(settlement(accepted, { settled })), true)
      const found = await caseOf(store, accepted)
      t.equal(found.state, 'in-review')
      t.match(found.legs[0], { delivery: 'delivered', cityStatus: '40', nextAt: null })
      t.strictSame(await store.claimDue(claimRequest('fushun', LATER)), [])
    }
  })

  t.test('a refusal may come as news', async (t) => {
    const { store } = await open(t)
    const accepted = await filed(store)
    const reasons = [{ code: 'wrong_area', message: '不属于本市' }]
    await store.takeNews(arrival(accepted, { state: 'refused', reasons, backendCaseNo: null }))
    const found = await caseOf(store, accepted)
    t.match(found.legs[0], { delivery: 'refused', reasons })
    t.equal(found.state, 'refused')
    t.same(
      found.events.slice(-2).map(({ event }) => event),
      ['refused', 'refuse'],
    )
  })

  t.test('a refusal that is older than what the city has told since moves nothing', async (t) => {
    const { store } = await open(t)
    const accepted = await filed(store)
    const { caseNo } = accepted.newCase
    t.equal(await store.takeNews(arrival(accepted, { id: `${caseNo}-2`, order: 2, state: 'accepted' })), 'new')
    t.equal(await store.takeNews(arrival(accepted, { id: `${caseNo}-1`, order: 1, state: 'refused' })), 'older')
    // A leg whose delivery were `refused` could not be withdrawn any more.
    t.match(await caseOf(store, accepted), { state: 'accepted', legs: [{ state: 'accepted', delivery: 'delivered' }] })
  })

  t.test('the next leg starts once, with the number that the news brought', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed, { legs: JOINT_LEGS })
    await store.accept(accepted)
    const ticket = { state: 'delivered', backendCaseNo: null, cityStatus: 'queued' } as const
    await store.settle(settlement(accepted, { settled: ticket }))
    const place = BEFORE_RELEASE
    await store.takeNews(arrival(accepted, { backendCaseNo: null }, { place }))
    t.equal(
      (await caseOf(store, accepted)).legs[1]?.delivery,
      'waiting',
      'without a number there is nothing to relate to',
    )
    await store.takeNews(arrival(accepted, { order: 2 }, { place }))
    const [claim, ...more] = await store.claimDue(claimRequest('benxi', LATER))
    t.match(claim, { leg: 'release', call: 'deliver', relatedCaseNo: 'FS-0007' })
    t.strictSame(more, [])
    await store.takeNews(arrival(accepted, { order: 3 }, { place }))
    t.strictSame(await store.claimDue(claimRequest('benxi', LATER)), [], 'it has started already')
  })

  t.test('the next leg carries what the one before has yielded, of each code the newest', async (t) => {
    const opened = await open(t)
    const { store } = opened
    const accepted = acceptance(store.keyed, { legs: JOINT_LEGS })
    await store.accept(accepted)
    const place = { ...ALONE, next: { leg: JOINT_LEGS[1], after: 'approved' } } as const
    await store.settle(settlement(accepted, { place }))
    const permit = (number: string) => ({ code: 'move-in-permit', name: '准迁证', number })
    const letter = { code: 'letter', name: '王小明的联系函', number: 'L-1' }
    await store.takeNews(arrival(accepted, { order: 1, state: 'accepted', results: [permit('1')] }, { place }))
    t.strictSame(await store.claimDue(claimRequest('benxi', LATER)), [], 'accepted is not approved')
    await store.takeNews(arrival(accepted, { order: 3, state: 'approved', results: [permit('2'), letter] }, { place }))
    // Older ones that come late do not replace newer ones.
    await store.takeNews(arrival(accepted, { order: 2, state: 'in-review', results: [permit('0')] }, { place }))
    const again = (await opened.reopen()).store
    const [claim] = await again.claimDue(claimRequest('benxi', LATER))
    t.match(claim, { leg: 'release', relatedCaseNo: 'FS-0007' })
    t.same(claim?.relatedResults, [permit('2'), letter])
  })

  t.test('what concerns no leg that the city was sent is recorded and changes nothing', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed, { legs: JOINT_LEGS })
    await store.accept(accepted)
    t.equal(await store.takeNews(arrival(accepted, {}, { city: 'benxi' })), 'unknown')
    t.equal(await store.takeNews(arrival(accepted, {}, { city: 'benxi', leg: 'release' })), 'unknown', 'it still waits')
    t.strictSame((await caseOf(store, accepted)).news, [])
    t.equal(await store.findNewsTarget(accepted.newCase.caseNo, 'release', 'benxi'), null)
    t.equal(await store.findNewsTarget(accepted.newCase.caseNo, 'decide', 'benxi'), null)
    t.match(await store.findNewsTarget(accepted.newCase.caseNo, 'decide', 'fushun'), {
      item: accepted.newCase.item,
      legs: JOINT_LEGS,
    })
    const { entries } = await store.listRecords({ kind: 'city-news', limit: 10 })
    t.equal(entries.length, 2)
  })

  t.test('how far a city has been asked is kept', async (t) => {
    const opened = await open(t)
    t.equal(await opened.store.newsCursor('fushun/main'), null)
    await opened.store.keepNewsCursor('fushun/main', 'p7')
    await opened.store.keepNewsCursor('benxi/main', 'x')
    await opened.store.keepNewsCursor('fushun/main', 'p9')
    const { store } = await opened.reopen()
    t.equal(await store.newsCursor('fushun/main'), 'p9')
    t.equal(await store.newsCursor('benxi/main'), 'x')
  })
}

// Contract: filing cases, finding them again, and who finds them.

import type { Test } from 'tap'
import type { CaseScope } from '../../src/domain/store.ts'
import { acceptance, claimRequest, JOINT_LEGS, LEASE_MS, LI, NOW, settlement, WANG } from './fixture.ts'
import type { OpenedStore } from './fixture.ts'

export function caseContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('an accepted case is there as it was filed, also after the store was opened again', async (t) => {
    const opened = await open(t)
    const accepted = acceptance(opened.store.keyed, { legs: JOINT_LEGS, handlingMode: 'joint' })
    t.same(await opened.store.accept(accepted), { kind: 'accepted', sameItemOpen: null })
    const { subjectKeys: _, legs: __, ...filed } = accepted.newCase
    const waiting = { backendCaseNo: null, cityStatus: null, reasons: [], faultCode: null, nextAt: null }
    const expected = {
      ...filed,
      updatedAt: NOW,
      legs: [
        { leg: 'decide', city: 'fushun', state: 'collected', delivery: 'sending', attempts: 1, ...waiting },
        { leg: 'release', city: 'benxi', state: 'collected', delivery: 'waiting', attempts: 0, ...waiting },
      ],
      events: [
        {
          at: NOW,
          event: 'filed',
          leg: 'decide',
          city: 'fushun',
          by: 'clerk',
          hall: 'hunnan',
          state: 'collected',
          document: 'receipt',
        },
      ],
      news: [],
      acts: [],
    }
    t.same(await opened.store.findCase(filed.caseNo, { hall: 'hunnan' }), expected)
    const again = await opened.reopen()
    t.same(await again.store.findCase(filed.caseNo, { hall: 'hunnan' }), expected)
  })

  t.test('a case that is decided where it was taken has its answer at once and nothing for the courier', async (t) => {
    const { store } = await open(t)
    const answer = { status: 201, headers: { location: '/v1/cases/1' }, body: '{}' }
    const accepted = acceptance(store.keyed, {}, { keptHere: answer })
    t.same(await store.accept(accepted), { kind: 'accepted', sameItemOpen: null })
    const { caseNo } = accepted.newCase
    const found = await store.findCase(caseNo, { hall: 'hunnan' })
    t.match(found?.legs, [{ delivery: 'local', attempts: 0, nextAt: null }])
    t.match(await store.findRepeat(accepted.key.scope), { caseNo, answer })
    t.same(await store.backlog(), [])
    const request = claimRequest('fushun', NOW + 100 * LEASE_MS)
    t.same(await store.claimDue(request), [], 'not even long after')
    t.equal(await store.settle(settlement(accepted)), false, 'and no lease to settle under')
  })

  t.test('a case is found by its hall, its cities and its parties, and by nobody else', async (t) => {
    const { store } = await open(t)
    const { keyed } = store
    const parties = [keyed.subjectKey(WANG), keyed.subjectKey(LI)]
    const accepted = acceptance(keyed, { legs: JOINT_LEGS, subjectKeys: parties })
    await store.accept(accepted)
    const { caseNo } = accepted.newCase
    const may: readonly CaseScope[] = [
      { hall: 'hunnan' },
      { city: 'fushun' },
      { city: 'benxi' },
      { subjectKey: keyed.subjectKey({ ...WANG, certNo: WANG.certNo.toLowerCase() }) },
      { subjectKey: keyed.subjectKey(LI) },
      { hall: 'hunnan', city: 'fushun', subjectKey: parties[0]! },
    ]
    const mayNot: readonly CaseScope[] = [
      {},
      { hall: 'heping' },
      { city: 'shenyang' },
      { subjectKey: keyed.subjectKey({ certType: '111', certNo: '210102199001011230' }) },
      { subjectKey: keyed.subjectKey({ ...WANG, certType: '414' }) },
      { hall: 'hunnan', city: 'anshan' },
    ]
    for (const scope of may) {
      t.equal((await store.findCase(caseNo, scope))?.caseNo, caseNo, `found by ${JSON.stringify(scope)}`)
      t.equal((await store.listCases({ scope, limit: 9 })).entries.length, 1, `listed for ${JSON.stringify(scope)}`)
    }
    for (const scope of mayNot) {
      t.equal(await store.findCase(caseNo, scope), null, `not found by ${JSON.stringify(scope)}`)
      t.same(await store.listCases({ scope, limit: 9 }), { entries: [], next: null })
    }
    t.equal(await store.findCase('20261122-NOSUCHCASE00', { hall: 'hunnan' }), null)
  })

  t.test('fifty equal applications at once make one case, one intent, and forty-nine repeats', async (t) => {
    const { store } = await open(t)
    const key = { scope: store.keyed.scope(['one']), fingerprint: 'same' }
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => store.accept(acceptance(store.keyed, {}, { key }))),
    )
    t.equal(answers.filter((answer) => answer.kind === 'accepted').length, 1)
    const repeats = answers.flatMap((answer) => (answer.kind === 'repeated' ? [answer.repeat] : []))
    t.equal(repeats.length, 49)
    const { entries } = await store.listCases({ scope: { hall: 'hunnan' }, limit: 100 })
    t.equal(entries.length, 1)
    for (const repeat of repeats) {
      t.same(repeat, { fingerprint: 'same', caseNo: entries[0]?.caseNo, leaseUntil: NOW + LEASE_MS, answer: null })
    }
    t.equal((await store.listRecords({ limit: 100 })).entries.length, 1)
    t.equal((await store.backlog())[0]?.count, 1)
  })

  t.test('a repeat tells the first body’s fingerprint and replays the first answer kept', async (t) => {
    const opened = await open(t)
    const { store } = opened
    const accepted = acceptance(store.keyed)
    const { scope } = accepted.key
    t.equal(await store.findRepeat(scope), null)
    await store.accept(accepted)
    const first = settlement(accepted).answer!
    await store.settle(settlement(accepted))
    const { caseNo } = accepted.newCase
    await store.append([], { scope, answer: { status: 202, headers: {}, body: 'later' } })
    const expected = {
      fingerprint: accepted.key.fingerprint,
      caseNo,
      leaseUntil: NOW + LEASE_MS,
      answer: first,
    }
    t.same(await store.findRepeat(scope), expected)
    const other = acceptance(store.keyed, {}, { key: { scope, fingerprint: 'another body' } })
    t.same(await store.accept(other), { kind: 'repeated', repeat: expected })
    t.equal(await store.findCase(other.newCase.caseNo, { hall: 'hunnan' }), null, 'nothing came of the repeat')
    const again = await opened.reopen()
    t.same(await again.store.findRepeat(scope), expected)
  })

  t.test('whoever files what the same applicant has open already is told which case that is', async (t) => {
    const { store } = await open(t)
    const { keyed } = store
    const file = async (changes: Parameters<typeof acceptance>[1] = {}, more = {}) => {
      const accepted = acceptance(keyed, changes, more)
      const answer = await store.accept(accepted)
      return { accepted, caseNo: accepted.newCase.caseNo, twin: answer.kind === 'accepted' ? answer.sameItemOpen : '?' }
    }
    const of = (...parties: (typeof WANG)[]) => ({ subjectKeys: parties.map((party) => keyed.subjectKey(party)) })
    const first = await file()
    t.equal(first.twin, null)
    t.equal((await file({ hall: 'heping' })).twin, first.caseNo, 'whichever hall files it')
    t.equal((await file({ item: 'another-item' })).twin, null, 'another item')
    t.equal((await file(of(LI))).twin, null, 'another applicant')
    t.equal((await file({ item: 'third-item', ...of(LI, WANG) })).twin, null)
    t.equal((await file({ item: 'third-item' })).twin, null, 'who was only the agent is not the applicant')

    const refused = await file({ item: 'fourth-item' })
    await store.settle(settlement(refused.accepted, { settled: { state: 'refused', reasons: [] } }))
    const filedAnew = await file({ item: 'fourth-item' })
    t.equal(filedAnew.twin, null, 'one that has ended is not open')
    await store.settle(settlement(filedAnew.accepted))
    t.equal((await file({ item: 'fourth-item' })).twin, filedAnew.caseNo, 'one that its city has is')

    const keptHere = { status: 201, headers: {}, body: '{}' }
    t.equal((await file({ item: 'local-item' }, { keptHere })).twin, null)
    t.equal((await file({ item: 'local-item' }, { keptHere })).twin, null, 'nobody tells when a local one ends')
    for (let n = 0; n < 50; n++) await file({ item: 'many-item', ...of(LI, WANG) })
    t.equal((await file()).twin, null, 'only the newest fifty of a party are looked at')
  })

  t.test('an answer kept by append is replayed too', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed)
    await store.accept(accepted)
    const answer = { status: 202, headers: { 'retry-after': '5' }, body: '{"state":"collected"}' }
    await store.append([], { scope: accepted.key.scope, answer })
    t.same((await store.findRepeat(accepted.key.scope))?.answer, answer)
  })

  t.test('cases come newest first, page by page, each once, while others are being filed', async (t) => {
    const { store } = await open(t)
    const file = async (count: number, changes: object = {}): Promise<string[]> => {
      const all = Array.from({ length: count }, (_, n) => acceptance(store.keyed, { filedAt: NOW + n, ...changes }))
      for (const accepted of all) await store.accept(accepted)
      return all.map((accepted) => accepted.newCase.caseNo)
    }
    const filed = await file(23)
    await file(3, { hall: 'heping' })
    const seen: string[] = []
    let before: number | undefined
    for (let pages = 0; pages < 50; pages++) {
      const page = await store.listCases({
        scope: { hall: 'hunnan' },
        limit: 5,
        ...(before === undefined ? {} : { before }),
      })
      seen.push(...page.entries.map((entry) => entry.caseNo))
      await file(2)
      if (page.next === null) break
      before = page.next
    }
    t.same(seen, filed.toReversed())
  })

  t.test('cases are listed by item and state, and a joint case with two legs in one city once', async (t) => {
    const { store } = await open(t)
    const twice = [JOINT_LEGS[0], { ...JOINT_LEGS[1], city: 'fushun' }] as const
    const joint = acceptance(store.keyed, { item: 'ps-hukou-transfer-spouse', legs: twice })
    const plain = acceptance(store.keyed)
    for (const accepted of [joint, plain]) await store.accept(accepted)
    await store.settle(settlement(plain))
    const list = async (filter: object): Promise<readonly string[]> =>
      (await store.listCases({ scope: { city: 'fushun' }, limit: 9, ...filter })).entries.map((entry) => entry.caseNo)
    t.same(await list({}), [plain.newCase.caseNo, joint.newCase.caseNo])
    t.same(await list({ item: 'ps-hukou-transfer-spouse' }), [joint.newCase.caseNo])
    t.same(await list({ state: 'pre-accepted' }), [plain.newCase.caseNo])
    t.same(await list({ state: 'pre-accepted', item: 'ps-hukou-transfer-spouse' }), [])
  })
}

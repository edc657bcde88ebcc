// Contract: what stands behind the digests of a record is found, erased with its person, and cleared away when its time is over.

import type { Test } from 'tap'
import type { RecordDraft } from '../../src/domain/audit.ts'
import type { Disclosed } from '../../src/domain/disclosure.ts'
import { acceptance, draft, LI, NOW, WANG, type OpenedStore } from './fixture.ts'

const DAY_MS = 86_400_000

const disclosed = (purpose: string): readonly Disclosed[] => [
  { name: 'identityCheck', value: { how: 'id-card-reader', at: '2026-11-22' }, digest: 'digest-1', salt: 'salt-1' },
  { name: 'purpose', value: purpose, digest: 'digest-2', salt: 'salt-2' },
]
const shown = (purpose: string) => disclosed(purpose).map(({ name, value, salt }) => ({ name, value, salt }))
const erasure = (): RecordDraft =>
  draft({ kind: 'subject-erased', outcome: 'consent-withdrawn', call: null, requestDigest: null, subjectKey: null })
const removal = (): RecordDraft =>
  draft({ kind: 'retention-applied', outcome: 'removed', actor: { role: 'gateway' }, requestDigest: null })

export function disclosureContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('the leaf has the digests alone; values and salts are found by the record’s id', async (t) => {
    const opened = await open(t)
    const subjectKey = opened.store.keyed.subjectKey(WANG)
    const query = draft({ call: 'query', subjectKey, disclosed: disclosed('查询本人参保') })
    const plain = draft({ requestDigest: null })
    const nobodys = draft({ disclosed: disclosed('没有当事人') })
    await opened.store.append([draft(), query, plain, nobodys])
    const { store } = await opened.reopen()
    const { leaf } = (await store.findRecord(query.id))!
    t.same(leaf['disclosed'], { identityCheck: 'digest-1', purpose: 'digest-2' })
    t.notOk(JSON.stringify(leaf).includes('参保'))
    t.same(await store.findDisclosure(query.id), {
      values: shown('查询本人参保'),
      requestSalt: query.requestDigest?.salt,
      answerSalt: null,
      isGone: false,
      subjectKey,
      caseNo: null,
      item: query.item,
    })
    t.match(await store.findDisclosure(plain.id), { values: [], requestSalt: null, isGone: false, subjectKey: null })
    t.match(await store.findDisclosure(nobodys.id), { values: shown('没有当事人'), subjectKey: null })
    t.equal(await store.findDisclosure('no-such-record'), null)
  })

  t.test('an erasure takes one person’s values, salts and the way to the records, and no leaf', async (t) => {
    const opened = await open(t)
    const { keyed } = opened.store
    const [wang, li] = [keyed.subjectKey(WANG), keyed.subjectKey(LI)]
    const ofWang = Array.from({ length: 3 }, (_, n) => draft({ subjectKey: wang, disclosed: disclosed(`王 ${n}`) }))
    const ofLi = draft({ subjectKey: li, disclosed: disclosed('李') })
    // One commit, thus one row of salts for both.
    await opened.store.append([...ofWang, ofLi])
    const before = await opened.store.listRecords({ limit: 100 })
    const record = erasure()
    t.same(await opened.store.eraseSubject(wang, record), {
      isKnown: true,
      values: 3,
      salts: 3,
      drafts: 0,
      uploads: 0,
      files: [],
      casesKept: 0,
    })
    const { store } = await opened.reopen()
    for (const { id } of ofWang) {
      t.match(await store.findDisclosure(id), { values: [], requestSalt: null, isGone: true, subjectKey: null })
    }
    t.match(await store.findDisclosure(ofLi.id), { values: shown('李'), isGone: false, subjectKey: li })
    const found = async () => (await store.listRecords({ subjectKey: wang, limit: 10 })).entries.map(({ id }) => id)
    t.same(await found(), [record.id], 'by the person only the erasure is found')
    const after = await store.listRecords({ limit: 100 })
    t.same(after.entries.slice(0, before.entries.length), before.entries, 'every leaf and its hash is as it was')
    const leaf = after.entries.at(-1)?.leaf
    t.match(leaf, { id: record.id, counts: { values: 3, salts: 3, casesKept: 0 } })
    t.equal(leaf?.['subjectRef'], undefined, 'from which nothing leads to what was there before')
    t.match(leaf?.['erasureRef'], /^[0-9a-f]{32}$/)
    t.notOk(JSON.stringify(before.entries).includes(String(leaf?.['erasureRef'])))

    const again = draft({ subjectKey: wang, disclosed: disclosed('又来') })
    await store.append([again])
    const renewed = (await store.findRecord(again.id))?.leaf['subjectRef']
    t.not(renewed, before.entries[0]?.leaf['subjectRef'], 'the same person is somebody new')
    t.match(await store.findDisclosure(again.id), { values: shown('又来') })
    const second = erasure()
    t.match(await store.eraseSubject(wang, second), { isKnown: true, values: 1 })
    t.same(await found(), [record.id, second.id], 'and so is one of before')
    t.match(await store.eraseSubject(wang, erasure()), { isKnown: false }, 'who has only been erased is not known')
    t.equal((await found()).length, 3)

    const stranger = keyed.subjectKey({ ...LI, certType: '414' })
    const asked = erasure()
    t.match(await store.eraseSubject(stranger, asked), { isKnown: false })
    const byStranger = await store.listRecords({ subjectKey: stranger, limit: 10 })
    t.match(byStranger.entries, [{ id: asked.id }], 'that it was asked for is found')
    t.notOk('subjectRef' in (byStranger.entries[0]?.leaf ?? {}))
  })

  t.test('an erasure that a newer log names is done again by its reference', async (t) => {
    const { store } = await open(t)
    const { keyed } = store
    const [wang, li] = [keyed.subjectKey(WANG), keyed.subjectKey(LI)]
    const ofWang = draft({ subjectKey: wang, disclosed: disclosed('王') })
    const ofLi = draft({ subjectKey: li, disclosed: disclosed('李') })
    await store.accept(acceptance(keyed))
    await store.append([ofWang, ofLi])
    const first = erasure()
    await store.eraseSubject(wang, first)
    const named = String((await store.findRecord(first.id))?.leaf['erasureRef'])
    const since = draft({ subjectKey: wang, disclosed: disclosed('王又来') })
    await store.append([since])
    const again = { ...erasure(), intent: first.id }
    t.match(await store.redoErasure(named, again), { isKnown: true, values: 1, casesKept: 1 })
    t.match(await store.findDisclosure(since.id), { values: [], isGone: true })
    t.match(await store.findDisclosure(ofLi.id), { values: shown('李'), isGone: false })
    t.match((await store.findRecord(again.id))?.leaf, { intent: first.id, erasureRef: named, counts: { values: 1 } })

    const nobody = erasure()
    t.match(await store.redoErasure('0'.repeat(32), nobody), { isKnown: false })
    t.equal(await store.findRecord(nobody.id), null, 'and no record where nobody is known under it')
  })

  t.test('what belongs to a case stays with it, and so does the way to it', async (t) => {
    const { store } = await open(t)
    const wang = store.keyed.subjectKey(WANG)
    const accepted = acceptance(store.keyed)
    const intent = { ...accepted.intent, disclosed: disclosed('办件') }
    await store.accept({ ...accepted, intent })
    const query = draft({ subjectKey: wang, disclosed: disclosed('查询') })
    await store.append([query])
    t.match(await store.eraseSubject(wang, erasure()), { values: 1, salts: 1, casesKept: 1 })
    t.match(await store.findDisclosure(query.id), { values: [], isGone: true })
    t.match(await store.findDisclosure(intent.id), { values: shown('办件'), isGone: false, subjectKey: wang })
    const [mine] = (await store.listRecords({ subjectKey: wang, kind: 'subject-erased', limit: 10 })).entries
    t.equal(mine?.leaf['subjectRef'], (await store.findRecord(intent.id))?.leaf['subjectRef'], 'it is found with them')
    t.match(await store.eraseSubject(wang, erasure()), { values: 0, salts: 0, casesKept: 1 }, 'again there is nothing')
  })

  t.test('old disclosures go by class, the young ones and every leaf stay, and the record says how many', async (t) => {
    const { store } = await open(t)
    const days = (count: number): number => NOW + count * DAY_MS
    const wang = store.keyed.subjectKey(WANG)
    const query = (day: number): RecordDraft =>
      draft({ time: days(day), subjectKey: wang, disclosed: disclosed(`第 ${day} 日`) })
    const cases = [acceptance(store.keyed), acceptance(store.keyed, { filedAt: days(400) })]
    const intents = cases.map(({ intent }) => ({ ...intent, disclosed: disclosed('办件') }))
    const queries = Array.from({ length: 1500 }, (_, n) => query(n))
    // As they come in life: in the order of time, many commits.
    await store.accept({ ...cases[0]!, intent: intents[0]! })
    for (let at = 0; at < 400; at += 2) await store.append(queries.slice(at, at + 2))
    await store.accept({ ...cases[1]!, intent: intents[1]! })
    for (let at = 400; at < 1500; at += 50) await store.append(queries.slice(at, at + 50))
    const before = await store.listRecords({ limit: 200 })

    const retain = async (accessBefore: number, handOverBefore: number) => {
      let [values, salts] = [0, 0]
      for (let more = true; more;) {
        const step = await store.retain(
          { accessBefore: days(accessBefore), handOverBefore: days(handOverBefore) },
          removal(),
        )
        values += step.values
        salts += step.salts
        more = step.more
      }
      return { values, salts }
    }
    const isThere = async ({ id }: RecordDraft): Promise<boolean> =>
      ((await store.findDisclosure(id))?.values.length ?? 0) > 0
    t.same(await retain(0, 0), { values: 0, salts: 0 })
    t.same((await store.listRecords({ kind: 'retention-applied', limit: 5 })).entries, [], 'nothing done, nothing told')

    const first = await retain(600, 200)
    t.ok(first.values > 400 && first.values <= 601, `${first.values} values`)
    // Salts lie together by commit, and go when all of it is old enough.
    t.ok(first.salts > first.values - 50 && first.salts <= first.values, `${first.salts} salts`)
    t.notOk(await isThere(intents[0]!), 'a case of long ago')
    t.ok(await isThere(intents[1]!), 'a case that is young enough')
    t.notOk(await isThere(queries[300]!))
    for (const young of queries.slice(600, 620)) t.ok(await isThere(young), 'none goes too early')
    const told = (await store.listRecords({ kind: 'retention-applied', limit: 50 })).entries.map(
      ({ leaf }) => leaf['counts'],
    )
    const sum = (name: 'values' | 'salts') =>
      (told as Record<string, number>[]).reduce((all, one) => all + one[name]!, 0)
    t.same({ values: sum('values'), salts: sum('salts') }, first)

    t.same(await retain(600, 200), { values: 0, salts: 0 }, 'a second time there is nothing left to do')
    const second = await retain(1400, 1400)
    t.notOk(await isThere(intents[1]!))
    t.ok(await isThere(queries[1450]!))
    t.ok(first.values + second.values > 1200)
    t.same((await store.listRecords({ limit: 200 })).entries, before.entries, 'every leaf is as it was')
  })
}

// Contract: drafts are kept for their owners, by version, within bounds, and not for ever.

import type { Test } from 'tap'
import type { DraftOwner, NewDraft } from '../../src/domain/draft.ts'
import { draft as record, LI, NOW, WANG } from './fixture.ts'
import type { OpenedStore } from './fixture.ts'

const HALL: DraftOwner = { hall: 'shenyang/hunnan' }

const newDraft = (changes: Partial<NewDraft> = {}): NewDraft => ({
  draftId: crypto.randomUUID(),
  owner: HALL,
  item: 'mi-remote-care-filing',
  content: '{"applicant":{"name":"王小明"}}',
  version: 'v1',
  sizeBytes: 40,
  savedAt: NOW,
  savedBy: 'clerk-17',
  from: null,
  keptMax: 10,
  record: record({ kind: 'draft-kept', outcome: 'kept', item: 'mi-remote-care-filing', city: null }),
  ...changes,
})

export function draftContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('a draft is there as it was saved, for its owner alone, also after the store was opened again', async (t) => {
    const { store, reopen } = await open(t)
    const person: DraftOwner = { subjectKey: store.keyed.subjectKey(WANG) }
    const other: DraftOwner = { subjectKey: store.keyed.subjectKey(LI) }
    const draftId = crypto.randomUUID()
    for (const [owner, content] of [
      [HALL, '{"of":"the hall"}'],
      [person, '{"of":"Wang"}'],
    ] as const) {
      t.same(await store.keepDraft(newDraft({ draftId, owner, content })), { kind: 'kept', isNew: true })
    }
    const again = (await reopen()).store
    const { owner: _, from: __, keptMax: ___, record: ____, ...saved } = newDraft({ draftId })
    t.same(await again.findDraft(draftId, HALL), { ...saved, content: '{"of":"the hall"}' })
    t.equal((await again.findDraft(draftId, person))?.content, '{"of":"Wang"}', 'two owners may draw one id')
    for (const owner of [{ hall: 'shenyang/heping' }, other]) {
      t.equal(await again.findDraft(draftId, owner), null)
      t.same(await again.listDrafts({ owner, limit: 9 }), { entries: [], next: null })
      t.same(await again.deleteDraft(draftId, owner, 'v1', record()), { kind: 'unknown' })
    }
  })

  t.test('who saves without knowing the latest version changes nothing', async (t) => {
    const { store } = await open(t)
    const first = newDraft()
    const { draftId } = first
    const save = (version: string, from: string | null) =>
      store.keepDraft(newDraft({ draftId, version, from, content: `"${version}"`, savedAt: NOW + 1 }))
    t.same(await save('v2', 'v1'), { kind: 'changed', version: null }, 'one that is not there')
    await store.keepDraft(first)
    t.same(await save('v2', null), { kind: 'changed', version: 'v1' }, 'not new')
    t.same(await save('v2', 'v1'), { kind: 'kept', isNew: false })
    t.same(await save('v2', 'v1'), { kind: 'kept', isNew: false }, 'the same content again')
    t.same(await save('v3', 'v1'), { kind: 'changed', version: 'v2' }, 'a colleague was faster')
    t.match(await store.findDraft(draftId, HALL), { version: 'v2', content: '"v2"', savedAt: NOW + 1 })
    t.same(await store.deleteDraft(draftId, HALL, 'v1', record()), { kind: 'changed', version: 'v2' })
    t.same(await store.deleteDraft(draftId, HALL, 'v2', record({ kind: 'draft-deleted', item: null })), {
      kind: 'deleted',
    })
    t.equal(await store.findDraft(draftId, HALL), null)
    const { entries } = await store.listRecords({ limit: 99 })
    t.same(
      entries.map(({ leaf }) => [leaf['kind'], leaf['item']]),
      ['draft-kept', 'draft-kept', 'draft-kept', 'draft-deleted'].map((kind) => [kind, first.item]),
      'what changed something is on record, with the item',
    )
  })

  t.test('of two who save at once one is told that the other was faster', async (t) => {
    const { store } = await open(t)
    const first = newDraft()
    await store.keepDraft(first)
    const both = await Promise.all(
      ['v2', 'v3'].map((version) => store.keepDraft({ ...first, version, from: 'v1', record: newDraft().record })),
    )
    t.same(both.map(({ kind }) => kind).toSorted(), ['changed', 'kept'])
  })

  t.test('an owner has no more than so many, listed newest first, page by page', async (t) => {
    const { store } = await open(t)
    const ids: string[] = []
    for (let n = 0; n < 5; n++) {
      const one = newDraft({ keptMax: 5, item: n === 2 ? 'another-item' : 'mi-remote-care-filing' })
      t.equal((await store.keepDraft(one)).kind, 'kept')
      ids.unshift(one.draftId)
    }
    t.same(await store.keepDraft(newDraft({ keptMax: 5 })), { kind: 'too-many' })
    t.equal((await store.keepDraft(newDraft({ keptMax: 5, owner: { hall: 'shenyang/heping' } }))).kind, 'kept')
    const first = await store.listDrafts({ owner: HALL, limit: 3 })
    const second = await store.listDrafts({ owner: HALL, limit: 3, before: first.next ?? 0 })
    t.same(
      [...first.entries, ...second.entries].map(({ draftId }) => draftId),
      ids,
    )
    t.equal(second.next, null)
    t.notOk('content' in (first.entries[0] ?? {}), 'a list does not open what it lists')
    const { entries } = await store.listDrafts({ owner: HALL, item: 'another-item', limit: 9 })
    t.same(
      entries.map(({ draftId }) => draftId),
      [ids[2]],
    )
  })

  t.test('those that nobody has saved again in time are deleted, with one record', async (t) => {
    const { store } = await open(t)
    for (const savedAt of [NOW, NOW + 1, NOW + 2]) await store.keepDraft(newDraft({ savedAt }))
    const forgotten = () => record({ kind: 'drafts-forgotten', outcome: 'forgotten', item: null })
    t.equal(await store.forgetDrafts(NOW, 9, forgotten()), 0)
    t.equal(await store.forgetDrafts(NOW + 2, 1, forgotten()), 1)
    t.equal(await store.forgetDrafts(NOW + 2, 9, forgotten()), 1)
    t.equal((await store.listDrafts({ owner: HALL, limit: 9 })).entries.length, 1)
    const { entries } = await store.listRecords({ kind: 'drafts-forgotten', limit: 9 })
    t.match(
      entries.map(({ leaf }) => leaf['counts']),
      [{ drafts: 1 }, { drafts: 1 }],
      'none for nothing',
    )
  })
}

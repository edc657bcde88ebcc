// Contract: an upload is its owner's until a case takes it, and its case's from then on.

import type { Test } from 'tap'
import type { MaterialOwner, NewMaterial } from '../../src/domain/material.ts'
import { systemIds } from '../../src/system.ts'
import { acceptance, draft, LI, NOW, WANG } from './fixture.ts'
import type { OpenedStore } from './fixture.ts'

const HALL: MaterialOwner = { hall: 'hunnan' }

function material(changes: Partial<NewMaterial> = {}): NewMaterial {
  return {
    materialId: systemIds.materialId(),
    owner: HALL,
    file: systemIds.bytes(16).toString('hex'),
    key: systemIds.bytes(32),
    mediaType: 'application/pdf',
    sizeBytes: 1234,
    digest: systemIds.bytes(32).toString('hex'),
    uploadedAt: NOW,
    waitingMax: 10,
    record: draft({ kind: 'material-taken', outcome: 'kept' }),
    ...changes,
  }
}

const byHall = (hall: string) => ({ owner: { hall }, cases: { hall } })

export function materialContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('an upload is found by its owner alone, with what opens it, and over a restart', async (t) => {
    const { store, reopen } = await open(t)
    const mine = material({ owner: { subjectKey: store.keyed.subjectKey(WANG) } })
    const halls = material()
    for (const kept of [mine, halls]) {
      t.same(await store.keepMaterial(kept), { kind: 'kept', materialId: kept.materialId })
      t.ok(await store.findRecord(kept.record.id), 'with its record')
    }
    const { store: again } = await reopen()
    const scopeOf = (party: typeof WANG) => {
      const subjectKey = again.keyed.subjectKey(party)
      return { owner: { subjectKey }, cases: { subjectKey } }
    }
    const found = await again.findMaterial(mine.materialId, scopeOf(WANG))
    t.match(found, { materialId: mine.materialId, file: mine.file, digest: mine.digest, sizeBytes: 1234, caseNo: null })
    t.same(Buffer.from(found?.key ?? []), Buffer.from(mine.key))
    t.match(await again.findMaterial(halls.materialId, byHall('hunnan')), { file: halls.file })

    t.equal(await again.findMaterial(mine.materialId, scopeOf(LI)), null, 'not by another person')
    t.equal(await again.findMaterial(mine.materialId, byHall('hunnan')), null, 'not by a hall')
    t.equal(await again.findMaterial(halls.materialId, byHall('heping')), null, 'not by another hall')
    t.equal(await again.findMaterial(halls.materialId, { owner: null, cases: { city: 'fushun' } }), null)
    t.equal(await again.findMaterial('nothing', byHall('hunnan')), null)
  })

  t.test('the same content of the same owner is kept once while it waits', async (t) => {
    const { store } = await open(t)
    const first = material()
    const again = material({ digest: first.digest })
    const elsewhere = material({ digest: first.digest, owner: { hall: 'heping' } })
    await store.keepMaterial(first)
    t.same(await store.keepMaterial(again), { kind: 'known', materialId: first.materialId })
    t.same(await store.keepMaterial(elsewhere), { kind: 'kept', materialId: elsewhere.materialId })
    t.same(await store.unknownMaterialFiles([first.file, again.file, elsewhere.file, 'x']), [again.file, 'x'])
  })

  t.test('so many may wait, and no more', async (t) => {
    const { store } = await open(t)
    for (let count = 0; count < 3; count += 1) await store.keepMaterial(material({ waitingMax: 3 }))
    const fourth = material({ waitingMax: 3 })
    t.same(await store.keepMaterial(fourth), { kind: 'too-many' })
    t.same(await store.unknownMaterialFiles([fourth.file]), [fourth.file])
    t.equal((await store.keepMaterial(material({ waitingMax: 3, owner: { hall: 'heping' } }))).kind, 'kept')
  })

  t.test('a case takes the uploads that it names, in the transaction that makes it', async (t) => {
    const { store } = await open(t)
    const [given, left] = [material(), material()]
    await store.keepMaterial(given)
    await store.keepMaterial(left)
    const accepted = acceptance(
      store.keyed,
      { hall: 'hunnan' },
      { materials: { owner: HALL, materialIds: [given.materialId] } },
    )
    t.same(await store.accept(accepted), { kind: 'accepted', sameItemOpen: null })
    const { caseNo } = accepted.newCase
    const asCity = { owner: null, cases: { city: 'fushun' } }
    t.match(await store.findMaterial(given.materialId, asCity), { caseNo }, 'the city that handles it may see it now')
    t.match(await store.findMaterial(given.materialId, byHall('hunnan')), { caseNo })
    t.equal(await store.findMaterial(given.materialId, { ...asCity, cases: { city: 'benxi' } }), null)
    const person = { owner: null, cases: { subjectKey: store.keyed.subjectKey(LI) } }
    t.equal(await store.findMaterial(given.materialId, person), null)
    t.match(await store.findMaterial(left.materialId, byHall('hunnan')), { caseNo: null })
  })

  t.test('what is not there, not the owner’s or another case’s makes no case', async (t) => {
    const { store } = await open(t)
    const [taken, others] = [material(), material({ owner: { hall: 'heping' } })]
    await store.keepMaterial(taken)
    await store.keepMaterial(others)
    const naming = (...materialIds: string[]) =>
      acceptance(store.keyed, {}, { materials: { owner: HALL, materialIds } })
    const first = naming(taken.materialId)
    await store.accept(first)
    for (const [what, id] of [
      ['not there', systemIds.materialId()],
      ['another hall’s', others.materialId],
      ['another case’s', taken.materialId],
    ] as const) {
      const accepted = naming(id)
      t.same(await store.accept(accepted), { kind: 'materials-unusable' }, what)
      t.equal(await store.findCase(accepted.newCase.caseNo, { hall: 'hunnan' }), null, what)
      t.equal(await store.findRecord(accepted.intent.id), null, what)
    }
    t.match(await store.accept(first), { kind: 'repeated' }, 'the same key again is still a repetition')
  })

  t.test('a content that a case has twice is stored once', async (t) => {
    const { store } = await open(t)
    const first = material({ owner: HALL })
    const second = material({ owner: HALL, digest: first.digest })
    await store.keepMaterial(first)
    const other = acceptance(store.keyed, {}, { materials: { owner: HALL, materialIds: [first.materialId] } })
    await store.accept(other)
    // The first belongs to a case by now, so that the same content counts as new.
    await store.keepMaterial(second)
    const twin = material({ owner: { subjectKey: store.keyed.subjectKey(WANG) }, digest: first.digest })
    await store.keepMaterial(twin)
    t.same(await store.unknownMaterialFiles([first.file, second.file, twin.file]), [])
  })

  t.test('uploads that no case has taken are forgotten after their time, and only those', async (t) => {
    const { store } = await open(t)
    const [old, given, young] = [material(), material(), material({ uploadedAt: NOW + 1000 })]
    for (const one of [old, given, young]) await store.keepMaterial(one)
    await store.accept(acceptance(store.keyed, {}, { materials: { owner: HALL, materialIds: [given.materialId] } }))
    t.same(await store.forgetMaterials(NOW + 1000, 10), [old.file])
    t.same(await store.forgetMaterials(NOW + 1000, 10), [])
    t.equal(await store.findMaterial(old.materialId, byHall('hunnan')), null)
    t.ok(await store.findMaterial(given.materialId, byHall('hunnan')))
    t.ok(await store.findMaterial(young.materialId, byHall('hunnan')))
  })
}

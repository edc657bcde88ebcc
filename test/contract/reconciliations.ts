// Contract: what was found when cities were asked what they hold, and which applications arrived when.

import type { Test } from 'tap'
import type { Reconciliation } from '../../src/domain/reconciliation.ts'
import { acceptance, draft, NOW, settlement } from './fixture.ts'
import type { OpenedStore } from './fixture.ts'

const DAY_MS = 86_400_000

const found = (changes: Partial<Reconciliation> = {}): Reconciliation => ({
  city: 'fushun',
  backend: 'main',
  day: '2026-11-22',
  beganAt: NOW,
  endedAt: NOW + 5,
  outcome: 'differs',
  faultCode: null,
  here: 2,
  there: 1,
  agreed: 1,
  differing: 1,
  differences: [{ kind: 'missing-there', reference: '20261122-7Q2M9X4KTB0C.decide', here: 'FS-0001', there: null }],
  ...changes,
})

export function reconciliationContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('applications are found by when they arrived, page by page', async (t) => {
    const { store } = await open(t)
    const arrived: string[] = []
    for (const [at, settled] of [
      [NOW, {}],
      [NOW + 1, {}],
      [NOW + 2, { settled: { state: 'refused', reasons: [] } }],
      [NOW + DAY_MS, {}],
    ] as const) {
      const accepted = acceptance(store.keyed, { filedAt: at })
      await store.accept(accepted)
      await store.settle(settlement(accepted, settled))
      if (!('settled' in settled)) arrived.push(accepted.newCase.caseNo)
    }
    // Not arrived at all.
    await store.accept(acceptance(store.keyed))
    const range = { city: 'fushun', from: NOW, until: NOW + DAY_MS }
    const all = await store.deliveredLegs({ ...range, limit: 10 })
    t.match(all, {
      next: null,
      entries: arrived.slice(0, 2).map((caseNo, place) => ({
        caseNo,
        leg: 'decide',
        backendCaseNo: 'FS-0001',
        state: 'delivered',
        begunAt: NOW + place,
        deliveredAt: NOW + place + 250,
      })),
    })
    const first = await store.deliveredLegs({ ...range, limit: 1 })
    t.strictSame(first.entries, all.entries.slice(0, 1))
    const second = await store.deliveredLegs({ ...range, limit: 1, after: first.next ?? 0 })
    t.strictSame(second, { entries: all.entries.slice(1), next: null })
    t.strictSame((await store.deliveredLegs({ ...range, city: 'benxi', limit: 10 })).entries, [])
    t.strictSame((await store.deliveredLegs({ ...range, until: NOW + 250, limit: 10 })).entries, [], 'before its end')
  })

  t.test('of a backend and day the newest comparison is kept, and lives on', async (t) => {
    const opened = await open(t)
    const { store } = opened
    const record = (outcome: string) => draft({ kind: 'reconciled', outcome })
    await store.keepReconciliation(found({ outcome: 'failed', faultCode: 'CITY_TIMEOUT' }), record('failed'))
    t.strictSame(await store.reconciliationStandings(), [], 'nothing is known of what failed')
    await store.keepReconciliation(found(), record('differs'))
    await store.keepReconciliation(found({ day: '2026-11-21', outcome: 'agrees', differing: 0 }), record('agrees'))
    await store.keepReconciliation(found({ city: 'benxi', backend: 'old' }), record('differs'))
    const entries = [
      found({ city: 'benxi', backend: 'old' }),
      found(),
      found({ day: '2026-11-21', outcome: 'agrees', differing: 0 }),
    ]
    t.strictSame(await store.listReconciliations({ limit: 10 }), { entries, next: null })
    const first = await store.listReconciliations({ limit: 2 })
    t.strictSame(first.entries, entries.slice(0, 2))
    t.strictSame(await store.listReconciliations({ limit: 2, after: first.next ?? 0 }), {
      entries: entries.slice(2),
      next: null,
    })
    t.strictSame((await store.listReconciliations({ city: 'fushun', outcome: 'agrees', limit: 9 })).entries, [
      entries[2],
    ])
    t.equal((await store.listRecords({ kind: 'reconciled', limit: 9 })).entries.length, 4)
    const { store: again } = await opened.reopen()
    t.strictSame(await again.reconciliationStandings(), [
      { city: 'benxi', backend: 'old', day: '2026-11-22', differing: 1 },
      { city: 'fushun', backend: 'main', day: '2026-11-22', differing: 1 },
    ])
    t.strictSame((await again.listReconciliations({ limit: 10 })).entries, entries)
  })
}

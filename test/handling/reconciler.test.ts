// When yesterday is compared: from its hour on, once, again after a failure, and never before there were any books.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openRecording } from '../../src/audit/records.ts'
import type { CityBackend } from '../../src/domain/delivery.ts'
import type { LedgerFetch } from '../../src/domain/reconciliation.ts'
import { ALWAYS_OURS } from '../../src/domain/duty.ts'
import { openReconciler } from '../../src/handling/reconciler.ts'
import { openStore } from '../../src/store/sqlite.ts'
import { systemClock, systemIds } from '../../src/system.ts'
import { acceptance, settlement } from '../contract/fixture.ts'
import { catalogue, until } from '../gateway/harness.ts'

const HOUR_MS = 3_600_000
/** Three o'clock in Beijing. */
const THREE = Date.parse('2026-11-23T03:00:00+08:00')

/** A store of its own with a clock that tests set, and a city of which each look answers with `pages` in turn, the last for ever. */
async function open(t: Test, pages: readonly LedgerFetch[]) {
  const dataDir = mkdtempSync(join(tmpdir(), 'reconciler-'))
  t.teardown(() => rmSync(dataDir, { recursive: true, force: true }))
  const time = { now: THREE }
  const clock = { ...systemClock, now: () => time.now }
  const store = await openStore({
    dataDir,
    node: 'node',
    boot: 'boot',
    clock,
    ids: systemIds,
    queueMax: 100,
    stallMs: 10_000,
    sizeBytesMax: null,
    onCommit: () => undefined,
    onFatal: (error) => t.error(error),
  })
  t.teardown(() => store[Symbol.asyncDispose]())
  const recording = openRecording({ clock, ids: systemIds, keyed: store.keyed, configVersion: 'config-1' })
  const asked: { readonly from: number; readonly until: number }[] = []
  const fushun = {
    city: 'fushun',
    key: 'main',
    isOpenForCalls: () => true,
    ledger: {
      fetch: async (range) => {
        asked.push(range)
        return pages[Math.min(asked.length, pages.length) - 1] ?? { kind: 'failed', faultCode: 'CITY_TIMEOUT' }
      },
    },
  } as Partial<CityBackend> as CityBackend
  const parts = {
    catalogue,
    clock,
    store,
    recording,
    cities: { all: [fushun], backend: () => fushun, lines: () => [], hold: () => null },
  }
  const run = (): void => {
    const reconciler = openReconciler(parts, {
      duty: ALWAYS_OURS,
      hour: 3,
      lookMs: 5,
      againMs: 60_000,
      onError: (error) => t.error(error),
    })
    t.teardown(() => reconciler[Symbol.asyncDispose]())
  }
  const found = async () => (await store.listReconciliations({ limit: 10 })).entries
  /** Long enough for many looks. */
  const looks = (): Promise<void> => systemClock.delay(100)
  return { time, store, asked, run, found, looks }
}

const page = (total: number, ...references: readonly string[]): LedgerFetch => ({
  kind: 'page',
  page: {
    total,
    cases: references.map((reference) => ({ reference, backendCaseNo: 'FS-0001', takenAt: THREE - 20 * HOUR_MS })),
    next: null,
  },
})

t.test('from its hour on, once, with what arrived on the day before', async (t) => {
  const accepted: string[] = []
  const pages: LedgerFetch[] = []
  const opened = await open(t, pages)
  const { store, time } = opened
  // Of yesterday, of the day before, and of today.
  for (const filedAt of [THREE - 20 * HOUR_MS, THREE - 30 * HOUR_MS, THREE - HOUR_MS]) {
    const accept = acceptance(store.keyed, { filedAt })
    await store.accept(accept)
    t.equal(await store.settle(settlement(accept)), true)
    accepted.push(`${accept.newCase.caseNo}.decide`)
  }
  pages.push(page(1, accepted[0] ?? ''))
  time.now = THREE - 1
  opened.run()
  await opened.looks()
  t.strictSame(opened.asked, [], 'not before three')
  time.now = THREE
  const [first] = await until(opened.found, (found) => found.length > 0)
  t.match(first, { city: 'fushun', day: '2026-11-22', outcome: 'agrees', here: 1, there: 1, agreed: 1 })
  await opened.looks()
  t.equal(opened.asked.length, 1, 'once')
  time.now = THREE + 24 * HOUR_MS
  const days = await until(opened.found, (found) => found.length > 1)
  t.strictSame(
    days.map(({ day, here }) => [day, here]),
    [
      ['2026-11-23', 1],
      ['2026-11-22', 1],
    ],
  )
  t.match(days[0]?.differences, [{ kind: 'missing-there', reference: accepted[2] }])
  const [record] = (await store.listRecords({ kind: 'reconciled', limit: 1 })).entries
  t.match(record?.leaf, { actor: { role: 'gateway' }, outcome: 'agrees', city: 'fushun' })
})

t.test('again after a pause where the city could not be asked', async (t) => {
  const opened = await open(t, [{ kind: 'failed', faultCode: 'CITY_TIMEOUT' }, page(0)])
  await opened.store.accept(acceptance(opened.store.keyed, { filedAt: THREE - 20 * HOUR_MS }))
  opened.run()
  t.match(await until(opened.found, (found) => found.length > 0), [{ outcome: 'failed', faultCode: 'CITY_TIMEOUT' }])
  t.strictSame(await opened.store.reconciliationStandings(), [], 'nothing is known')
  await opened.looks()
  t.equal(opened.asked.length, 1)
  opened.time.now += 60_000
  t.match(await until(opened.found, ([one]) => one?.outcome === 'agrees'), [{ outcome: 'agrees', day: '2026-11-22' }])
  t.match(await opened.store.reconciliationStandings(), [{ city: 'fushun', backend: 'main', differing: 0 }])
})

t.test('not where the gateway has no books of that day', async (t) => {
  const opened = await open(t, [page(0)])
  opened.run()
  await opened.looks()
  await opened.store.accept(acceptance(opened.store.keyed, { filedAt: THREE }))
  await opened.looks()
  t.strictSame([opened.asked, await opened.found()], [[], []])
})

// A store that keeps nothing but the last records in memory: for measuring what all but durability costs. No product.

import { Fault } from '../../src/domain/fault.ts'
import type { RecordDraft } from '../../src/domain/audit.ts'
import { openKeys } from '../../src/store/keys.ts'
import type { EmbeddedStore, EmbeddedStoreOptions } from '../../src/store/sqlite.ts'

const KEPT_MAX = 10_000

/** Enough for queries, which only append. Everything that would have to find something again says that it cannot. */
export async function openStore({ dataDir, ids }: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { keyed } = openKeys({ dataDir, held: [], bytes: (size) => ids.bytes(size) })
  const kept: RecordDraft[] = []
  let next = 0
  const cannot = (): Promise<never> =>
    Promise.reject(new Fault('STORE_UNAVAILABLE', { cause: new Error('this store keeps nothing') }))

  return {
    keyed,
    async append(records) {
      for (const record of records) {
        kept[next] = record
        next = (next + 1) % KEPT_MAX
      }
    },
    check: () => Promise.resolve(),
    claimDue: () => Promise.resolve([]),
    backlog: () => Promise.resolve([]),
    accept: cannot,
    settle: cannot,
    findRepeat: cannot,
    findCase: cannot,
    listCases: cannot,
    findRecord: cannot,
    listRecords: cannot,
    stats: () => ({ writesWaiting: 0, readsWaiting: 0 }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

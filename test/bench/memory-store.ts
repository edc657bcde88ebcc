// A store that keeps nothing but the last record in memory: for measuring what all but durability costs. No product.

import { Fault } from '../../src/domain/fault.ts'
import type { RecordDraft } from '../../src/domain/audit.ts'
import { openKeys } from '../../src/store/keys.ts'
import type { EmbeddedStore, EmbeddedStoreOptions } from '../../src/store/sqlite.ts'

/** Enough for queries, which only append. Everything that would have to find something again says that it cannot. */
export async function openStore({ dataDir, ids }: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { keyed } = openKeys({ dataDir, held: [], bytes: (size) => ids.bytes(size) })
  // One only: more of them alive would cost the collector what no store in a process of its own costs it.
  let last: RecordDraft | undefined
  const cannot = (): Promise<never> =>
    Promise.reject(new Fault('STORE_UNAVAILABLE', { cause: new Error('this store keeps nothing') }))

  return {
    keyed,
    async append(records) {
      last = records.at(-1) ?? last
    },
    check: () => Promise.resolve(),
    claimDue: () => Promise.resolve([]),
    backlog: () => Promise.resolve([]),
    time: () => Promise.resolve(Date.now()),
    readFeed: (after) => Promise.resolve({ events: [], upTo: after }),
    feedEnd: () => Promise.resolve(0),
    webhookCursor: () => Promise.resolve(0),
    makeWebhookMessages: cannot,
    settleWebhookMessage: cannot,
    redriveWebhook: cannot,
    dueWebhookMessages: () => Promise.resolve([]),
    webhookStandings: () => Promise.resolve([]),
    deadWebhookMessages: () => Promise.resolve([]),
    accept: cannot,
    enterAct: cannot,
    takeNews: cannot,
    findNewsTarget: cannot,
    newsCursor: () => Promise.resolve(null),
    keepNewsCursor: cannot,
    keepMaterial: cannot,
    findMaterial: cannot,
    unknownMaterialFiles: () => Promise.resolve([]),
    forgetMaterials: () => Promise.resolve([]),
    keepDraft: cannot,
    deleteDraft: cannot,
    forgetDrafts: () => Promise.resolve(0),
    findDraft: cannot,
    listDrafts: cannot,
    holdLine: cannot,
    listDeliveries: cannot,
    findDisclosure: cannot,
    findGaps: () => Promise.resolve([]),
    eraseSubject: cannot,
    redoErasure: cannot,
    retain: () => Promise.resolve({ values: 0, salts: 0, more: false }),
    countRecords: cannot,
    openLegs: () => Promise.resolve({ entries: [], next: null }),
    findDelivery: cannot,
    decideDelivery: cannot,
    deliveredLegs: cannot,
    keepReconciliation: cannot,
    listReconciliations: cannot,
    reconciliationStandings: () => Promise.resolve([]),
    lineHolds: () => Promise.resolve(new Map()),
    holdDuty: (_, holder) => Promise.resolve({ holder, term: 0 }),
    leaveDuty: () => Promise.resolve(),
    keepFound: () => Promise.resolve(),
    found: () => Promise.resolve(null),
    settle: cannot,
    findRepeat: cannot,
    logKeys: [],
    signLog: cannot,
    rotateLogKey: cannot,
    logShards: () => Promise.resolve([]),
    logTail: () => Promise.resolve({ times: new Float64Array(), hashes: new Uint8Array() }),
    logPlace: cannot,
    logTile: cannot,
    logEntries: cannot,
    replaceCheckpoint: cannot,
    keepWitnessed: cannot,
    findCase: cannot,
    listCases: cannot,
    findRecord: cannot,
    listRecords: cannot,
    listFindings: cannot,
    stats: () => ({ writesWaiting: 0, readsWaiting: 0 }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

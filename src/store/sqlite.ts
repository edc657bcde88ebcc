// The embedded store: SQLite in one folder, written by one thread with group commit, read by two others.

import { Worker } from 'node:worker_threads'
import type { Clock } from '../domain/clock.ts'
import type { Ids, Keyed } from '../domain/ids.ts'
import type { Store } from '../domain/store.ts'
import { openBatches } from './batches.ts'
import type { Batches, BatchesOptions } from './batches.ts'
import { databaseFile, prepareFolder } from './database.ts'
import { openLogSigner } from './log-keys.ts'
import type { ReadOperation, WorkerStart, WriteOperation, WriterStart } from './operations.ts'
import { SEED_BYTES } from './random.ts'

export interface EmbeddedStoreOptions {
  readonly dataDir: string
  /** Name of this gateway in the audit log, the same over restarts. */
  readonly node: string
  /** Name of this start of it. */
  readonly boot: string
  readonly clock: Clock
  readonly ids: Pick<Ids, 'bytes'>
  /** How many writes may wait for the commit at work; more are refused with STORE_BUSY. Settlements may wait twice as many. */
  readonly queueMax: number
  /** A commit or a read that takes longer counts as stalled: writes and reads fail with STORE_UNAVAILABLE until it ends. */
  readonly stallMs: number
  /** Bound on the database file, null = none but the disk's. Writes that would pass it fail with STORE_UNAVAILABLE. */
  readonly sizeBytesMax: number | null
  /** Once the folder is this process's alone and fit for use, while the threads are still starting. */
  readonly onLocked?: () => void
  /** After each commit: its members, how many of them failed, how long it took from here to here, records by kind. */
  readonly onCommit: BatchesOptions['onBatch']
  /** A thread of the store was lost: this store answers nothing any more, and the process should end and be started again. */
  readonly onFatal: (error: Error) => void
}

export interface EmbeddedStore extends Store {
  readonly keyed: Keyed
  /** Writes and reads that wait at this moment. */
  stats(): { readonly writesWaiting: number; readonly readsWaiting: number }
}

/** Reads hold no disk and finish in microseconds; this many waiting means that something is wrong. */
const READS_WAITING_MAX = 10_000

/**
 * Opens the store in `dataDir`, making folder, database and keys where there are none yet. Throws StoreProblem if the
 * folder is in use, the data is newer than this program or damaged, or a key is missing or wrong.
 * Disposing finishes what waits, moves the log into the database and unlocks the folder.
 */
export async function openStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { dataDir, clock, ids, queueMax, onFatal } = options
  const { keys, logKeys, release, unlock } = prepareFolder({
    dataDir,
    now: clock.now(),
    bytes: (size) => ids.bytes(size),
  })
  options.onLocked?.()
  const { keyed, dataKeys, newestDataKeyId } = keys
  const workers: Worker[] = []
  const reader: WorkerStart = { file: databaseFile(dataDir), dataKeys, newestDataKeyId }
  const writer: WriterStart = {
    ...reader,
    node: options.node,
    boot: options.boot,
    seed: ids.bytes(SEED_BYTES),
    sizeBytesMax: options.sizeBytesMax,
  }
  let fatal = false
  const onLost = (error: Error): void => {
    if (fatal) return
    fatal = true
    onFatal(error)
  }
  const batchesOf = (module: string, name: string, start: WorkerStart, onBatch: BatchesOptions['onBatch']): Batches => {
    // Without the options of the process: its loaders (a test runner's, say) would take each thread half a second.
    const worker = new Worker(new URL(module, import.meta.url), { workerData: start, name, execArgv: [] })
    workers.push(worker)
    return openBatches({ worker, onBatch, onLost, clock, stallMs: options.stallMs })
  }

  try {
    const writes = batchesOf('./sqlite-writer.ts', 'store-writer', writer, options.onCommit)
    const lookups = batchesOf('./sqlite-lookups.ts', 'store-lookups', reader, () => {})
    await Promise.all([writes.ready, lookups.ready])
    release()

    const write = (operation: WriteOperation): Promise<unknown> =>
      writes.call(operation, operation.kind === 'settle' ? 2 * queueMax : queueMax)
    const read = (batches: Batches, operation: ReadOperation): Promise<unknown> =>
      batches.call(operation, READS_WAITING_MAX)

    let closing: Promise<void> | undefined
    async function close(): Promise<void> {
      await Promise.all([lookups.end(), searches?.end()])
      await writes.end()
      unlock()
    }

    // Begun by the first search: its query builder takes longer to load than all the rest, and many a gateway never searches.
    let searches: Batches | undefined
    function search(operation: ReadOperation): Promise<unknown> {
      if (closing !== undefined) return read(lookups, operation)
      searches ??= batchesOf('./sqlite-searches.ts', 'store-searches', reader, () => {})
      return read(searches, operation)
    }

    return {
      keyed,
      accept: (acceptance) => write({ kind: 'accept', acceptance }) as ReturnType<Store['accept']>,
      enterAct: (act) => write({ kind: 'enterAct', act }) as ReturnType<Store['enterAct']>,
      settle: (settlement) => write({ kind: 'settle', settlement }) as ReturnType<Store['settle']>,
      claimDue: (request) => write({ kind: 'claimDue', request }) as ReturnType<Store['claimDue']>,
      append: async (records, kept) => {
        await write({ kind: 'append', records, kept: kept ?? null })
      },
      takeNews: (arrival) => write({ kind: 'takeNews', arrival }) as ReturnType<Store['takeNews']>,
      keepNewsCursor: async (source, cursor) => {
        await write({ kind: 'keepNewsCursor', source, cursor })
      },
      holdLine: async (line, hold, record) => {
        await write({ kind: 'holdLine', line, hold, record })
      },
      decideDelivery: (decision) => write({ kind: 'decideDelivery', decision }) as ReturnType<Store['decideDelivery']>,
      keepMaterial: (material) => write({ kind: 'keepMaterial', material }) as ReturnType<Store['keepMaterial']>,
      forgetMaterials: (uploadedBefore, limit) =>
        write({ kind: 'forgetMaterials', uploadedBefore, limit }) as ReturnType<Store['forgetMaterials']>,
      check: async () => {
        await write({ kind: 'check', now: clock.now() })
      },
      findRepeat: (scope) => read(lookups, { kind: 'findRepeat', scope }) as ReturnType<Store['findRepeat']>,
      findCase: (caseNo, scope) => read(lookups, { kind: 'findCase', caseNo, scope }) as ReturnType<Store['findCase']>,
      findRecord: (id) => read(lookups, { kind: 'findRecord', id }) as ReturnType<Store['findRecord']>,
      findNewsTarget: (caseNo, leg, city) =>
        read(lookups, { kind: 'findNewsTarget', caseNo, leg, city }) as ReturnType<Store['findNewsTarget']>,
      newsCursor: (source) => read(lookups, { kind: 'newsCursor', source }) as ReturnType<Store['newsCursor']>,
      lineHolds: () => read(lookups, { kind: 'lineHolds' }) as ReturnType<Store['lineHolds']>,
      findDelivery: (caseNo, leg, messageNo) =>
        read(lookups, { kind: 'findDelivery', caseNo, leg, messageNo }) as ReturnType<Store['findDelivery']>,
      findMaterial: (materialId, scope) =>
        read(lookups, { kind: 'findMaterial', materialId, scope }) as ReturnType<Store['findMaterial']>,
      unknownMaterialFiles: (files) =>
        read(lookups, { kind: 'unknownMaterialFiles', files }) as ReturnType<Store['unknownMaterialFiles']>,
      logKeys,
      signLog: openLogSigner(keys.logKey.privateKey),
      logShards: () => read(lookups, { kind: 'logShards' }) as ReturnType<Store['logShards']>,
      logTail: (skip, limit) => read(lookups, { kind: 'logTail', skip, limit }) as ReturnType<Store['logTail']>,
      logPlace: (recordId) => read(lookups, { kind: 'logPlace', recordId }) as ReturnType<Store['logPlace']>,
      logTile: (year, level, index, width) =>
        read(lookups, { kind: 'logTile', year, level, index, width }) as ReturnType<Store['logTile']>,
      logEntries: (year, index, width) =>
        search({ kind: 'logEntries', year, index, width }) as ReturnType<Store['logEntries']>,
      replaceCheckpoint: (old, step) =>
        write({ kind: 'replaceCheckpoint', old, step }) as ReturnType<Store['replaceCheckpoint']>,
      keepWitnessed: async (year, checkpoint) => {
        await write({ kind: 'keepWitnessed', year, checkpoint })
      },
      readFeed: (after, scope, limit) =>
        read(lookups, { kind: 'readFeed', after, scope, limit }) as ReturnType<Store['readFeed']>,
      feedEnd: () => read(lookups, { kind: 'feedEnd' }) as ReturnType<Store['feedEnd']>,
      backlog: () => read(lookups, { kind: 'backlog' }) as ReturnType<Store['backlog']>,
      listCases: (filter) => search({ kind: 'listCases', filter }) as ReturnType<Store['listCases']>,
      listDeliveries: (filter) => search({ kind: 'listDeliveries', filter }) as ReturnType<Store['listDeliveries']>,
      listRecords: (filter) => search({ kind: 'listRecords', filter }) as ReturnType<Store['listRecords']>,
      stats: () => ({
        writesWaiting: writes.waiting(),
        readsWaiting: lookups.waiting() + (searches?.waiting() ?? 0),
      }),
      [Symbol.asyncDispose]: () => (closing ??= close()),
    }
  } catch (error) {
    fatal = true
    await Promise.all(workers.map((worker) => worker.terminate()))
    release()
    unlock()
    throw error
  }
}

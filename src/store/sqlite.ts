// The embedded store: SQLite in one folder, written by one thread with group commit, read by two others.

import type { KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { RecordDraft } from '../domain/audit.ts'
import type { Clock } from '../domain/clock.ts'
import type { Ids, Keyed } from '../domain/ids.ts'
import type { LogKey } from '../domain/log.ts'
import type { Store } from '../domain/store.ts'
import { openBatches } from './batches.ts'
import type { Batches, BatchesOptions } from './batches.ts'
import { storeCalls } from './calls.ts'
import { databaseFile, prepareFolder } from './database.ts'
import { fingerprintOf, KEY_BYTES, keyFile, makeKeyFile, readKeyFile } from './keys.ts'
import { ed25519Of, openLogSigner, publicKeyOf } from './log-keys.ts'
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
  /**
   * Makes a new key of the log, which signs from the next opening on: this store goes on with the old one. `succession` makes the
   * note by which both say so. Killed anywhere, either key is in charge and none is lost; a file that a killed attempt has left
   * is taken up by the next one.
   */
  rotateLogKey(succession: Succession, record: RecordDraft): Promise<LogKey>
  /** Writes and reads that wait at this moment. */
  stats(): { readonly writesWaiting: number; readonly readsWaiting: number }
}

interface SigningKey {
  readonly publicKey: Uint8Array
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>
}

const signingKey = (key: KeyObject): SigningKey => ({ publicKey: publicKeyOf(key), sign: openLogSigner(key) })

export type Succession = (older: SigningKey, newer: SigningKey, time: number) => Promise<string>

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
    const lookUp = (operation: ReadOperation): Promise<unknown> => read(lookups, operation)

    let closing: Promise<void> | undefined
    async function close(): Promise<void> {
      await Promise.all([lookups.end(), searches?.end()])
      await writes.end()
      unlock()
    }

    // Begun by the first search: its query builder takes longer to load than all the rest, and many a gateway never searches.
    let searches: Batches | undefined
    function search(operation: ReadOperation): Promise<unknown> {
      if (closing !== undefined) return lookUp(operation)
      searches ??= batchesOf('./sqlite-searches.ts', 'store-searches', reader, () => {})
      return read(searches, operation)
    }

    async function rotateLogKey(succession: Succession, record: RecordDraft): Promise<LogKey> {
      const keyId = keys.logKey.keyId + 1
      const file = keyFile(dataDir, 'log', keyId)
      if (!existsSync(file)) makeKeyFile(file, ids.bytes(KEY_BYTES))
      const seed = readKeyFile(file)
      const [older, newer] = [signingKey(keys.logKey.privateKey), signingKey(ed25519Of(seed))]
      // A clock that was set back must not make the newer key the older one.
      const since = Math.max(clock.now(), (logKeys[0]?.since ?? 0) + 1)
      const note = await succession(older, newer, since)
      const key = { keyId, publicKey: newer.publicKey, fingerprint: fingerprintOf(seed), since, succession: note }
      await write({ kind: 'rotateLogKey', key, record })
      return { publicKey: key.publicKey, since, succession: note }
    }

    return {
      keyed,
      rotateLogKey,
      ...storeCalls({ write, lookUp, search, now: () => clock.now() }),
      logKeys,
      signLog: openLogSigner(keys.logKey.privateKey),
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

// The embedded store: SQLite in one folder, written by one thread with group commit, read by two others.

import { assembleStore, type OpenStore, type StoreOptions } from './assemble.ts'
import type { Batches } from './batches.ts'
import { databaseFile, prepareFolder } from './database.ts'
import type { EmbeddedFile, ReaderStart, WriterStart } from './operations.ts'
import { SEED_BYTES } from './random.ts'
import { openServing } from './serving.ts'
import { openThreads } from './threads.ts'

export interface EmbeddedStoreOptions extends StoreOptions {
  /** Bound on the database file, null = none but the disk's. Writes that would pass it fail with STORE_UNAVAILABLE. */
  readonly sizeBytesMax: number | null
}

export type EmbeddedStore = OpenStore

/**
 * Opens the store in `dataDir`, making folder, database and keys where there are none yet. Throws StoreProblem if the
 * folder is in use, the data is newer than this program or damaged, or a key is missing or wrong.
 * Disposing finishes what waits, moves the log into the database and unlocks the folder.
 */
export async function openStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { dataDir, clock, ids, queueMax, sizeBytesMax } = options
  const { release, unlock, ...prepared } = prepareFolder({
    dataDir,
    now: clock.now(),
    bytes: (size) => ids.bytes(size),
  })
  options.onLocked?.()
  const { dataKeys, newestDataKeyId } = prepared.keys
  const reader: ReaderStart & EmbeddedFile = { file: databaseFile(dataDir), sizeBytesMax, dataKeys, newestDataKeyId }
  const writer: WriterStart & EmbeddedFile = {
    ...reader,
    node: options.node,
    boot: options.boot,
    seed: ids.bytes(SEED_BYTES),
  }
  const threads = openThreads(options)
  const beginReader = (module: string, name: string): Batches =>
    threads.begin(new URL(module, import.meta.url), name, reader, () => {})

  try {
    const writes = threads.begin(
      new URL('./sqlite-writer.ts', import.meta.url),
      'store-writer',
      writer,
      options.onCommit,
    )
    const lookups = beginReader('./sqlite-lookups.ts', 'store-lookups')
    await Promise.all([writes.ready, lookups.ready])
    release()

    const { operators, stats, close } = openServing({
      writes,
      lookups: [lookups],
      beginSearches: () => beginReader('./sqlite-searches.ts', 'store-searches'),
      queueMax,
      release: unlock,
    })
    return { ...assembleStore(options, prepared, operators), stats, [Symbol.asyncDispose]: close }
  } catch (error) {
    await threads.terminate()
    release()
    unlock()
    throw error
  }
}

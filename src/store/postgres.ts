// The shared store: PostgreSQL, for any number of gateways. The same operations as the embedded one's, in threads that wait for it.

import { MessageChannel } from 'node:worker_threads'
import { assembleStore, type OpenStore, type StoreOptions } from './assemble.ts'
import type { Batches } from './batches.ts'
import type { ReaderStart, WriterStart } from './operations.ts'
import { openConnection } from './postgres/connection.ts'
import type { Line, PostgresAddress } from './postgres/messages.ts'
import { prepareDatabase } from './postgres/prepare.ts'
import type { ConnectionStart } from './postgres/start.ts'
import { SEED_BYTES } from './random.ts'
import { openServing } from './serving.ts'
import { openThreads } from './threads.ts'

export interface PostgresStoreOptions extends StoreOptions {
  readonly address: PostgresAddress
  /** Connections for look-ups; there is one more that writes, and one for searches. */
  readonly lookupConnections: number
  /** The role may change the audit log. */
  readonly onSuperuser?: () => void
}

/**
 * Opens the store in a database, making tables and keys where there are none yet; waits for the database, and this thread with it.
 * Throws StoreProblem if it cannot be reached or refuses, the data is newer than this program, the node's name is in use, or a
 * key is missing or wrong. Afterwards connections that are lost are made anew when they are needed: until then operations fail
 * with STORE_UNAVAILABLE. Disposing finishes what waits.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<OpenStore> {
  const { dataDir, clock, ids, queueMax, address, lookupConnections } = options
  const threads = openThreads(options)
  const link = threads.beginOther(new URL('./postgres/link.ts', import.meta.url), 'store-link')
  /** For a thread's connection: one end goes to the link, the other with the line to the thread. */
  function newLine(): Line {
    const { port1, port2 } = new MessageChannel()
    const flag = new SharedArrayBuffer(4)
    link.postMessage({ port: port1, flag } satisfies Line, [port1])
    return { port: port2, flag }
  }
  const begin = (module: string, name: string, start: ReaderStart, onBatch: StoreOptions['onCommit']): Batches => {
    const line = newLine()
    const workerData: ConnectionStart & ReaderStart = { ...start, line, address }
    return threads.begin(new URL(module, import.meta.url), name, workerData, onBatch, [line.port])
  }

  try {
    const first = openConnection({ line: newLine(), address, readOnly: false, name: `gateway ${options.node} starts` })
    const prepared = prepareDatabase(first, options.node, {
      dataDir,
      now: clock.now(),
      bytes: (size) => ids.bytes(size),
    })
    first.close()
    options.onLocked?.()
    if (prepared.isSuperuser) options.onSuperuser?.()
    const { dataKeys, newestDataKeyId } = prepared.keys
    const reader: ReaderStart = { dataKeys, newestDataKeyId }
    const writer: WriterStart = { ...reader, node: options.node, boot: options.boot, seed: ids.bytes(SEED_BYTES) }
    const writes = begin('./postgres/writer.ts', 'store-writer', writer, options.onCommit)
    const lookups = Array.from({ length: lookupConnections }, (_, index) =>
      begin('./postgres/lookups.ts', `store-lookups-${index + 1}`, reader, () => {}),
    )
    await Promise.all([writes, ...lookups].map(({ ready }) => ready))

    const { operators, stats, close } = openServing({
      writes,
      lookups,
      beginSearches: () => begin('./postgres/searches.ts', 'store-searches', reader, () => {}),
      queueMax,
      release: () => threads.terminate(),
    })
    return { ...assembleStore(options, prepared, operators), stats, [Symbol.asyncDispose]: close }
  } catch (error) {
    await threads.terminate()
    throw error
  }
}

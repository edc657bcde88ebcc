// What the reader threads have in common: a connection that cannot write, and an answer for each operation of a batch.

import { parentPort, workerData } from 'node:worker_threads'
import type { BatchDone, Failure, ReadOperation, ReaderStart, ToWorker } from './operations.ts'
import { openSealer } from './sealed.ts'
import type { Sealer } from './sealed.ts'
import type { ReadingSql, Sql } from './sql.ts'

/** Serves the operations that `open` knows until the main thread says that it is the end. */
export function serveReads(
  database: ReadingSql,
  open: (database: Sql, sealer: Sealer) => (operation: ReadOperation) => unknown,
): void {
  const start = workerData as ReaderStart
  const sealer = openSealer({
    keys: start.dataKeys,
    newestKeyId: start.newestDataKeyId,
    bytes: () => {
      throw new Error('a reader seals nothing')
    },
  })
  const perform = open(database, sealer)

  function carryOut(batch: readonly ReadOperation[]): BatchDone {
    const failures: (readonly [number, Failure])[] = []
    const results = batch.map((operation, index) => {
      try {
        return database.once(() => perform(operation))
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        failures.push([index, { why: database.isUnavailable(error) ? 'unavailable' : 'bad', written: 'no', message }])
        return null
      }
    })
    return { results, failures }
  }

  parentPort?.on('message', (message: ToWorker) => {
    if ('batch' in message) {
      parentPort?.postMessage(carryOut(message.batch as readonly ReadOperation[]))
      return
    }
    database.close()
    parentPort?.close()
  })
  parentPort?.postMessage({ ready: true })
}

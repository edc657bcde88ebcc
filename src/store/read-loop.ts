// What the two reader threads have in common: a connection that cannot write, and an answer for each operation of a batch.

import type { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { openForReading } from './database.ts'
import type { BatchDone, Failure, ReadOperation, ToWorker, WorkerStart } from './operations.ts'
import { openSealer } from './sealed.ts'
import type { Sealer } from './sealed.ts'

/** Serves the operations that `perform` knows until the main thread says that it is the end. */
export function serveReads(
  open: (database: DatabaseSync, sealer: Sealer) => (operation: ReadOperation) => unknown,
): void {
  const start = workerData as WorkerStart
  const database = openForReading(start.file)
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
        return perform(operation)
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        const why = error instanceof Error && 'errcode' in error ? 'unavailable' : 'bad'
        failures.push([index, { why, written: 'no', message }])
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

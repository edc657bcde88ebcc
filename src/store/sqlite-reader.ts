// A reader thread: answers reads over a connection that cannot write, so that no search ever delays a commit.

import { parentPort, workerData } from 'node:worker_threads'
import { openForReading } from './database.ts'
import type { BatchDone, Failure, ReadOperation, ToWorker, WorkerStart } from './operations.ts'
import { openCaseReader } from './read-cases.ts'
import { openRecordReader } from './read-records.ts'
import { openRepeats } from './repeats.ts'
import { openSealer } from './sealed.ts'
import { openSearch } from './search.ts'

const start = workerData as WorkerStart
const database = openForReading(start.file)
const sealer = openSealer({
  keys: start.dataKeys,
  newestKeyId: start.newestDataKeyId,
  bytes: () => {
    throw new Error('a reader seals nothing')
  },
})
const search = openSearch(database)
const findRepeat = openRepeats(database, sealer)
const cases = openCaseReader(database, sealer, search)
const records = openRecordReader(database, search)

function perform(operation: ReadOperation): unknown {
  switch (operation.kind) {
    case 'findRepeat':
      return findRepeat(operation.scope)
    case 'findCase':
      return cases.findCase(operation.caseNo, operation.scope)
    case 'listCases':
      return cases.listCases(operation.filter)
    case 'findRecord':
      return records.findRecord(operation.id)
    case 'listRecords':
      return records.listRecords(operation.filter)
    case 'backlog':
      return cases.backlog()
  }
}

function carryOut(batch: readonly ReadOperation[]): BatchDone {
  const failures: (readonly [number, Failure])[] = []
  const results = batch.map((operation, index) => {
    try {
      return perform(operation)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      const why = 'errcode' in (error as object) ? 'unavailable' : 'bad'
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

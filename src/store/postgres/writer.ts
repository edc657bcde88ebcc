// The writer thread: owns the connection that writes, and commits what it is sent batch by batch.

import { parentPort, workerData } from 'node:worker_threads'
import type { ToWorker, WriteOperation, WriterStart } from '../operations.ts'
import { openWriting } from '../writing.ts'
import { connectionOfThread } from './start.ts'
import { postgresWriting } from './writing.ts'

const start = workerData as WriterStart
const connection = connectionOfThread(`gateway ${start.node} writes`, false)
const carryOut = openWriting(postgresWriting(connection, start.node), start)

parentPort?.on('message', (message: ToWorker) => {
  if ('batch' in message) {
    parentPort?.postMessage(carryOut(message.batch as readonly WriteOperation[]))
    return
  }
  connection.close()
  parentPort?.close()
})
parentPort?.postMessage({ ready: true })

// The writer thread: owns the writing connection, and commits what it is sent batch by batch.

import { parentPort, workerData } from 'node:worker_threads'
import { openForWriting } from './database.ts'
import type { EmbeddedFile, ToWorker, WriteOperation, WriterStart } from './operations.ts'
import { sqliteWriting } from './sqlite-writing.ts'
import { openWriting } from './writing.ts'

const start = workerData as WriterStart & EmbeddedFile
const database = openForWriting(start.file, start.sizeBytesMax)
const carryOut = openWriting(sqliteWriting(database), start)

parentPort?.on('message', (message: ToWorker) => {
  if ('batch' in message) {
    parentPort?.postMessage(carryOut(message.batch as readonly WriteOperation[]))
    return
  }
  try {
    // What is in the log moves into the database, so that a copy of the one file is a whole copy.
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch {
    // No room for it: the log stays beside the database, and the next opening reads both.
  }
  database.close()
  parentPort?.close()
})
parentPort?.postMessage({ ready: true })

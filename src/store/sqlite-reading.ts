// Reads from the embedded store, on a connection that cannot write.

import { workerData } from 'node:worker_threads'
import { openForReading } from './database.ts'
import type { EmbeddedFile } from './operations.ts'
import type { ReadingSql } from './sql.ts'

/** Within a reader thread of the embedded store. */
export function sqliteReading(): ReadingSql {
  const database = openForReading((workerData as EmbeddedFile).file)
  return {
    prepare: (sql) => database.prepare(sql),
    once: (read) => read(),
    isUnavailable: (error) => error instanceof Error && 'errcode' in error,
    close: () => database.close(),
  }
}

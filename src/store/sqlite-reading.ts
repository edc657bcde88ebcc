// Reads from the embedded store, on a connection that cannot write.

import { workerData } from 'node:worker_threads'
import { openForReading } from './database.ts'
import type { EmbeddedFile } from './operations.ts'
import type { ReadingSql } from './sql.ts'

/** Within a reader thread of the embedded store. */
export function sqliteReading(): ReadingSql {
  const database = openForReading((workerData as EmbeddedFile).file)
  const [begin, end] = [database.prepare('BEGIN'), database.prepare('COMMIT')]
  return {
    prepare: (sql) => database.prepare(sql),
    // Of one moment: between two statements the writer may commit, and a case would stand where its news do not have it.
    once(read) {
      begin.run()
      try {
        return read()
      } finally {
        if (database.isTransaction) end.run()
      }
    },
    isUnavailable: (error) => error instanceof Error && 'errcode' in error,
    close: () => database.close(),
  }
}

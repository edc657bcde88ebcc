// Reads from PostgreSQL: what one operation sees in several statements is of one moment.

import type { ReadingSql } from '../sql.ts'
import { isLost, PostgresError, type PostgresConnection } from './connection.ts'

export function postgresReading(connection: PostgresConnection): ReadingSql {
  const begin = connection.prepare('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')

  function attempt<Result>(read: () => Result): Result {
    if (!connection.isConnected) connection.connect()
    connection.forget()
    begin.run()
    try {
      return read()
    } finally {
      connection.forget()
      // Nobody waits for it: the next operation comes behind it on the same connection.
      connection.post('ROLLBACK')
    }
  }

  return {
    prepare: (sql) => connection.prepare(sql),
    once(read) {
      const isNew = !connection.isConnected
      try {
        return attempt(read)
      } catch (error) {
        if (isNew || !isLost(error)) throw error
        return attempt(read) // the server was started anew since the last one, say
      }
    },
    isUnavailable: (error) => error instanceof PostgresError && !/^(?:22|42)/.test(error.code),
    close: () => connection.close(),
  }
}

// After a restored backup: what was still to be sent then may have been sent since, so it is asked about before it is sent.

import { databaseFile, openForWriting, prepareKeptFolder, type FolderOptions } from './database.ts'
import type { PostgresConnection } from './postgres/connection.ts'
import { WRITERS } from './postgres/locks.ts'
import type { Sql } from './sql.ts'

/**
 * Applications that wait or were unknown count as sent just now, with an outcome that nobody knows; what is stuck may have arrived.
 * Corrections and withdrawals are the same to a city the second time. Gives how many messages wait to be asked about.
 */
function markSent(database: Sql, now: number): number {
  const ask = database.prepare(`
    UPDATE deliveries SET state = 'unconfirmed', lease = NULL, not_known = 0, sent_at = ?, due_at = ?
    WHERE kind = 'application' AND state IN ('sending', 'stored', 'unconfirmed')`)
  const doubt = database.prepare(`
    UPDATE deliveries SET may_have_arrived = 1 WHERE kind = 'application' AND state = 'stuck'`)
  doubt.run()
  return Number(ask.run(now, now).changes)
}

/** No gateway may run on the folder: throws StoreProblem. One transaction; done twice it is as once. */
export function markRestoredFolder(options: FolderOptions): number {
  const { release, unlock } = prepareKeptFolder(options)
  const database = openForWriting(databaseFile(options.dataDir), null)
  try {
    database.exec('BEGIN IMMEDIATE')
    const marked = markSent(database, options.now)
    database.exec('COMMIT')
    return marked
  } finally {
    database.close()
    release()
    unlock()
  }
}

/** Within a session of a role that may write. No gateway should run on it. Throws PostgresError. */
export function markRestoredDatabase(connection: PostgresConnection, now: number): number {
  connection.send('BEGIN')
  connection.send(`SELECT pg_advisory_xact_lock(${WRITERS}, hashtext(current_schema()))`)
  const marked = markSent(connection, now)
  connection.send('COMMIT')
  return marked
}

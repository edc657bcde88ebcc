// Transactions on PostgreSQL, one at a time over all gateways: what the operations were written for.

import type { WritingSql } from '../sql.ts'
import { isLost, PostgresError, type PostgresConnection } from './connection.ts'
import { NODES, WRITERS } from './locks.ts'
import type { Answered } from './messages.ts'

/** SQLSTATE classes that concern one statement only: data, constraints, syntax, limits of the program. */
const OF_ONE = /^(?:22|23|42|54)/

/**
 * A transaction begins with the lock of the store's writers, and ends with it: records and events get their positions in the order
 * of their commits, and whoever comes next sees all that was committed before. A connection that was lost is made anew by `begin`.
 * `node`: no other session may write under its name; its records are numbered one by one.
 */
export function postgresWriting(connection: PostgresConnection, node: string): WritingSql {
  const beginning = connection.prepare('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE')
  const locking = connection.prepare(`SELECT pg_advisory_xact_lock(${WRITERS}, hashtext(current_schema()))`)
  let underWay = false

  function connect(): void {
    connection.connect()
    claimNode(connection, node)
  }

  function begin(first: () => void): void {
    connection.forget()
    beginning.run()
    locking.run()
    underWay = true
    first()
  }

  function rollback(): void {
    connection.forget()
    underWay = false
    try {
      if (connection.isConnected) connection.send('ROLLBACK')
    } catch (error) {
      if (!isLost(error)) throw error // without its connection a transaction ends by itself
    }
  }

  return {
    prepare: (sql) => connection.prepare(sql),
    exec: (sql) => connection.exec(sql),
    get isTransaction() {
      return underWay && connection.isConnected
    },
    begin(first) {
      underWay = false
      const isNew = !connection.isConnected
      if (isNew) connect()
      try {
        begin(first)
      } catch (error) {
        if (isNew || !isLost(error)) throw error
        // It was lost since the last transaction: the server was started anew, say.
        connect()
        begin(first)
      }
    },
    flush: () => connection.flush(),
    commit() {
      underWay = false
      const { command } = commitOn(connection)
      // Of a transaction that had failed, the server says that it is rolled back, and calls that no error.
      if (command !== 'COMMIT')
        throw new PostgresError({ code: '40000', message: 'rolled back at commit', lost: false })
    },
    rollback,
    concernsOneOnly: (error) => !(error instanceof PostgresError) || (!error.lost && OF_ONE.test(error.code)),
    isUndone: (error) => error instanceof PostgresError && !error.lost,
  }
}

/**
 * Sent together with what nobody has waited for yet: if any of that fails, this rolls back. A server that ends itself in the middle of
 * a commit, because its log has no room or cannot be synced, says so by the same codes as one that refuses a statement, and what it was
 * committing may come back with its recovery: that it rolled back is believed only of one that answers afterwards.
 */
function commitOn(connection: PostgresConnection): Answered {
  try {
    return connection.send('COMMIT')
  } catch (error) {
    if (!isLost(error)) connection.send('ROLLBACK')
    throw error
  }
}

/** Until this session ends. Throws a PostgresError, of code NODE_IN_USE where another session has the name. */
export function claimNode(connection: PostgresConnection, node: string): void {
  const [row] = connection.send(
    `SELECT current_schema() AS schema, pg_try_advisory_lock(${NODES}, hashtext(current_schema() || '/' || $1)) AS claimed`,
    node,
  ).rows
  if (row?.['schema'] === null) {
    throw new PostgresError({ code: '42501', message: 'the role may use no schema of its search_path', lost: false })
  }
  if (row?.['claimed'] === 1) return
  throw new PostgresError({ code: 'NODE_IN_USE', message: `another process writes as node ${node}`, lost: false })
}

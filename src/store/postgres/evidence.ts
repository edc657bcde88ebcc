// Reads the log as it lies in a PostgreSQL database, for who verifies it there: nothing is written, and no key is needed.

import { MessageChannel, Worker } from 'node:worker_threads'
import { evidenceOf, type Evidence } from '../read-evidence.ts'
import { openConnection } from './connection.ts'
import type { Line } from './messages.ts'

const CONNECT_TIMEOUT_MS = 10_000
const STATEMENT_TIMEOUT_MS = 60_000

/** `url` without a password: that is the environment's, PGPASSWORD. Throws PostgresError where it cannot be reached. */
export function openDatabaseEvidence(url: string): Evidence {
  const link = new Worker(new URL('./link.ts', import.meta.url), { name: 'evidence-link', execArgv: [] })
  link.unref()
  const { port1, port2 } = new MessageChannel()
  const flag = new SharedArrayBuffer(4)
  link.postMessage({ port: port1, flag } satisfies Line, [port1])
  const connection = openConnection({
    line: { port: port2, flag },
    address: {
      url,
      password: null,
      tls: null,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    },
    readOnly: true,
    name: 'gateway audit',
  })
  const close = (): void => {
    port2.close()
    void link.terminate()
  }
  try {
    connection.connect()
  } catch (error) {
    close()
    throw error
  }
  return evidenceOf(connection, close)
}

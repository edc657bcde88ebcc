// What the threads of the PostgreSQL store are started with.

import { workerData } from 'node:worker_threads'
import { openConnection, type PostgresConnection } from './connection.ts'
import type { Line, PostgresAddress } from './messages.ts'

/** Where a thread's connection goes to, and through whom. */
export interface ConnectionStart {
  readonly line: Line
  readonly address: PostgresAddress
}

/** Within a thread. It connects when it is first used. */
export function connectionOfThread(name: string, readOnly: boolean): PostgresConnection {
  const { line, address } = workerData as ConnectionStart
  return openConnection({ line, address, readOnly, name })
}

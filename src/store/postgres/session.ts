// One session with a database, for a command: opened, used and closed.

import { MessageChannel, Worker } from 'node:worker_threads'
import { openConnection, type PostgresConnection } from './connection.ts'
import type { Line, PostgresAddress } from './messages.ts'
import { problemOf } from './prepare.ts'

/** Throws StoreProblem for a database that cannot be reached or refuses, and what `work` throws. */
export async function inSession<Result>(
  address: PostgresAddress,
  work: (connection: PostgresConnection) => Result,
): Promise<Result> {
  const link = new Worker(new URL('./link.ts', import.meta.url), { name: 'store-link', execArgv: [] })
  try {
    const { port1, port2 } = new MessageChannel()
    const flag = new SharedArrayBuffer(4)
    link.postMessage({ port: port1, flag } satisfies Line, [port1])
    const connection = openConnection({
      line: { port: port2, flag },
      address,
      readOnly: false,
      name: 'gateway command',
    })
    connection.connect()
    const result = work(connection)
    connection.close()
    return result
  } catch (error) {
    throw problemOf(error)
  } finally {
    await link.terminate()
  }
}

// The tests' own PostgreSQL, for a benchmark instead of a test.

import { chmodSync } from 'node:fs'
import { startPostgres, type PostgresServer } from '../postgres/server.ts'

/** Its data lies in `folder`; disposing stops it. */
export async function benchPostgres(folder: string): Promise<PostgresServer & AsyncDisposable> {
  // Where this runs as root, the database is another user, who has to get through.
  chmodSync(folder, 0o711)
  const ends: (() => unknown)[] = []
  const server = await startPostgres({ teardown: (end) => void ends.push(end) }, folder)
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      for (const end of ends) await end()
    },
  }
}

// Opens real stores in a real PostgreSQL, each empty.

import type { Test } from 'tap'
import { openPostgresStore, type PostgresStoreOptions } from '../../src/store/postgres.ts'
import type { OpenStore } from '../../src/store/assemble.ts'
import type { OpenedStore } from '../contract/fixture.ts'
import { newFolder, storeOptions } from '../store/folder.ts'
import type { PostgresServer } from './server.ts'

/** Closed when the test ends, if not before. */
export async function openAt(
  t: Test,
  dataDir: string,
  place: { readonly url: string; readonly password: string },
  changes: Partial<PostgresStoreOptions> = {},
): Promise<OpenStore> {
  const address = { ...place, tls: null, connectTimeoutMs: 5000, statementTimeoutMs: 30_000 }
  const store = await openPostgresStore({ ...storeOptions(dataDir), address, lookupConnections: 1, ...changes })
  t.teardown(() => store[Symbol.asyncDispose]())
  return store
}

/** For the contract: an empty store, which can be closed and opened again. */
export async function openEmptyPostgres(t: Test, server: PostgresServer): Promise<OpenedStore> {
  const dataDir = newFolder(t)
  const place = await server.newStore()
  const open = async (): Promise<OpenedStore> => {
    const store = await openAt(t, dataDir, place)
    return {
      store,
      node: storeOptions(dataDir).node,
      reopen: async () => {
        await store[Symbol.asyncDispose]()
        return open()
      },
    }
  }
  return open()
}

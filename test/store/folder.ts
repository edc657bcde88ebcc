// Opens real stores in folders of their own, which go away with the test.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { openStore } from '../../src/store/sqlite.ts'
import type { EmbeddedStore, EmbeddedStoreOptions } from '../../src/store/sqlite.ts'
import { systemClock, systemIds } from '../../src/system.ts'
import type { OpenedStore } from '../contract/fixture.ts'

export const storeOptions = (dataDir: string): EmbeddedStoreOptions => ({
  dataDir,
  node: 'gateway-1',
  boot: systemIds.requestId(),
  clock: systemClock,
  ids: systemIds,
  queueMax: 1000,
  stallMs: 60_000,
  sizeBytesMax: null,
  onCommit: () => {},
  onFatal: (error) => {
    throw error
  },
})

export function newFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-store-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Closed when the test ends, if not before. */
export async function openIn(
  t: Test,
  dataDir: string,
  changes: Partial<EmbeddedStoreOptions> = {},
): Promise<EmbeddedStore> {
  const store = await openStore({ ...storeOptions(dataDir), ...changes })
  t.teardown(() => store[Symbol.asyncDispose]())
  return store
}

/** For the contract: an empty store, which can be closed and opened again. */
export async function openEmpty(t: Test, dataDir = newFolder(t)): Promise<OpenedStore> {
  const store = await openIn(t, dataDir)
  return {
    store,
    node: storeOptions(dataDir).node,
    reopen: async () => {
      await store[Symbol.asyncDispose]()
      return openEmpty(t, dataDir)
    },
  }
}

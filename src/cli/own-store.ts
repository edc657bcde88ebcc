// Opens the store of this installation for a command that writes into it, while its gateway is stopped.

import { hostname } from 'node:os'
import type { LoadedConfig } from '../config.ts'
import { openStoreAt } from '../store-place.ts'
import { systemClock, systemIds } from '../system.ts'

/** For what ends a command: nothing of it goes on. */
export const raise = (error: unknown): never => {
  throw error
}

/** Throws StoreProblem while a gateway runs on the folder, and what else keeps a store from opening. */
export const openOwnStore = (config: LoadedConfig): ReturnType<typeof openStoreAt> =>
  openStoreAt(config, {
    dataDir: config.dataDir,
    node: config.node ?? hostname(),
    boot: systemIds.requestId(),
    clock: systemClock,
    ids: systemIds,
    onCommit: () => undefined,
    onFatal: raise,
    onSuperuser: () => undefined,
  })

// Several real gateways on one PostgreSQL and one data folder, with sandbox cities that outlive them all.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { startOrAdoptSandbox } from '../../src/sandbox/control.ts'
import { cities, PROJECT } from '../gateway/harness.ts'
import { addressSaidBy, launch, makeFolder, ready, type Folder, type Launched } from '../gateway/launch.ts'
import { DATABASE_PATIENCE } from './borrowed.ts'
import { startPostgres, type PostgresServer } from './server.ts'

export interface SharedStage {
  readonly server: PostgresServer
  readonly folder: Folder
  readonly url: string
  readonly password: string
  /** By how many milliseconds the gateway of this name is to be ahead, where it was begun with a clock that can be set. */
  setClock(node: string, aheadMs: number): void
  /** A gateway of this name; it listens when this resolves. */
  begin(node: string, port?: number, program?: string): Promise<Launched>
}

/** All of it goes away with the test. */
export async function openStage(
  t: Pick<Test, 'teardown'>,
  changes: readonly [RegExp, string][] = [],
  nodeOptions: readonly string[] = [],
  start: () => Promise<PostgresServer> = () => startPostgres(t),
): Promise<SharedStage> {
  const server = await start()
  const { url, password } = await server.newStore()
  const folder = makeFolder(t, [
    [/passwordFile: none/, 'passwordFile: database-password'],
    [/^log: .*$/m, 'log: stdout'],
    DATABASE_PATIENCE,
    ...changes,
  ])
  mkdirSync(folder.dataDir, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder.dataDir, 'database-password'), `${password}\n`, { mode: 0o600 })
  const sandbox = await startOrAdoptSandbox({
    dataDir: folder.dataDir,
    cities: cities.map(({ key }) => key),
    ownerPid: process.pid,
  })
  t.teardown(() => sandbox.stop())
  const clockFile = (node: string): string => join(folder.dataDir, `clock-${node}`)
  return {
    setClock: (node, aheadMs) => writeFileSync(clockFile(node), String(aheadMs)),
    server,
    folder,
    url,
    password,
    async begin(node, port = 0, program = PROJECT) {
      const env = { GATEWAY_STORE: url, GATEWAY_NODE: node, GATEWAY_SANDBOX: 'off', GATEWAY_PORT: String(port) }
      const clock = { CLOCK_OFFSET_FILE: clockFile(node) }
      const gateway = await ready(launch(t, folder, { ...env, ...clock }, { program, nodeOptions }))
      return Object.defineProperties(gateway, { address: { value: addressSaidBy(gateway) } })
    },
  }
}

// A process that appends records to a store of its own, alone and in a crowd, and syncs a file: what group commit gains.

import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { openPostgresStore } from '../../src/store/postgres.ts'
import { openStore } from '../../src/store/sqlite.ts'
import { systemClock, systemIds } from '../../src/system.ts'
import { draft } from '../contract/fixture.ts'

export interface AppendWish {
  /** 0 = sync a file of its own instead. */
  readonly callers: number
  readonly sliceMs: number
}

export interface Appended {
  readonly acknowledged: number
  readonly tookMs: number
}

// With an address, a password and a node's name it is the store in that database.
const [, , dataDir = '', url, password = '', node = 'bench'] = process.argv
const options = {
  dataDir,
  node,
  boot: 'bench',
  clock: systemClock,
  ids: systemIds,
  queueMax: 5000,
  stallMs: 60_000,
  onCommit: () => {},
  onFatal: (error: Error) => {
    throw error
  },
}
const store =
  url === undefined
    ? await openStore({ ...options, sizeBytesMax: null })
    : await openPostgresStore({
        ...options,
        address: { url, password, tls: null, connectTimeoutMs: 5000, statementTimeoutMs: 30_000 },
        lookupConnections: 1,
      })
const file = openSync(join(dataDir, 'sync'), 'w')
const page = Buffer.alloc(4096, 1)

async function append({ callers, sliceMs }: AppendWish): Promise<Appended> {
  const began = performance.now()
  const end = began + sliceMs
  let acknowledged = 0
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < end) {
        await store.append([draft()])
        acknowledged += 1
      }
    }),
  )
  if (callers === 0) {
    for (; performance.now() < end; acknowledged++) {
      writeSync(file, page, 0, page.length, 0)
      fdatasyncSync(file)
    }
  }
  return { acknowledged, tookMs: performance.now() - began }
}

process.on('message', (wish: AppendWish) => void append(wish).then((appended) => process.send?.(appended)))
process.on('disconnect', () => {
  closeSync(file)
  void store[Symbol.asyncDispose]().then(() => process.exit(0))
})
process.send?.('ready')

// What can happen to the disk of a PostgreSQL: each flush of its log takes long, or there is no room, for its tables or for its log.

import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { until } from '../gateway/harness.ts'
import { waitFor } from '../gateway/launch.ts'
import type { OwnDisk } from '../own-mounts.ts'
import { bringBack } from '../postgres/own-disk.ts'
import type { PostgresServer } from '../postgres/server.ts'

const SAID_MAX = 2000
const SLOW_MS = 4000
const FULL_MS = 3000
/** Callers are patient for a minute. */
const STRUCK_MS = 20_000
/** The longest that the server has a setting for, in microseconds. */
const FLUSH_DELAY_US = 100_000

/** Of a gateway's connection that writes, by `log_line_prefix`. */
const NO_ROOM_FOR_WRITER = /gateway \w+ writes .*(?:ERROR|PANIC): .*No space left on device/
const ENDED_FOR_ITS_LOG = /PANIC: .*No space left on device/

/** What a disk of the server's own is needed for. */
export const FULL_DISKS = ['database full', 'database log full'] as const

/** Without a disk of its own it is only slow. `log_line_prefix` is to end with `%a `. */
export function diskStrikes(server: PostgresServer, disk: OwnDisk | null): Record<string, () => Promise<void>> {
  const slow = { 'database slow': () => slowDown(server) }
  if (disk === null) return slow
  return {
    ...slow,
    'database full': () => fillUnder(server, disk, NO_ROOM_FOR_WRITER, () => Promise.resolve()),
    async 'database log full'() {
      // Before it is full: a new session may find no room for what it notes down.
      const place = new URL(server.owner.url)
      place.password = encodeURIComponent(server.owner.password)
      const session = new Client({ connectionString: place.href })
      session.on('error', () => undefined)
      await session.connect()
      // At its next page the log needs a new file, and sooner or later there is no room for one.
      const push = async (): Promise<void> => {
        await session.query("SELECT pg_logical_emit_message(false, 'chaos', 'x')")
        await session.query('SELECT pg_switch_wal()')
      }
      try {
        await fillUnder(server, disk, ENDED_FOR_ITS_LOG, () => push().catch(() => undefined))
      } finally {
        await session.end().catch(() => undefined)
      }
    },
  }
}

/** Has the server wait before each flush, as for a disk that takes so long. */
async function slowDown(server: PostgresServer): Promise<void> {
  const set = async (delayUs: string, siblings: string): Promise<void> => {
    await server.query(`ALTER SYSTEM ${delayUs}`)
    await server.query(`ALTER SYSTEM ${siblings}`)
    await server.query('SELECT pg_reload_conf()')
  }
  const flushMs = async (): Promise<number> => {
    const began = performance.now()
    await server.query("SELECT pg_logical_emit_message(true, 'chaos', 'x')")
    return performance.now() - began
  }
  await set(`SET commit_delay = ${FLUSH_DELAY_US}`, 'SET commit_siblings = 0')
  const slowest = await until(flushMs, (ms) => ms >= FLUSH_DELAY_US / 1000)
  await delay(SLOW_MS)
  await set('RESET commit_delay', 'RESET commit_siblings')
  if (slowest < FLUSH_DELAY_US / 1000) throw new Error(`no flush waited: ${Math.round(slowest)} ms`)
}

/** Full until the server's log says what it is to say, and a while longer; then it is started again where it has ended itself. */
async function fillUnder(
  server: PostgresServer,
  disk: OwnDisk,
  struck: RegExp,
  push: () => Promise<void>,
): Promise<void> {
  const before = server.said().length
  const isStruck = (): boolean => struck.test(server.said().slice(before))
  const giveBack = disk.fill()
  try {
    const end = performance.now() + STRUCK_MS
    while (!isStruck() && performance.now() < end) {
      await push()
      await waitFor(isStruck, 200)
    }
    await delay(FULL_MS)
  } finally {
    await giveBack()
  }
  await bringBack(server)
  if (!isStruck()) throw new Error(`nobody was struck:\n${server.said().slice(before).slice(-SAID_MAX)}`)
}

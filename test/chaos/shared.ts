// Several gateways on one PostgreSQL, to be struck: killed, paused beyond their leases, their clocks set, cut off from the database;
// and the database: killed, frozen, on a disk that is slow or full.

import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Launched } from '../gateway/launch.ts'
import { openStage, type SharedStage } from '../postgres/gateways.ts'
import { databaseDisk } from '../postgres/own-disk.ts'
import { startPostgres } from '../postgres/server.ts'
import { diskStrikes, FULL_DISKS } from './database-disk.ts'
import { CLOCK, pause, PATIENCE, setClock, type Target } from './struck.ts'

export interface SharedOptions {
  readonly gateways: number
  readonly random: () => number
  /** Whether mounts may be made here; see own-mounts.ts. */
  readonly mayMount: boolean
}

/** What is kept of the server's log for its next recovery is a part of it. */
const DISK_MEGABYTES = 2048
const SETTINGS = { max_wal_size: '128MB', log_line_prefix: '%m [%p] %a ' }

/** Starts it again as a supervisor does: one that finds the database away ends, and says so. */
async function supervised(stage: SharedStage, name: string): Promise<Launched> {
  for (let starts = 1; ; starts += 1) {
    try {
      return await stage.begin(name)
    } catch (error) {
      if (starts === 5) throw error
      await delay(1000)
    }
  }
}

/** All of it goes away with the test. */
export async function openShared(t: Pick<Test, 'teardown'>, options: SharedOptions): Promise<Target> {
  const { random } = options
  const disk = options.mayMount ? databaseDisk(t, DISK_MEGABYTES) : null
  const stage = await openStage(t, PATIENCE, CLOCK, () => startPostgres(t, disk?.path, SETTINGS))
  const names = ['east', 'west', 'north', 'south'].slice(0, options.gateways)
  const gateways = new Map<string, Launched>()
  for (const name of names) gateways.set(name, await stage.begin(name))
  const oneOf = (chance: () => number): string => names[Math.floor(chance() * names.length)] ?? ''
  return {
    at: () => gateways.get(oneOf(Math.random)) as Launched,
    strikes: {
      async 'gateway killed'() {
        const name = oneOf(random)
        await gateways.get(name)?.kill()
        await delay(random() * 1000)
        gateways.set(name, await supervised(stage, name))
      },
      'gateway paused': () => pause(gateways.get(oneOf(random))),
      async 'clock set'() {
        const name = oneOf(random)
        await setClock((aheadMs) => stage.setClock(name, aheadMs), random)
      },
      async 'connections cut'() {
        await stage.server.query(`
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`)
      },
      async 'database killed'() {
        stage.server.kill()
        await delay(200 + random() * 1000)
        await stage.server.start()
      },
      async 'database frozen'() {
        const thaw = stage.server.freeze()
        await delay(500 + random() * 3000)
        thaw()
      },
      ...diskStrikes(stage.server, disk),
    },
    // Two of three are kills, of a gateway or of the database.
    moreOften: [...Array.from({ length: 9 }, () => 'gateway killed'), 'database killed', 'database killed'],
    leftOut: disk === null ? FULL_DISKS.map((kind) => `${kind}: this user may not mount anything`) : [],
  }
}

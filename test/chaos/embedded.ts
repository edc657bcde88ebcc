// A gateway with the embedded store, to be struck: killed, paused beyond its leases, its clock set, its disk slow or full. Its cities
// run beside it and outlive it, on a disk of their own.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { startOrAdoptSandbox } from '../../src/sandbox/control.ts'
import { call, cities, until } from '../gateway/harness.ts'
import { addressSaidBy, launch, makeFolder, ready, type Launched } from '../gateway/launch.ts'
import { mountDisk, type OwnDisk } from '../own-mounts.ts'
import { holdDisk } from './hold-disk.ts'
import { CLOCK, pause, PATIENCE, setClock, type Target } from './struck.ts'

export interface EmbeddedOptions {
  readonly random: () => number
  /** Whether mounts may be made here; see own-mounts.ts. */
  readonly mayMount: boolean
}

const DISK_MEGABYTES = 1024
const SLOW_MS = 4000
const FULL_MS = 3000
/** Of each 160 ms the disk is busy for 120. */
const BUSY_MS = 120
const IDLE_MS = 40
const NOTICED_MS = 60_000

/** All of it goes away with the test. */
export async function openEmbedded(t: Pick<Test, 'teardown'>, { random, mayMount }: EmbeddedOptions): Promise<Target> {
  const folder = makeFolder(t, PATIENCE)
  const { dataDir } = folder
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const disk = mayMount ? mountDisk(t, dataDir, DISK_MEGABYTES, '0700') : null
  // Cities are other machines: what fills the gateway's disk is not on theirs.
  const beside = dirname(dataDir)
  mkdirSync(join(beside, 'cities'), { mode: 0o700 })
  symlinkSync(join(beside, 'cities'), join(dataDir, 'sandbox'))
  const sandbox = await startOrAdoptSandbox({ dataDir, cities: cities.map(({ key }) => key), ownerPid: process.pid })
  t.teardown(() => sandbox.stop())
  const clockFile = join(beside, 'clock')

  async function begin(): Promise<Launched> {
    const env = { GATEWAY_SANDBOX: 'off', CLOCK_OFFSET_FILE: clockFile }
    const gateway = await ready(launch(t, folder, env, { nodeOptions: CLOCK }))
    return Object.defineProperties(gateway, { address: { value: addressSaidBy(gateway) } })
  }

  let gateway = await begin()
  return {
    at: () => gateway,
    strikes: {
      'gateway paused': () => pause(gateway),
      'clock set': () => setClock((aheadMs) => writeFileSync(clockFile, String(aheadMs)), random),
      async 'gateway killed'() {
        await gateway.kill()
        await delay(random() * 1000)
        gateway = await begin()
      },
      async 'disk slow'() {
        const held = await holdDisk(t, dataDir, BUSY_MS, IDLE_MS)
        await delay(SLOW_MS)
        await held.end()
      },
      ...(disk === null ? {} : { 'disk full': () => fillUnder(gateway, disk) }),
    },
    moreOften: ['gateway killed', 'gateway killed', 'gateway killed', 'gateway killed'],
    leftOut: disk === null ? ['disk full: this user may not mount anything'] : [],
  }
}

async function fillUnder(gateway: Launched, disk: OwnDisk): Promise<void> {
  const isReady = async (): Promise<boolean> => (await call(gateway, 'GET', '/readyz')).status === 200
  const giveBack = disk.fill()
  let isStruck = false
  try {
    // Old pages of the database's log may be written over, so that a few may yet get through.
    isStruck = !(await until(isReady, (is) => !is, NOTICED_MS))
    await delay(FULL_MS)
  } finally {
    await giveBack()
  }
  if (!isStruck) throw new Error('the gateway did not notice that its disk was full')
  if (!(await until(isReady, (is) => is, NOTICED_MS))) throw new Error('there is room again, and it is not ready')
}

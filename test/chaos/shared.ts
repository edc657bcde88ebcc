// Several gateways on one PostgreSQL, struck at random under load: killed, paused beyond their leases, their clocks set, cut off from
// the database, the database killed or frozen. The same seed makes the same choices; when each of them strikes is the machine's.

import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { cities, makeSick } from '../gateway/harness.ts'
import type { Launched } from '../gateway/launch.ts'
import { openStage, type SharedStage } from '../postgres/gateways.ts'
import { runVerify } from '../postgres/verify.ts'
import { openChance } from '../chance.ts'
import { openCallers } from './callers.ts'
import { reckonUp } from './reckoning.ts'

export interface SharedOptions {
  readonly gateways: number
  readonly strikes: number
  /** It goes on until so many of them were kills, of a gateway or of the database. */
  readonly killsMin: number
  readonly seed: number
  readonly callers: number
  /** Longest time between two strikes. */
  readonly quietMsMax: number
  /** No strike begins later; what there was is reckoned up. */
  readonly minutesMax: number
  readonly say: (line: string) => void
}

export interface SharedReport {
  readonly gateways: number
  readonly kills: number
  /** How often each kind struck. */
  readonly strikes: Readonly<Record<string, number>>
  readonly applications: number
  readonly acknowledgements: number
  readonly brokenConnections: number
  /** Answers that nothing could be kept now, each cured by a retry with the same key. */
  readonly refusals: number
  readonly queries: number
  readonly records: number
  readonly findings: number
  readonly broken: readonly string[]
}

type Gateways = Map<string, Launched>

interface Struck {
  readonly stage: SharedStage
  readonly gateways: Gateways
  readonly name: string
  readonly random: () => number
}

/** What leases of the tests' configuration last at most, and a second. */
const LONGER_THAN_A_LEASE_MS = 4000

/** Further than leases last and cities take to settle, and within what tokens are given here. */
const CLOCK_SET_MS_MAX = 30_000
const CLOCK = fileURLToPath(new URL('settable-clock.ts', import.meta.url))

/** Each leaves everything running again. */
const STRIKES: Readonly<Record<string, (struck: Struck) => Promise<void>>> = {
  async 'gateway killed'({ stage, gateways, name, random }) {
    await gateways.get(name)?.kill()
    await delay(random() * 1000)
    gateways.set(name, await supervised(stage, name))
  },
  async 'gateway paused'({ gateways, name }) {
    gateways.get(name)?.signal('SIGSTOP')
    await delay(LONGER_THAN_A_LEASE_MS)
    gateways.get(name)?.signal('SIGCONT')
  },
  async 'clock set'({ stage, name, random }) {
    stage.setClock(name, Math.round((random() - 0.5) * 2 * CLOCK_SET_MS_MAX))
    await delay(LONGER_THAN_A_LEASE_MS)
    stage.setClock(name, 0)
  },
  async 'connections cut'({ stage }) {
    await stage.server.query(`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`)
  },
  async 'database killed'({ stage, random }) {
    stage.server.kill()
    await delay(200 + random() * 1000)
    await stage.server.start()
  },
  async 'database frozen'({ stage, random }) {
    const thaw = stage.server.freeze()
    await delay(500 + random() * 3000)
    thaw()
  },
}
const KINDS = Object.keys(STRIKES)
/** Two of three are kills. */
const DRAWN = [...KINDS, ...KINDS.map(() => 'gateway killed'), 'database killed', 'database killed']
const FAULTS = ['off', 'off', 'reset-after', 'reset', 'error-500', 'hang-after', 'refuse-connect'] as const

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

/** Fewer strikes than kinds would leave one out: the first of them go through the kinds in order. */
export async function runShared(t: Pick<Test, 'teardown'>, options: SharedOptions): Promise<SharedReport> {
  const random = openChance(options.seed)
  const oneOf = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value
  const patience: [RegExp, string][] = [
    [/backoffMaxMs: \d+/, 'backoffMaxMs: 1000'],
    [/clockToleranceSeconds: \d+/, 'clockToleranceSeconds: 60'],
  ]
  const stage = await openStage(t, patience, ['--import', CLOCK])
  const names = ['east', 'west', 'north', 'south'].slice(0, options.gateways)
  const gateways: Gateways = new Map()
  for (const name of names) gateways.set(name, await stage.begin(name))
  const at = (): Launched => gateways.get(names[Math.floor(Math.random() * names.length)] ?? '') as Launched
  const keys = cities.map(({ key }) => key)
  const callers = openCallers({ at, keys, random, cured: ['STORE_UNAVAILABLE', 'STORE_BUSY', 'DRAINING'] })
  const work = Array.from({ length: options.callers }, () => callers.work())

  const strikes: Record<string, number> = {}
  const end = performance.now() + options.minutesMax * 60_000
  let kills = 0
  const isOver = (number: number): boolean =>
    performance.now() >= end || (number > options.strikes && kills >= options.killsMin)
  for (let number = 1; !isOver(number); number += 1) {
    const sick = oneOf(keys)
    const kind = KINDS[number - 1] ?? oneOf(DRAWN)
    strikes[kind] = (strikes[kind] ?? 0) + 1
    if (kind.endsWith(' killed')) kills += 1
    await makeSick(at(), sick, oneOf(FAULTS), 0.5)
    await delay(50 + random() * options.quietMsMax)
    await STRIKES[kind]?.({ stage, gateways, name: oneOf(names), random })
    await makeSick(at(), sick, 'off')
    options.say(
      `${number} of ${Math.max(number, options.strikes)}, ${kind}, ${kills} kills: ${callers.filed.size} acknowledged, ` +
        `${callers.counts.brokenConnections} connections broken, ${callers.counts.refusals} refusals`,
    )
  }
  callers.stop()
  await Promise.all(work)
  const { findings, records, broken } = await reckonUp(at(), callers, keys)
  const verified = await runVerify(at().address)
  const { acknowledgements, brokenConnections, refusals, queries } = callers.counts
  return {
    gateways: options.gateways,
    kills,
    strikes,
    applications: callers.filed.size,
    acknowledgements,
    brokenConnections,
    refusals,
    queries,
    records,
    findings,
    broken: [...broken, ...(verified.status === 0 ? [] : [`the log does not verify: ${verified.output}`])],
  }
}

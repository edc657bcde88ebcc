// kill -9 at random moments under load, with cities that fall sick at random: what was acknowledged is there, once, with its
// evidence. The same seed makes the same choices; when each of them strikes is the machine's.

import type { Test } from 'tap'
import { setTimeout as delay } from 'node:timers/promises'
import { cities, makeSick, startGateway } from '../gateway/harness.ts'
import { openChance } from '../chance.ts'
import { openCallers } from './callers.ts'
import { reckonUp } from './reckoning.ts'

export interface KillsOptions {
  readonly kills: number
  readonly seed: number
  /** Longest time between a start and the kill that ends it. */
  readonly aliveMsMax: number
  readonly callers: number
  readonly say: (line: string) => void
}

export interface KillsReport {
  readonly kills: number
  readonly applications: number
  /** Answers with a case number, repetitions included. */
  readonly acknowledgements: number
  readonly brokenConnections: number
  readonly queries: number
  /** Intents without an outcome. */
  readonly findings: number
  /** Everything that a promise was broken by; empty = all held. */
  readonly broken: readonly string[]
}

const FAULTS = ['off', 'off', 'reset-after', 'reset', 'error-500', 'garbage', 'hang-after', 'refuse-connect'] as const

export async function runKills(t: Pick<Test, 'teardown'>, options: KillsOptions): Promise<KillsReport> {
  const random = openChance(options.seed)
  const oneOf = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value
  const gateway = await startGateway(t, {}, [[/backoffMaxMs: \d+/, 'backoffMaxMs: 1000']])
  const keys = cities.map(({ key }) => key)
  const callers = openCallers({ at: () => gateway, keys, random, cured: [] })
  const work = Array.from({ length: options.callers }, () => callers.work())

  for (let kill = 1; kill <= options.kills; kill += 1) {
    const sick = oneOf(keys)
    await makeSick(gateway, sick, oneOf(FAULTS), 0.5)
    await delay(50 + random() * options.aliveMsMax)
    await gateway.kill()
    await makeSick(gateway, sick, 'off')
    await gateway.restart()
    options.say(
      `kill ${kill} of ${options.kills}: ${callers.filed.size} acknowledged, ${callers.counts.brokenConnections} connections broken`,
    )
  }
  callers.stop()
  await Promise.all(work)
  const { findings, broken } = await reckonUp(gateway, callers, keys)
  const { acknowledgements, brokenConnections, queries } = callers.counts
  return {
    kills: options.kills,
    applications: callers.filed.size,
    acknowledgements,
    brokenConnections,
    queries,
    findings,
    broken,
  }
}

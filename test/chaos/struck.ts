// Strikes what answers callers, at random and under load, while cities fall sick; then reckons up every promise. What there is to
// strike, and how, stands in embedded.ts and shared.ts. The same seed makes the same choices; when each of them strikes is the machine's.

import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { cities, makeSick, type RunningGateway } from '../gateway/harness.ts'
import type { Launched } from '../gateway/launch.ts'
import { runVerify } from '../postgres/verify.ts'
import { openCallers } from './callers.ts'
import { reckonUp } from './reckoning.ts'

export interface StruckOptions {
  readonly strikes: number
  /** It goes on until so many of them were kills. */
  readonly killsMin: number
  readonly random: () => number
  readonly callers: number
  /** Longest time between two strikes. */
  readonly quietMsMax: number
  /** No strike begins later; what there was is reckoned up. */
  readonly minutesMax: number
  readonly say: (line: string) => void
}

export interface Target {
  /** A gateway that is to be asked next: any of them. */
  readonly at: () => RunningGateway
  /** Each leaves everything running again. Throws where it struck nobody, or where what it struck did not come back. */
  readonly strikes: Readonly<Record<string, () => Promise<void>>>
  /** Kinds that are drawn more often, each once for each time that it stands here. */
  readonly moreOften: readonly string[]
  /** Kinds that this machine does not allow, each with the reason. */
  readonly leftOut: readonly string[]
}

export interface StruckReport {
  readonly kills: number
  /** How often each kind struck. */
  readonly strikes: Readonly<Record<string, number>>
  /** What could not be tried here, and why. */
  readonly leftOut: readonly string[]
  readonly applications: number
  /** Answers with a case number, repetitions included. */
  readonly acknowledgements: number
  readonly brokenConnections: number
  /** Answers that nothing could be kept now, each cured by a retry with the same key. */
  readonly refusals: number
  readonly queries: number
  readonly records: number
  /** Intents without an outcome. */
  readonly findings: number
  /** Everything that a promise was broken by; empty = all held. */
  readonly broken: readonly string[]
}

const FAULTS = ['off', 'off', 'reset-after', 'reset', 'error-500', 'garbage', 'hang-after', 'refuse-connect'] as const
const CURED = ['STORE_UNAVAILABLE', 'STORE_BUSY', 'DRAINING']

/** The kinds go through in order first, so that none is left out; then they are drawn. */
export async function runStruck(target: Target, options: StruckOptions): Promise<StruckReport> {
  const { at } = target
  const { random } = options
  const oneOf = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value
  const kinds = Object.keys(target.strikes)
  const drawn = [...kinds, ...target.moreOften]
  const keys = cities.map(({ key }) => key)
  const callers = openCallers({ at, keys, random, cured: CURED })
  const work = Array.from({ length: options.callers }, () => callers.work())

  const strikes: Record<string, number> = {}
  const failed: string[] = []
  const end = performance.now() + options.minutesMax * 60_000
  let kills = 0
  const isOver = (number: number): boolean =>
    performance.now() >= end || (number > options.strikes && kills >= options.killsMin)
  for (let number = 1; !isOver(number); number += 1) {
    const sick = oneOf(keys)
    const kind = kinds[number - 1] ?? oneOf(drawn)
    await makeSick(at(), sick, oneOf(FAULTS), 0.5)
    await delay(50 + random() * options.quietMsMax)
    try {
      await target.strikes[kind]?.()
      strikes[kind] = (strikes[kind] ?? 0) + 1
      if (kind.endsWith(' killed')) kills += 1
    } catch (error) {
      failed.push(`${kind}: ${String(error)}`)
    }
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
    kills,
    strikes,
    leftOut: target.leftOut,
    applications: callers.filed.size,
    acknowledgements,
    brokenConnections,
    refusals,
    queries,
    records,
    findings,
    broken: [...failed, ...broken, ...(verified.status === 0 ? [] : [`the log does not verify: ${verified.output}`])],
  }
}

/** What gateways under test are patient with: clocks that are set, and cities that were sick. */
export const PATIENCE: readonly [RegExp, string][] = [
  [/backoffMaxMs: \d+/, 'backoffMaxMs: 1000'],
  [/clockToleranceSeconds: \d+/, 'clockToleranceSeconds: 60'],
]

/** A gateway that is begun with these has a clock that can be set. */
export const CLOCK = ['--import', fileURLToPath(new URL('settable-clock.ts', import.meta.url))]

/** What leases of the tests' configuration last at most, and a second. */
const LONGER_THAN_A_LEASE_MS = 4000

/** Further than leases last and cities take to settle, and within what tokens are given here. */
const CLOCK_SET_MS_MAX = 30_000

/** It wakes up with leases that are over. */
export async function pause(gateway: Launched | undefined): Promise<void> {
  gateway?.signal('SIGSTOP')
  await delay(LONGER_THAN_A_LEASE_MS)
  gateway?.signal('SIGCONT')
}

/** Ahead or back, and right again after a while. */
export async function setClock(set: (aheadMs: number) => void, random: () => number): Promise<void> {
  set(Math.round((random() - 0.5) * 2 * CLOCK_SET_MS_MAX))
  await delay(LONGER_THAN_A_LEASE_MS)
  set(0)
}

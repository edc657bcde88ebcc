// kill -9 at random moments under load, with cities that fall sick at random: what was acknowledged is there, once, with its
// evidence. The same seed makes the same choices; when each of them strikes is the machine's.

import type { Test } from 'tap'
import { setTimeout as delay } from 'node:timers/promises'
import {
  ask,
  call,
  cities,
  file,
  makeSick,
  receivedBy,
  sample,
  startGateway,
  tokenOf,
  type Answer,
  type RunningGateway,
} from '../gateway/harness.ts'
import { readLog, wrongWith, type Acknowledged } from './evidence.ts'

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

const ITEM = 'mi-remote-care-filing'
const QUERY = 'hf-account-loan-query'
const FAULTS = ['off', 'off', 'reset-after', 'reset', 'error-500', 'garbage', 'hang-after', 'refuse-connect'] as const
const RESTART_MS = 60_000

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export async function runKills(t: Pick<Test, 'teardown'>, options: KillsOptions): Promise<KillsReport> {
  const random = randomFrom(options.seed)
  const oneOf = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value
  const gateway = await startGateway(t, {}, [[/backoffMaxMs: \d+/, 'backoffMaxMs: 1000']])
  const keys = cities.map(({ key }) => key)
  const load = openLoad(gateway, keys, random)
  const callers = Array.from({ length: options.callers }, () => load.work())

  for (let kill = 1; kill <= options.kills; kill += 1) {
    const sick = oneOf(keys)
    await makeSick(gateway, sick, oneOf(FAULTS), 0.5)
    await delay(50 + random() * options.aliveMsMax)
    await gateway.kill()
    await makeSick(gateway, sick, 'off')
    await gateway.restart()
    options.say(
      `kill ${kill} of ${options.kills}: ${load.filed.size} acknowledged, ${load.counts.brokenConnections} connections broken`,
    )
  }
  load.stop()
  await Promise.all(callers)

  const acknowledged = [...load.filed.values()]
  const log = await readLog(gateway)
  const broken = [
    ...load.broken,
    ...(await allAtRest(gateway, acknowledged)),
    ...(await nobodyElse(gateway, acknowledged, keys)),
  ]
  const atRest = await readLog(gateway)
  const recordIds = new Set(atRest.all.map(({ id }) => String(id)))
  for (const id of load.answered) if (!recordIds.has(id)) broken.push(`the record ${id} of an answer is not there`)
  for (const id of atRest.orphans) broken.push(`the outcome ${id} names no intent`)
  if (atRest.gaps > 0) broken.push(`${atRest.gaps} gaps in the sequence of ${log.all.length} records`)
  return {
    kills: options.kills,
    applications: acknowledged.length,
    ...load.counts,
    findings: atRest.findings.length,
    broken,
  }
}

function openLoad(gateway: RunningGateway, keys: readonly string[], random: () => number) {
  const state = { stopped: false }
  const counts = { acknowledgements: 0, brokenConnections: 0, queries: 0 }
  /** By idempotency key: what its first acknowledgement said. */
  const filed = new Map<string, Acknowledged>()
  /** Ids of the records that answers named. */
  const answered: string[] = []
  const broken: string[] = []

  /** Null where the gateway was killed meanwhile. */
  async function tried(request: () => Promise<Answer>): Promise<Answer | null> {
    try {
      const answer = await request()
      answered.push(answer.headers.get('audit-record') ?? 'that a header should name')
      return answer
    } catch {
      counts.brokenConnections += 1
      return null
    }
  }

  /** Repeats the same request with the same key until it is answered, as a caller should. */
  async function apply(): Promise<void> {
    const city = keys[Math.floor(random() * keys.length)] ?? ''
    const key = crypto.randomUUID()
    const wish = {
      body: sample(ITEM, city),
      headers: { 'idempotency-key': key, prefer: `wait=${random() < 0.3 ? 0 : 5}` },
    }
    for (const began = performance.now(); performance.now() - began < RESTART_MS;) {
      const answer = await tried(() => file(gateway, ITEM, city, wish))
      if (answer?.status === 201 || answer?.status === 202) {
        acknowledge(key, answer.body['caseNo'], city)
        // Now and then once more, though it was answered.
        if (random() < 0.7) return
      } else if (answer !== null && answer.status !== 409) {
        broken.push(`an application was answered ${answer.status}: ${answer.text}`)
        return
      }
      await delay(answer === null ? 20 : 100)
    }
    broken.push(`an application to ${city} was never answered`)
  }

  function acknowledge(key: string, caseNo: string, city: string): void {
    counts.acknowledgements += 1
    const before = filed.get(key)
    if (before !== undefined && before.caseNo !== caseNo) broken.push(`one key, two cases: ${before.caseNo}, ${caseNo}`)
    filed.set(key, { caseNo, city })
  }

  async function query(): Promise<void> {
    const answer = await tried(() => ask(gateway, QUERY, keys[Math.floor(random() * keys.length)] ?? ''))
    if (answer === null) return delay(20)
    counts.queries += 1
    if (answer.status >= 500 && answer.body['source'] !== 'city')
      broken.push(`a query: ${answer.status} ${answer.text}`)
  }

  return {
    filed,
    answered,
    broken,
    counts,
    stop: () => (state.stopped = true),
    async work() {
      while (!state.stopped) {
        if (random() < 0.3) await query()
        else await apply()
      }
    },
  }
}

/** A few at a time: each looks again and again until its case is at rest. */
async function allAtRest(gateway: RunningGateway, acknowledged: readonly Acknowledged[]): Promise<readonly string[]> {
  const wrong: string[] = []
  const waiting = [...acknowledged]
  const look = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift())
      wrong.push(...(await wrongWith(gateway, one)))
  }
  await Promise.all(Array.from({ length: 8 }, look))
  return wrong
}

/** Nothing took effect in a city, and no case is there, of which no caller was told. */
async function nobodyElse(
  gateway: RunningGateway,
  acknowledged: readonly Acknowledged[],
  keys: readonly string[],
): Promise<readonly string[]> {
  const known = new Set(acknowledged.map(({ caseNo }) => caseNo))
  const strangers: string[] = []
  for (const city of keys) {
    for (const { caseNo } of await receivedBy(gateway, city)) {
      if (!known.has(caseNo)) strangers.push(`${caseNo} took effect in ${city}, and nobody was told of it`)
    }
  }
  const token = tokenOf(gateway, 'clerk')
  for (let after: string | null = ''; after !== null;) {
    const page: Answer = await call(gateway, 'GET', `/v1/cases?limit=200${after === '' ? '' : `&after=${after}`}`, {
      token,
    })
    for (const { caseNo } of page.body['cases'])
      if (!known.has(caseNo)) strangers.push(`${caseNo} is a case that nobody was told of`)
    after = page.body['next']
  }
  return strangers
}

// Files applications at a steady rate while the cities fail in turn: all reach their city once, the backlog drains after recovery
// without a second outage, and memory is bounded. The rate is kept whatever the gateway answers, as people do who know nothing
// of each other.

import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { Pool } from 'undici'
import { identityCheckCharacter } from '../../src/catalogue/identity-numbers.ts'
import { caseOf } from './evidence.ts'
import {
  call,
  cities,
  makeSick,
  receivedBy,
  sample,
  startGateway,
  tokenOf,
  type Json,
  type RunningGateway,
} from '../gateway/harness.ts'

export interface LoadOptions {
  readonly perSecond: number
  readonly seconds: number
  readonly say: (line: string) => void
}

export interface LoadReport {
  readonly wantedPerSecond: number
  /** What really was filed each second: less where this machine could not send more. */
  readonly perSecond: number
  readonly applications: number
  /** Answers by status and code. */
  readonly answers: Readonly<Record<string, number>>
  readonly p50Ms: number
  readonly p99Ms: number
  readonly slowestMs: number
  /** Most that waited to be brought to a city. */
  readonly backlogMost: number
  /** From the last city's recovery until everything had arrived. */
  readonly drainSeconds: number
  /** How often a line opened while cities failed, and after all of them were well again. */
  readonly openedWhileSick: number
  readonly openedAfterwards: number
  readonly residentMbBefore: number
  readonly residentMbMost: number
  readonly broken: readonly string[]
}

const ITEM = 'mi-remote-care-filing'
/** Each city has the next one for its turn; every kind of not answering is among them. */
const FAULTS = [
  'hang',
  'reset-after',
  'error-500',
  'refuse-connect',
  'garbage',
  'hang-after',
  'reset',
  'error-500-after',
] as const
const CONNECTIONS = 256
const DRAIN_MS_MAX = 600_000

/** Fails the promise that memory is bounded: an application waits on disk, not in memory. */
const GROWTH_MB_MAX = 500

export async function runLoad(
  t: Pick<Test, 'teardown'>,
  { perSecond, seconds, say }: LoadOptions,
): Promise<LoadReport> {
  // The configuration of the project, but that nobody is asked to wait for its longest pauses.
  const gateway = await startGateway(t, {}, [
    [/deadlineMs: 900/, 'deadlineMs: 5000'],
    [/backoffMaxMs: \d+/, 'backoffMaxMs: 5000'],
  ])
  const keys = cities.map(({ key }) => key)
  const load = openLoad(gateway, keys)
  const watch = openWatch(gateway)
  const before = watch.residentMb()
  const began = performance.now()
  const turnMs = (seconds * 1000) / keys.length

  const failing = (async () => {
    for (const [index, city] of keys.entries()) {
      const fault = FAULTS[index % FAULTS.length] ?? 'hang'
      await makeSick(gateway, city, fault)
      say(
        `${Math.round((performance.now() - began) / 1000)} s: ${city} ${fault}; ${load.sent()} sent, ${watch.backlog()} waiting`,
      )
      await delay(Math.max(0, (index + 1) * turnMs - (performance.now() - began)))
      await makeSick(gateway, city, 'off')
    }
  })()
  for (let sent = 0; sent < perSecond * seconds;) {
    const due = Math.min(perSecond * seconds, Math.floor(((performance.now() - began) / 1000) * perSecond) + 1)
    for (; sent < due; sent += 1) load.file(sent)
    await delay(5)
    if (performance.now() - began > seconds * 1000 * 3) break // so far behind that no more is going to be learnt
  }
  const sendingSeconds = (performance.now() - began) / 1000
  await failing
  await load.ended()
  const recovered = performance.now()
  const opened = await openedIn(gateway)
  say(`all well again; ${await watch.count()} waiting`)
  const isDrained = await drained(gateway, watch, say)
  const drainSeconds = (performance.now() - recovered) / 1000
  const openedAfterwards = (await openedIn(gateway)) - opened
  watch.stop()

  const { filed, times, answers } = load
  const growth = watch.mostMb() - before
  const broken = [
    ...load.broken,
    ...(isDrained ? [] : [`${watch.backlog()} have not arrived within ${DRAIN_MS_MAX / 1000} s`]),
    ...(await onceEach(gateway, filed, keys)),
    ...(openedAfterwards === 0 ? [] : [`${openedAfterwards} lines opened again after all cities were well`]),
    ...(growth <= GROWTH_MB_MAX ? [] : [`memory grew by ${Math.round(growth)} MB`]),
  ]
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  return {
    wantedPerSecond: perSecond,
    perSecond: Math.round(load.sent() / sendingSeconds),
    applications: filed.size,
    answers: Object.fromEntries([...answers].toSorted(([one], [other]) => (one < other ? -1 : 1))),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    slowestMs: at(1),
    backlogMost: watch.backlogMost(),
    drainSeconds: Math.round(drainSeconds * 10) / 10,
    openedWhileSick: opened,
    openedAfterwards,
    residentMbBefore: Math.round(before),
    residentMbMost: Math.round(watch.mostMb()),
    broken,
  }
}

/** Each applicant is somebody else. */
function certNoOf(number: number): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const [year, month] = [1950 + (number % 50), 1 + (Math.floor(number / 50) % 12)]
  const head = `210199${year}${two(month)}01${String(Math.floor(number / 600) % 1000).padStart(3, '0')}`
  return head + identityCheckCharacter(head)
}

function openLoad(gateway: RunningGateway, keys: readonly string[]) {
  const pool = new Pool(gateway.address, { connections: CONNECTIONS, pipelining: 1 })
  const headers = { authorization: `Bearer ${tokenOf(gateway, 'clerk')}`, 'content-type': 'application/json' }
  const bodies = keys.map((city) => sample(ITEM, city))
  /** By case number: the city that has it. */
  const filed = new Map<string, string>()
  const times: number[] = []
  const answers = new Map<string, number>()
  const broken: string[] = []
  const running = new Set<Promise<void>>()
  let sent = 0

  async function send(number: number): Promise<void> {
    const place = number % keys.length
    const body = bodies[place]
    const city = keys[place] ?? ''
    const began = performance.now()
    const key = `load-${number}`
    // Whoever gets no answer, or is told that the gateway is busy, sends the same again under the same key.
    for (let tries = 0; tries < 50; tries += 1) {
      const answer = await pool
        .request({
          method: 'POST',
          path: `/v1/items/${ITEM}/applications`,
          headers: { ...headers, 'idempotency-key': key, prefer: 'wait=2' },
          body: JSON.stringify({ ...body, applicant: { ...body?.applicant, certNo: certNoOf(number) } }),
        })
        .then(async ({ statusCode, body: bytes }) => ({ status: statusCode, json: (await bytes.json()) as Json }))
        .catch(() => ({ status: 0, json: {} as Json }))
      const { status, json } = answer
      const name = status === 0 ? 'no answer' : `${status} ${String(json['code'] ?? json['delivery'])}`
      answers.set(name, (answers.get(name) ?? 0) + 1)
      if (status === 201 || status === 202) {
        times.push(performance.now() - began)
        filed.set(String(json['caseNo']), city)
        return
      }
      if (status !== 0 && status !== 503 && status !== 409 && status !== 429) {
        broken.push(`an application was answered ${name}`)
        return
      }
      await delay(200 + tries * 100)
    }
    broken.push(`an application to ${city} was never taken`)
  }

  return {
    filed,
    times,
    answers,
    broken,
    sent: () => sent,
    file(number: number): void {
      sent += 1
      const work = send(number).finally(() => running.delete(work))
      running.add(work)
    },
    async ended(): Promise<void> {
      while (running.size > 0) await Promise.all(running)
      await pool.close()
    },
  }
}

/** Memory of the gateway's process all the time, and what waits now and then. */
function openWatch(gateway: RunningGateway) {
  const residentMb = (): number => {
    const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8')) ?? []
    return Number(kilobytes) / 1024
  }
  let mostMb = residentMb()
  let waiting = 0
  let most = 0
  const count = async (): Promise<number> => {
    const { text } = await call(gateway, 'GET', '/metrics')
    waiting = [...text.matchAll(/^gateway_courier_backlog\{[^}]*\} (\d+)$/gm)].reduce(
      (sum, [, n]) => sum + Number(n),
      0,
    )
    most = Math.max(most, waiting)
    return waiting
  }
  const memory = setInterval(() => (mostMb = Math.max(mostMb, residentMb())), 100)
  const counting = setInterval(() => void count().catch(() => undefined), 1000)
  return {
    residentMb,
    count,
    mostMb: () => mostMb,
    backlog: () => waiting,
    backlogMost: () => most,
    stop() {
      clearInterval(memory)
      clearInterval(counting)
    },
  }
}

/** By the list of what has not arrived: a store too busy to be counted is missing from the metrics, and looks like an empty one. */
async function drained(
  gateway: RunningGateway,
  watch: ReturnType<typeof openWatch>,
  say: (line: string) => void,
): Promise<boolean> {
  const token = tokenOf(gateway, 'operator')
  const began = performance.now()
  for (let looks = 1; performance.now() - began < DRAIN_MS_MAX; looks += 1) {
    const { status, body } = await call(gateway, 'GET', '/v1/operations/deliveries?limit=1', { token })
    if (status === 200 && (body['deliveries'] as Json[]).length === 0) return true
    if (looks % 40 === 0) say(`${await watch.count()} waiting`)
    await delay(250)
  }
  return false
}

async function openedIn(gateway: RunningGateway): Promise<number> {
  const { body } = await call(gateway, 'GET', '/v1/operations/lines', { token: tokenOf(gateway, 'operator') })
  return (body['lines'] as Json[]).reduce((sum, { counts }) => sum + Number(counts['opened']), 0)
}

const SHOWN_MAX = 20

/** How the gateway has it, without anything personal. */
async function standing(gateway: RunningGateway, caseNo: string): Promise<string> {
  const { delivery, legs, reasons } = await caseOf(gateway, caseNo)
  const [leg] = legs as [Json]
  return `: ${String(delivery)} ${String(leg['backendCaseNo'])} after ${String(leg['attempts'])} attempts ${JSON.stringify(reasons)}`
}

/** What was acknowledged took effect in its city once, and nothing else did anywhere. */
async function onceEach(
  gateway: RunningGateway,
  filed: ReadonlyMap<string, string>,
  keys: readonly string[],
): Promise<readonly string[]> {
  const wrong: string[] = []
  const seen = new Map<string, number>()
  for (const city of keys) {
    for (const { caseNo } of await receivedBy(gateway, city)) {
      seen.set(caseNo, (seen.get(caseNo) ?? 0) + 1)
      if (filed.get(caseNo) !== city) wrong.push(`${caseNo} took effect in ${city}, not where it was filed for`)
    }
  }
  for (const [caseNo, city] of filed) {
    if (seen.get(caseNo) === 1) continue
    // Of many the first few say what is wrong.
    const shown = wrong.length < SHOWN_MAX ? await standing(gateway, caseNo) : ''
    wrong.push(`${caseNo} took effect ${seen.get(caseNo) ?? 0} times in ${city}${shown}`)
  }
  return wrong.length <= SHOWN_MAX ? wrong : [...wrong.slice(0, SHOWN_MAX), `and ${wrong.length - SHOWN_MAX} more`]
}

// Sends requests made up at random to a whole gateway, and holds against its promises what it answered, kept and handed over.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { FAULTS } from '../../src/domain/fault.ts'
import { residentMb } from '../bench/cpu.ts'
import { quantile } from '../bench/figures.ts'
import {
  call,
  cities,
  makeSick,
  receivedBy,
  startGateway,
  tokenOf,
  until,
  type RunningGateway,
} from '../gateway/harness.ts'
import { sendRaw, type RawAnswer } from '../gateway/sockets.ts'
import { readLog } from './evidence.ts'
import { openInputs, type Input } from './inputs.ts'

export interface InputsOptions {
  readonly inputs: number
  readonly seed: number
  /** Whether one city after the other falls sick meanwhile. */
  readonly sickCities: boolean
  readonly say: (line: string) => void
}

export interface InputsReport {
  readonly inputs: number
  readonly seed: number
  readonly seconds: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly slowestMs: number
  /** Resident memory of the gateway, once warm and at most; null where the system does not tell. */
  readonly warmMb: number | null
  readonly mostMb: number | null
  readonly cases: number
  readonly records: number
  /** How many answers of each status and code. */
  readonly answers: Readonly<Record<string, number>>
  /** Everything that a promise was broken by; empty = all held. */
  readonly broken: readonly string[]
}

const TOGETHER = 12
/** What the gateway holds in its caches and pools after so many is not growth. */
const WARM_AFTER = 500
const SICKNESSES = ['error-500', 'garbage', 'reset', 'refuse-connect'] as const
/** A leg that waits for what a city decides may do so for days. */
const AT_REST = new Set(['delivered', 'refused', 'local', 'waiting'])
const REST_MS = 60_000

/** Sandbox cities that share two cores with all the rest answer late at times: that is not what is asked here. */
const PATIENT: readonly [RegExp, string][] = [
  [/deadlineMs: 900/, 'deadlineMs: 20000'],
  [/ownDeadlineMs: 700/, 'ownDeadlineMs: 15000'],
  [/connectTimeoutMs: 600/, 'connectTimeoutMs: 5000'],
  [/backoffMaxMs: \d+/, 'backoffMaxMs: 1000'],
]

export async function runInputs(t: Pick<Test, 'teardown'>, options: InputsOptions): Promise<InputsReport> {
  const { inputs, seed, say } = options
  const gateway = await startGateway(t, {}, PATIENT)
  const inputOf = openInputs(gateway, seed)
  const began = performance.now()
  const answers = new Map<string, number>()
  const tookMs: number[] = []
  const recordIds = new Set<string>()
  const caseNos = new Set<string>()
  const sick = new Set<string>()
  const broken: string[] = []
  let warmMb: number | null = null
  let mostMb: number | null = null
  let sent = 0

  async function send(number: number): Promise<void> {
    const input = inputOf(number)
    const start = performance.now()
    const answer = await sendRaw(gateway.address, bytesOf(input))
    tookMs.push(performance.now() - start)
    const name = `${answer.status} ${answer.body['code'] ?? ''}`.trimEnd()
    answers.set(name, (answers.get(name) ?? 0) + 1)
    const wrong = wrongWithAnswer(input, answer, sick)
    if (wrong !== null) broken.push(`input ${number}: ${wrong}\n${bytesOf(input).toString()}\n\n${answer.text}`)
    const recordId = answer.headers.get('audit-record')
    if (recordId !== undefined) recordIds.add(recordId)
    if ((answer.status === 201 || answer.status === 202) && input.method !== 'HEAD') caseNos.add(answer.body['caseNo'])
  }

  async function work(): Promise<void> {
    while (sent < inputs && broken.length < 20) {
      const number = sent++
      await send(number)
      if (number === Math.min(WARM_AFTER, inputs >> 1)) warmMb = residentMb(gateway.pid)
      if (number % 100 === 0) mostMb = Math.max(mostMb ?? 0, residentMb(gateway.pid) ?? 0)
      if (options.sickCities && number % 500 === 250) await fallSick(number)
      if (number % 1000 === 999) say(`${number + 1} / ${inputs}`)
    }
  }

  /** Every other time the one that was sick becomes well. */
  async function fallSick(number: number): Promise<void> {
    const turn = Math.floor(number / 500)
    const city = cities[(turn >> 1) % cities.length]?.key ?? ''
    if (turn % 2 === 0) sick.add(city)
    await makeSick(
      gateway,
      city,
      turn % 2 === 0 ? (SICKNESSES[(turn >> 1) % SICKNESSES.length] ?? 'reset') : 'off',
      0.5,
    )
  }

  await Promise.all(Array.from({ length: TOGETHER }, work))
  const sendingSeconds = (performance.now() - began) / 1000
  for (const city of sick) await makeSick(gateway, city, 'off')
  say(`${caseNos.size} cases, ${recordIds.size} records`)
  broken.push(...(await lostCases(gateway, [...caseNos])))
  const log = await readLog(gateway)
  const known = new Set(log.all.map(({ id }) => String(id)))
  for (const id of recordIds) if (!known.has(id)) broken.push(`the record ${id} of an answer is not there`)
  for (const { id } of log.findings) broken.push(`the intent ${id} has no outcome`)
  if (log.gaps > 0) broken.push(`${log.gaps} gaps in the sequence of the records`)
  if ((await call(gateway, 'GET', '/readyz')).status !== 200) broken.push('the gateway is not ready any more')
  if (/Unhandled|Warning|Error/.test(gateway.output())) broken.push(gateway.output())
  const errors = readFileSync(join(gateway.dataDir, 'gateway.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"level":50'))
  broken.push(...errors.slice(0, 5))
  return {
    inputs: sent,
    seed,
    seconds: Math.round((performance.now() - began) / 1000),
    perSecond: Math.round(sent / sendingSeconds),
    p50Ms: Math.round(quantile(tookMs, 0.5)),
    p99Ms: Math.round(quantile(tookMs, 0.99)),
    slowestMs: Math.round(Math.max(...tookMs)),
    warmMb: warmMb === null ? null : Math.round(warmMb),
    mostMb: mostMb === null ? null : Math.round(mostMb),
    cases: caseNos.size,
    records: log.all.length,
    answers: Object.fromEntries([...answers].toSorted(([one], [other]) => (one < other ? -1 : 1))),
    broken,
  }
}

function bytesOf({ method, target, headers, body }: Input): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}`)
  const length = body.length === 0 ? [] : [`content-length: ${body.length}`]
  const head = [`${method} ${target} HTTP/1.1`, 'host: a', 'connection: close', ...lines, ...length, '', ''].join(
    '\r\n',
  )
  return Buffer.concat([Buffer.from(head, 'latin1'), body])
}

const SUCCESSES = new Set([200, 201, 202])

/** Null where the answer is one that docs/errors.md allows, of the caller's doing or of a city that really is sick. */
function wrongWithAnswer({ method }: Input, answer: RawAnswer, sick: ReadonlySet<string>): string | null {
  const { status, body, headers } = answer
  if (status === 0) return 'no answer'
  if (SUCCESSES.has(status) || (method === 'HEAD' && status < 500)) return null
  const fault = FAULTS[body['code'] as keyof typeof FAULTS] as (typeof FAULTS)[keyof typeof FAULTS] | undefined
  if (fault === undefined) return `an unknown code ${body['code']}`
  if (headers.get('content-type')?.startsWith('application/problem+json') !== true) return 'no problem+json'
  if (fault.status !== status || body['status'] !== status || body['source'] !== fault.source)
    return 'not as documented'
  if (fault.source === 'caller' || body['code'] === 'CITY_REFUSED') return null
  return fault.source === 'city' && sick.has(body['city']) ? null : `the fault of the ${fault.source}`
}

const isAtRest = (legs: readonly { readonly delivery: string }[]): boolean =>
  legs.every(({ delivery }) => AT_REST.has(delivery))

/** Every case that an answer named is there, and its city has what was delivered to it, once; nobody has any other. */
async function lostCases(gateway: RunningGateway, caseNos: readonly string[]): Promise<readonly string[]> {
  const token = tokenOf(gateway, 'clerk')
  const lost: string[] = []
  const shown = new Map<string, Record<string, any>>() // oxlint-disable-line typescript/no-explicit-any -- read freely, as answers are
  for (const caseNo of caseNos) {
    const { body } = await until(
      () => call(gateway, 'GET', `/v1/cases/${caseNo}`, { token }),
      ({ status, body: seen }) => status !== 200 || isAtRest(seen['legs']),
      REST_MS,
    )
    if (body['legs'] !== undefined && isAtRest(body['legs'])) shown.set(caseNo, body)
    else lost.push(`${caseNo}: ${JSON.stringify(body)}`)
  }
  for (const { key } of cities) {
    const there = Map.groupBy(await receivedBy(gateway, key), ({ caseNo }) => caseNo)
    for (const [caseNo, taken] of there) {
      const delivered = (shown.get(caseNo)?.['legs'] ?? []).filter(
        (leg: { city: string; delivery: string }) => leg.city === key && leg.delivery === 'delivered',
      )
      if (!shown.has(caseNo)) lost.push(`${caseNo} took effect in ${key}, and nobody was told of it`)
      else if (delivered.length !== taken.length) lost.push(`${caseNo}: ${key} has it ${taken.length} times`)
    }
    for (const [caseNo, { legs }] of shown) {
      const due = legs.some(
        (leg: { city: string; delivery: string }) => leg.city === key && leg.delivery === 'delivered',
      )
      if (due && !there.has(caseNo)) lost.push(`${caseNo} was delivered to ${key}, which does not have it`)
    }
  }
  return lost
}

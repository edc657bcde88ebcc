// Starts the whole gateway as its users do, as a process of its own with sandbox cities and a data folder of its own.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { projectConfig as config } from '../project-config.ts'
import { openCatalogue } from '../../src/config/catalogue.ts'
import type { SubmissionBody } from '../../src/domain/submission.ts'
import type { Role } from '../../src/domain/words.ts'
import { openLocalIssuer } from '../../src/identity/local-issuer.ts'
import { setFault, type SandboxFault } from '../../src/sandbox/control.ts'
import { received, type Received } from '../../src/sandbox/received.ts'
import { systemClock } from '../../src/system.ts'
import { storeFor } from '../postgres/borrowed.ts'
import { grouped } from '../postgres/group.ts'
import { prepare } from './prepared.ts'

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url))
const SERVER = join(PROJECT, 'src/server.js')
const START_MS = 180_000

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely; a wrong guess fails the test
export type Json = Record<string, any>

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Json
  readonly text: string
}

export interface RunningGateway {
  readonly address: string
  readonly dataDir: string
  readonly pid: number
  /** With which a command finds it, and what it has checked. */
  readonly env: Readonly<Record<string, string>>
  readonly output: () => string
  /** kill -9 of the gateway alone: its sandbox cities live on. */
  kill(): Promise<void>
  /** Starts it again on the same folder. */
  restart(): Promise<void>
  /** SIGTERM, resolves with the exit status. */
  stop(): Promise<number | null>
}

/** The project's own configuration but for its patience: tests that wait for a deadline should not wait long. */
export const IMPATIENT: readonly [RegExp, string][] = [
  [/deadlineMs: 5000/, 'deadlineMs: 900'],
  [/ownDeadlineMs: \d+/, 'ownDeadlineMs: 700'],
  [/connectTimeoutMs: \d+/, 'connectTimeoutMs: 600'],
  [/settlesAfterMs: \d+/, 'settlesAfterMs: 300'],
  [/tickMs: \d+/, 'tickMs: 50'],
  [/backoffBaseMs: \d+/, 'backoffBaseMs: 200'],
  [/leaseMarginMs: \d+/, 'leaseMarginMs: 2000'],
  [/rampStepMs: \d+/, 'rampStepMs: 200'],
  [/resetTimeoutMs: \d+/, 'resetTimeoutMs: 1000'],
  [/rollingCountTimeoutMs: \d+/, 'rollingCountTimeoutMs: 800'],
]

/** Copies the configuration into `folder`, with each change applied to every file that it fits. */
export function copyConfig(folder: string, changes: readonly [RegExp, string][] = IMPATIENT): string {
  cpSync(join(PROJECT, 'config'), folder, { recursive: true })
  for (const name of globSync('**/*.yaml', { cwd: folder })) {
    const path = join(folder, name)
    const text = readFileSync(path, 'utf8')
    writeFileSync(
      path,
      changes.reduce((changed, [from, to]) => changed.replace(from, to), text),
    )
  }
  return folder
}

/**
 * Starts a gateway on a free port; it is stopped, and its folder removed, when the test ends. `nodeOptions` come before the
 * server's own file.
 */
export async function startGateway(
  t: Pick<Test, 'teardown'>,
  env: Record<string, string> = {},
  changes: readonly [RegExp, string][] = [],
  nodeOptions: readonly string[] = [],
): Promise<RunningGateway> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-test-'))
  const store = await storeFor(dataDir)
  const { configDir, seed, keep } = prepare([...IMPATIENT, ...changes, ...store.changes], dataDir, copyConfig)
  seed(dataDir)
  let child: ChildProcess
  let output = ''
  let address = ''

  async function start(): Promise<void> {
    const file = join(dataDir, 'gateway.json')
    rmSync(file, { force: true })
    // Without the loader that the test runner gives to every Node: users have none, and it takes over signals.
    child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, ...nodeOptions, SERVER], {
      env: {
        ...process.env,
        GATEWAY_PORT: '0',
        GATEWAY_DATA_DIR: dataDir,
        GATEWAY_CONFIG_DIR: configDir,
        ...store.env,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const started = performance.now()
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}:\n${output}`)
      if (performance.now() - started > START_MS) throw new Error(`the gateway did not start:\n${output}`)
      try {
        address = (JSON.parse(readFileSync(file, 'utf8')) as { address: string }).address
        if ((await fetch(`${address}/readyz`)).status === 200) return
      } catch {
        // Not there yet.
      }
      await delay(25)
    }
  }

  async function ended(signal: NodeJS.Signals): Promise<number | null> {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
    return child.exitCode
  }

  await start()
  keep(dataDir)
  t.teardown(async () => {
    await ended('SIGTERM')
    rmSync(dataDir, { recursive: true, force: true })
  })
  return grouped(t, {
    get address() {
      return address
    },
    dataDir,
    env: { GATEWAY_DATA_DIR: dataDir, GATEWAY_CONFIG_DIR: configDir, ...store.env, ...env },
    get pid() {
      return child.pid ?? 0
    },
    output: () => output,
    kill: async () => void (await ended('SIGKILL')),
    restart: start,
    stop: () => ended('SIGTERM'),
  })
}

export const cities = config.cities
export const catalogue = openCatalogue(config, systemClock)

export interface TokenWish {
  readonly subject?: string
  readonly city?: string
  readonly hall?: string
  readonly ttlSeconds?: number
}

/** A token of the gateway's own issuer; a clerk is of Shenyang's first hall unless said otherwise. */
export function tokenOf(gateway: RunningGateway, role: Role, wish: TokenWish = {}): string {
  const rule = config.identity.issuers.find(({ keys }) => keys === 'local')
  if (rule === undefined) throw new Error('no local issuer is configured')
  const city = wish.city ?? 'shenyang'
  const hall = wish.hall ?? cities.find(({ key }) => key === city)?.halls[0]?.key ?? ''
  const ofCity = role === 'clerk' || role === 'city' ? { city } : {}
  return openLocalIssuer({ dataDir: gateway.dataDir, clock: systemClock }).issueToken({
    issuer: rule.issuer,
    audience: rule.audience,
    role,
    subject: wish.subject ?? (role === 'resident' ? '210102199003070011' : `${role}-01`),
    ...ofCity,
    ...(role === 'clerk' ? { hall } : {}),
    ttlSeconds: wish.ttlSeconds ?? 3600,
  })
}

/** A body that the item accepts, as a clerk would send it; its deciding leg leads to `city`. */
export function sample(itemCode: string, city: string): SubmissionBody {
  const identityCheck = { how: 'id-card-reader', at: new Date().toISOString() }
  return { purpose: '窗口办理', ...catalogue.sample(catalogue.find(itemCode), city), identityCheck }
}

export interface Wish {
  readonly token?: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

export async function call(gateway: RunningGateway, method: string, path: string, wish: Wish = {}): Promise<Answer> {
  const { token, body, headers } = wish
  const response = await fetch(gateway.address + path, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const json = response.headers.get('content-type')?.includes('json') === true
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : {}, text }
}

/** What a caller reads who asks again while the store is busy, for a bounded time. Throws what it was answered otherwise. */
export async function lookUp(gateway: RunningGateway, path: string, role: Role): Promise<Answer> {
  const answer = await until(
    () => call(gateway, 'GET', path, { token: tokenOf(gateway, role) }),
    ({ status }) => status !== 503,
    120_000,
  )
  if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${answer.text}`)
  return answer
}

/** Files an application as a clerk with a key of its own. */
export function file(gateway: RunningGateway, itemCode: string, city: string, wish: Wish = {}): Promise<Answer> {
  return call(gateway, 'POST', `/v1/items/${itemCode}/applications`, {
    token: tokenOf(gateway, 'clerk'),
    body: sample(itemCode, city),
    ...wish,
    headers: { 'idempotency-key': crypto.randomUUID(), ...wish.headers },
  })
}

/** Uploads a file, by default as a clerk; gives its material's id. */
export async function upload(gateway: RunningGateway, content: Uint8Array, token?: string): Promise<string> {
  const response = await fetch(`${gateway.address}/v1/materials`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token ?? tokenOf(gateway, 'clerk')}`,
      'content-type': 'application/octet-stream',
    },
    body: new Uint8Array(content),
  })
  return ((await response.json()) as { materialId: string }).materialId
}

export function ask(gateway: RunningGateway, itemCode: string, city: string, wish: Wish = {}): Promise<Answer> {
  return call(gateway, 'POST', `/v1/items/${itemCode}/queries`, {
    token: tokenOf(gateway, 'clerk'),
    body: sample(itemCode, city),
    ...wish,
  })
}

export async function makeSick(gateway: RunningGateway, city: string, fault: SandboxFault, rate = 1): Promise<void> {
  await setFault(gateway.dataDir, city, fault, rate)
}

export async function receivedBy(gateway: RunningGateway, city: string, caseNo?: string): Promise<readonly Received[]> {
  return received(gateway.dataDir, city, caseNo)
}

/** Asks again until `wanted` holds, for a bounded time; the last value is given back either way. */
export async function until<Value>(
  look: () => Promise<Value>,
  wanted: (value: Value) => boolean,
  withinMs = 30_000,
): Promise<Value> {
  const end = performance.now() + withinMs
  for (;;) {
    const value = await look()
    if (wanted(value) || performance.now() > end) return value
    await delay(50)
  }
}

/** Every audit record that fits, in order, as an auditor reads them. */
export async function records(gateway: RunningGateway, filter: Record<string, string>): Promise<Json[]> {
  const found: Json[] = []
  for (let after: string | null = ''; after !== null;) {
    const parameters = new URLSearchParams({ ...filter, limit: '200', ...(after === '' ? {} : { after }) })
    const page = await lookUp(gateway, `/v1/audit/records?${parameters.toString()}`, 'auditor')
    found.push(...page.body['records'])
    after = page.body['next']
  }
  return found
}

// Sets up what is compared: the city, three proxies and three gateways, all running at once, and the requests for them.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openLocalIssuer } from '../../src/identity/local-issuer.ts'
import { configOptions, loadConfig } from '../../src/config.ts'
import { systemClock } from '../../src/system.ts'
import { cities, copyConfig, PROJECT, sample } from '../gateway/harness.ts'
import { KEY_LENGTH } from './caller.ts'
import { hasHaproxy, startHaproxy } from './haproxy.ts'
import type { SliceWish } from './load.ts'
import type { Processes, Started } from './processes.ts'

export const VARIANTS = ['bare', 'bare-again', 'fastify-proxy', 'haproxy', 'memory', 'query', 'application'] as const
export type Variant = (typeof VARIANTS)[number]

export interface Served {
  readonly port: number
  readonly pid: number
  readonly request: SliceWish['request']
}

/** Null for a program that this machine does not have. */
export type Stage = Readonly<Record<Variant, Served | null>>

export const presentIn = (stage: Stage): readonly Variant[] => VARIANTS.filter((variant) => stage[variant] !== null)

const QUERY = 'mr-registration-archive-query'
const APPLICATION = 'mr-licence-replacement'
const START_MS = 120_000

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

export async function openStage(processes: Processes, folder: string, callers: number): Promise<Stage> {
  const city = await processes.serve(here('backend.ts'), { core: 1 })
  const upstream = `http://127.0.0.1:${city.port}`
  const configDir = benchConfig(join(folder, 'config'), [[/address: sandbox/, `address: ${upstream}`]])
  const token = prepareFolders(folder, ['memory', 'query', 'application'])
  const query = requestFor(`/v1/items/${QUERY}/queries`, token, sample(QUERY, CITY), 200, false)
  const application = requestFor(`/v1/items/${APPLICATION}/applications`, token, sample(APPLICATION, CITY), 201, true)
  const proxy = (script: string): Promise<Started & { readonly port: number }> =>
    processes.serve(here(script), { core: 0, args: [upstream, String(callers)] })
  const gateway = (variant: Variant, nodeOptions: readonly string[]): Promise<{ port: number; pid: number }> =>
    startGateway(processes, join(folder, variant), configDir, nodeOptions)

  const keyFile = join(folder, 'memory/keys/local-issuer.json')
  const verifying = (): ReturnType<typeof startHaproxy> =>
    startHaproxy(processes, folder, { keyFile, upstreamPort: city.port, callers })

  const [bare, bareAgain, fastifyProxy, haproxy, memory, durable, cases] = await Promise.all([
    proxy('bare-proxy.ts'),
    proxy('bare-proxy.ts'),
    proxy('fastify-proxy.ts'),
    hasHaproxy() ? verifying() : null,
    gateway('memory', ['--import', new URL('without-store.ts', import.meta.url).href]),
    gateway('query', []),
    gateway('application', []),
  ])
  return {
    bare: { ...bare, request: query },
    'bare-again': { ...bareAgain, request: query },
    'fastify-proxy': { ...fastifyProxy, request: query },
    haproxy: haproxy && { ...haproxy, request: query },
    memory: { ...memory, request: query },
    query: { ...durable, request: query },
    application: { ...cases, request: application },
  }
}

/** The cities of the benchmark: where the clerk sits, the one that answers, and the one that may hang. */
export const CITY = 'anshan'
export const SICK = 'benxi'
const KEPT: readonly string[] = ['shenyang', CITY, SICK]

/** The project's configuration without the cities that nobody calls here: they would be asked for news in vain. */
export function benchConfig(folder: string, changes: readonly [RegExp, string][]): string {
  copyConfig(folder, changes)
  for (const { key } of cities) if (!KEPT.includes(key)) rmSync(join(folder, 'cities', `${key}.yaml`))
  return folder
}

/**
 * Gives each gateway the same key of the issuer, so that one token is good at all, and secrets for its cities. Gives a clerk's
 * token; `names` are the gateways' folders.
 */
export function prepareFolders(folder: string, names: readonly [string, ...string[]]): string {
  const config = loadConfig(configOptions({}))
  const rule = config.identity.issuers.find(({ keys }) => keys === 'local')
  if (rule === undefined) throw new Error('no local issuer is configured')
  const clerk = cities.find(({ key }) => key === 'shenyang')
  const issuer = openLocalIssuer({ dataDir: join(folder, names[0]), clock: systemClock })
  const key = readFileSync(join(folder, names[0], 'keys/local-issuer.json'))
  for (const name of names) {
    const dataDir = join(folder, name)
    mkdirSync(join(dataDir, 'keys'), { recursive: true, mode: 0o700 })
    writeFileSync(join(dataDir, 'keys/local-issuer.json'), key, { mode: 0o600 })
    for (const { secretFile } of config.cities.flatMap(({ backends }) => backends)) {
      mkdirSync(dirname(join(dataDir, secretFile)), { recursive: true })
      writeFileSync(join(dataDir, secretFile), 'a-secret-of-the-benchmark\n')
    }
  }
  return issuer.issueToken({
    issuer: rule.issuer,
    audience: rule.audience,
    role: 'clerk',
    subject: 'clerk-01',
    city: 'shenyang',
    hall: clerk?.halls[0]?.key ?? '',
    ttlSeconds: 3600,
  })
}

/** `status`: what each answer must have; null = any. */
export function requestFor(
  path: string,
  token: string,
  body: object,
  status: number | null,
  keyed: boolean,
): SliceWish['request'] {
  const bytes = Buffer.from(JSON.stringify(body))
  const lead = `POST ${path} HTTP/1.1\r\nHost: gateway\r\n${keyed ? 'Idempotency-Key: ' : ''}`
  const rest = [
    keyed ? '0'.repeat(KEY_LENGTH) : null,
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    `Content-Length: ${bytes.length}`,
    '\r\n',
  ]
  const head = lead + rest.filter((line) => line !== null).join('\r\n')
  return {
    base64: Buffer.concat([Buffer.from(head), bytes]).toString('base64'),
    keyAt: keyed ? lead.length : null,
    status,
  }
}

/** The whole gateway as it is started by its users, but for the place of its configuration and its data. */
export async function startGateway(
  processes: Processes,
  dataDir: string,
  configDir: string,
  nodeOptions: readonly string[],
): Promise<{ port: number; pid: number }> {
  const { child, pid } = processes.start(join(PROJECT, 'src/server.js'), {
    core: 0,
    nodeOptions,
    env: { GATEWAY_PORT: '0', GATEWAY_DATA_DIR: dataDir, GATEWAY_CONFIG_DIR: configDir },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const file = join(dataDir, 'gateway.json')
  rmSync(file, { force: true })
  const started = performance.now()
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}`)
    if (performance.now() - started > START_MS) throw new Error('the gateway did not start')
    try {
      const { address } = JSON.parse(readFileSync(file, 'utf8')) as { address: string }
      return { port: Number(new URL(address).port), pid }
    } catch {
      await delay(25)
    }
  }
}

// Restarts two gateways in turn behind a real balancer while callers go on: nobody sees an error that the same request with the
// same key does not cure, and nothing is lost or repeated. The balancer is Debian's haproxy with deploy/haproxy.cfg.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { cities, PROJECT, until, type RunningGateway } from '../gateway/harness.ts'
import type { Launched } from '../gateway/launch.ts'
import { openStage } from '../postgres/gateways.ts'
import { freePort } from '../postgres/server.ts'
import { runVerify } from '../postgres/verify.ts'
import { openChance } from '../chance.ts'
import { openCallers } from './callers.ts'
import { reckonUp } from './reckoning.ts'

export interface RollingOptions {
  readonly restarts: number
  readonly seed: number
  readonly callers: number
  readonly say: (line: string) => void
}

export interface RollingReport {
  readonly restarts: number
  readonly applications: number
  readonly acknowledgements: number
  readonly queries: number
  /** What callers saw go wrong, each cured by the same request with the same key. */
  readonly brokenConnections: number
  readonly refusals: number
  readonly records: number
  readonly findings: number
  readonly broken: readonly string[]
}

const NAMES = ['east', 'west'] as const
/** The balancer asks each gateway once a second. */
const NOTICED_MS = 2500

export async function runRolling(t: Pick<Test, 'teardown'>, options: RollingOptions): Promise<RollingReport> {
  if (spawnSync('haproxy', ['-v']).status !== 0) {
    throw new Error('没有 haproxy，请先安装。 There is no haproxy; install it: apt-get install -y haproxy')
  }
  const stage = await openStage(t)
  const gateways = new Map<string, { readonly port: number; readonly running: Launched }>()
  for (const name of NAMES) {
    const port = await freePort()
    gateways.set(name, { port, running: await stage.begin(name, port) })
  }
  const address = await startBalancer(
    t,
    stage.folder.dataDir,
    new Map([...gateways].map(([name, { port }]) => [name, port])),
  )
  const first = gateways.get('east')?.running
  if (first === undefined) throw new Error('no gateway runs')
  const balanced: RunningGateway = Object.create(first, { address: { value: address } }) as RunningGateway
  const keys = cities.map(({ key }) => key)
  // '' = the balancer's own answer, where it has nobody to ask.
  const callers = openCallers({ at: () => balanced, keys, random: openChance(options.seed), cured: ['DRAINING', ''] })
  const work = Array.from({ length: options.callers }, () => callers.work())

  const broken: string[] = []
  for (let number = 1; number <= options.restarts; number += 1) {
    const name = NAMES[number % NAMES.length] ?? 'east'
    const { port, running } = gateways.get(name)!
    await delay(1000)
    const status = await running.stop()
    if (status !== 0) broken.push(`${name} ended with ${String(status)}`)
    gateways.set(name, { port, running: await stage.begin(name, port) })
    await delay(NOTICED_MS)
    const { brokenConnections, refusals } = callers.counts
    options.say(
      `${number} of ${options.restarts}, ${name}: ${callers.filed.size} acknowledged, ` +
        `${brokenConnections} connections broken, ${refusals} refusals`,
    )
  }
  callers.stop()
  await Promise.all(work)
  const reckoning = await reckonUp(balanced, callers, keys)
  const verified = await runVerify(address)
  const { acknowledgements, queries, brokenConnections, refusals } = callers.counts
  return {
    restarts: options.restarts,
    applications: callers.filed.size,
    acknowledgements,
    queries,
    brokenConnections,
    refusals,
    records: reckoning.records,
    findings: reckoning.findings,
    broken: [
      ...broken,
      ...reckoning.broken,
      ...(verified.status === 0 ? [] : [`the log does not verify: ${verified.output}`]),
    ],
  }
}

/** Gives its address once it passes calls on. It ends with the test. */
async function startBalancer(
  t: Pick<Test, 'teardown'>,
  folder: string,
  ports: ReadonlyMap<string, number>,
): Promise<string> {
  const own = await freePort()
  const shipped = readFileSync(join(PROJECT, 'deploy/haproxy.cfg'), 'utf8')
  const text = [...ports].reduce(
    (changed, [name, port]) => changed.replace(`server ${name} ${name}:8080`, `server ${name} 127.0.0.1:${port}`),
    shipped.replace(/^ {2}bind :8080$/m, `  bind 127.0.0.1:${own}`),
  )
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(file, text)
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  t.teardown(async () => {
    if (child.exitCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  })
  const address = `http://127.0.0.1:${own}`
  const status = await until(
    () =>
      fetch(`${address}/readyz`)
        .then(({ status }) => status)
        .catch(() => 0),
    (seen) => seen === 200 || child.exitCode !== null,
  )
  if (status !== 200) throw new Error(`the balancer passes nothing on:\n${output}`)
  return address
}

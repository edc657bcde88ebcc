// `node test/bench/items.ts`: what a start and a request cost with ten and a hundred times the items. See docs/catalogue-performance.md.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { PROJECT } from '../gateway/harness.ts'
import { cpuOf, residentMb } from './cpu.ts'
import { makeItems } from './items-folder.ts'
import { openProcesses, type Processes } from './processes.ts'

const { values } = parseArgs({
  options: {
    items: { type: 'string', multiple: true, default: ['117', '1170'] },
    starts: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '30' },
    // As users start it: on one core its threads and the sandbox cities wait for each other, but what is measured varies less.
    'all-cores': { type: 'boolean', default: false },
    folder: { type: 'string', default: tmpdir() },
  },
})

const START_MS = 300_000
const IDLE_MS = 2000
const ROUND = 40

/** Asked in turn, of items that every size has; the text is one that few items have, and one that none has. */
const REQUESTS = {
  'one item': '/v1/items/hf-account-transfer',
  'its form': '/v1/items/mi-remote-care-filing/form?city=benxi',
  'first page': '/v1/items?limit=20',
  'page by filters': '/v1/items?domain=tax&applicant=person&city=fushun&limit=5',
  'page by words': `/v1/items?text=${encodeURIComponent('公积金')}&limit=5`,
  'no such words': `/v1/items?text=${encodeURIComponent('没有这个')}`,
}
type Name = keyof typeof REQUESTS

interface Gateway {
  readonly items: number
  readonly pid: number
  readonly address: string
}

interface Start {
  readonly readyMs: number
  readonly cpuMs: number
  readonly idleMb: number
}

async function start(processes: Processes, env: Record<string, string>, items: number): Promise<[Start, Gateway]> {
  const began = performance.now()
  const file = join(env['GATEWAY_DATA_DIR']!, 'gateway.json')
  rmSync(file, { force: true })
  const { child, pid } = processes.start(join(PROJECT, 'src/server.js'), {
    core: values['all-cores'] ? null : 0,
    env: { GATEWAY_PORT: '0', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}`)
    if (performance.now() - began > START_MS) throw new Error('the gateway did not start')
    try {
      const { address } = JSON.parse(readFileSync(file, 'utf8')) as { address: string }
      const readyMs = performance.now() - began
      await delay(IDLE_MS)
      const cpuMs = (cpuOf(pid)?.allNs ?? Number.NaN) / 1e6
      return [
        { readyMs, cpuMs, idleMb: residentMb(pid) ?? Number.NaN },
        { items, pid, address },
      ]
    } catch {
      await delay(5)
    }
  }
}

async function end({ pid }: Gateway): Promise<void> {
  process.kill(pid, 'SIGTERM')
  for (let alive = true; alive; await delay(10)) {
    try {
      process.kill(pid, 0)
    } catch {
      alive = false
    }
  }
}

/** Processor time of one request, in microseconds. */
async function costOf({ pid, address }: Gateway, name: Name): Promise<number> {
  const before = cpuOf(pid)?.mainNs ?? Number.NaN
  for (let asked = 0; asked < ROUND; asked++) {
    const answer = await fetch(address + REQUESTS[name])
    if (answer.status !== 200) throw new Error(`${name}: ${answer.status}`)
    await answer.arrayBuffer()
  }
  return ((cpuOf(pid)?.mainNs ?? Number.NaN) - before) / ROUND / 1000
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
const rounded = (number: number, digits = 0): number => Number(number.toFixed(digits))

const folder = mkdtempSync(join(values.folder, 'gateway-items-'))
const processes = openProcesses()
try {
  // The first is measured twice: what it differs from itself is what the machine adds.
  const sizes = values.items.map(Number)
  const gateways: Gateway[] = []
  const starts = []
  for (const [index, items] of [sizes[0]!, ...sizes].entries()) {
    const own = join(folder, String(index))
    mkdirSync(own)
    const { configDir, schemasDir } = makeItems(own, items)
    const env = {
      GATEWAY_CONFIG_DIR: configDir,
      GATEWAY_SCHEMAS_DIR: schemasDir,
      GATEWAY_DATA_DIR: join(own, 'data'),
    }
    let [latest, gateway] = await start(processes, env, items)
    const first = latest
    const later: Start[] = []
    for (let again = 0; again < Number(values.starts); again++) {
      await end(gateway)
      ;[latest, gateway] = await start(processes, env, items)
      later.push(latest)
    }
    const of = (key: keyof Start): number => rounded(median(later.map((one) => one[key])))
    starts.push({
      items,
      firstReadyMs: rounded(first.readyMs),
      firstIdleMb: rounded(first.idleMb),
      readyMs: of('readyMs'),
      cpuMs: of('cpuMs'),
      idleMb: of('idleMb'),
    })
    gateways.push(gateway)
  }
  const names = Object.keys(REQUESTS) as Name[]
  const costs = new Map<string, number[]>()
  for (let round = -5; round < Number(values.rounds); round++) {
    for (const name of names) {
      // Another one begins in each round.
      for (let turn = 0; turn < gateways.length; turn++) {
        const at = (turn + round + 5) % gateways.length
        const cost = await costOf(gateways[at]!, name)
        if (round >= 0) costs.set(`${at} ${name}`, [...(costs.get(`${at} ${name}`) ?? []), cost])
      }
    }
  }
  const requests = names.map((name) => {
    const of = (at: number): readonly number[] => costs.get(`${at} ${name}`) ?? []
    const ratio = (at: number): number => rounded(median(of(at).map((cost, round) => cost / of(0)[round]!)), 3)
    const ratios = Object.fromEntries(
      gateways.slice(1).map(({ items }, at) => [at === 0 ? `${items} again` : String(items), ratio(at + 1)]),
    )
    return { name, microseconds: rounded(median(of(0))), ratios }
  })
  const report = { node: process.versions.node, starts: starts.slice(1), requests }
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
} finally {
  await processes[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
}

// The benchmark itself runs and tells what it says that it tells. No time is judged here: tests run on busy machines.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { hasHaproxy } from './haproxy.ts'
import { FORMS } from './partition-forms.ts'
import type { Report } from './report.ts'
import { VARIANTS } from './stage.ts'

const BENCH = fileURLToPath(new URL('run.ts', import.meta.url))
const PARTITIONS = fileURLToPath(new URL('partitions.ts', import.meta.url))

t.test('a quick run measures every variant and judges every goal', async (t) => {
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, '--quick', '--json'], { timeout: 240_000 })
  const report = JSON.parse(stdout) as Report
  const present = VARIANTS.filter((name) => name !== 'haproxy' || hasHaproxy())
  t.strictSame(Object.keys(report.variants), present)
  for (const [name, { answersPerSecond, p50Ms, p99Ms, cpuMicros, cpuToBare, residentMb }] of Object.entries(
    report.variants,
  )) {
    t.ok(answersPerSecond > 0 && p50Ms > 0 && p99Ms >= p50Ms, `${name} answered`)
    if (process.platform !== 'linux') continue
    t.ok(cpuMicros !== null && cpuMicros.median >= cpuMicros.mainThreadMedian, `${name} used a processor`)
    t.ok(cpuToBare !== null && cpuToBare.low <= cpuToBare.median && cpuToBare.median <= cpuToBare.high, name)
    t.ok(residentMb !== null && residentMb > 10, `${name} is a process of its own`)
  }
  t.equal(report.variants.bare?.cpuToBare?.median ?? 1, 1)
  t.equal(report.goals.length, 8)
  for (const { what, goal, measured, verdict } of report.goals) {
    t.ok(what.zh !== '' && what.en !== '' && goal.value > 0, what.en)
    t.equal(verdict === 'not-measured', measured === null, what.en)
  }
  const { alone, crowd, sync } = report.acknowledgedPerSecond
  t.ok(alone > 0 && crowd > 0 && sync > 0)
  t.ok(report.paced.perSecond > 0 && report.paced.queryP50Ms > 0)
})

t.test('tables by month are filled, answer as the one table does, and are compared with it', async (t) => {
  const args = [PARTITIONS, '1000', '1', '4']
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 240_000 })
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly name: string } & Record<string, unknown>)
  const told = new Map(lines.map((line) => [line.name, line]))
  // The price of it, by the database itself: uniqueness over all months is gone.
  t.match(told.get('an id taken twice'), { oneTable: false, byTime: true, byPosition: true })
  t.match(told.get('plan: a record by its id'), {
    oneTable: { tables: 1 },
    byTime: { tables: 24 },
    byPosition: { tables: 24 },
  })
  const compared = lines.filter(({ byTime }) => Array.isArray((byTime as { readonly wall?: unknown })?.wall))
  t.equal(compared.length, 22)
  for (const { name, ...figures } of compared) {
    for (const form of FORMS)
      t.ok((figures[form] as { readonly wallMicros: number }).wallMicros > 0, `${name}: ${form}`)
  }
})

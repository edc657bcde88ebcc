// `npm run bench`: what a request costs here, beside proxies that check and keep nothing. See docs/performance.md.

import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureHang, printHang } from './hang.ts'
import { measure, type MeasureOptions } from './measure.ts'
import { openProcesses, pinned } from './processes.ts'
import { print, reportOf } from './report.ts'
import { measureShared, printShared } from './shared-store.ts'
import { openStage } from './stage.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '60' },
    slice: { type: 'string', default: '150' },
    seed: { type: 'string', default: '1' },
    folder: { type: 'string', default: tmpdir() },
    hang: { type: 'boolean', default: false },
    store: { type: 'string', default: 'embedded' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

function whole(name: 'rounds' | 'slice' | 'seed', least: number, most: number): number {
  const value = Number(values[name])
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new Error(`--${name}: ${least} … ${most}`)
}

const options: MeasureOptions = {
  rounds: values.quick ? 3 : whole('rounds', 3, 1000),
  sliceMs: values.quick ? 400 : whole('slice', 50, 2000),
  leadMs: 40,
  warmAnswers: values.quick ? 1 : 15_000,
  callers: 64,
  seed: whole('seed', 0, 2 ** 32 - 1),
}

const TMPFS = 0x01021994
if (statfsSync(values.folder).type === TMPFS) {
  process.stderr.write(
    `${values.folder} 在内存中，落盘没有代价；请用 --folder 指定磁盘上的目录。\n${values.folder} is in memory, where a sync costs nothing: name a folder on a disk by --folder.\n`,
  )
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(values.folder, 'gateway-bench-'))
  const processes = openProcesses()
  let ending: Promise<void> | undefined
  const end = (): Promise<void> => (ending ??= Promise.resolve(processes[Symbol.asyncDispose]()))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end())
  try {
    if (values.hang) {
      const report = await measureHang(processes, folder, options)
      if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
      else printHang(report)
      if (!values.quick && report.verdict === 'missed') process.exitCode = 1
      return
    }
    if (values.store === 'postgres') {
      const report = await measureShared(processes, folder, options)
      if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
      else printShared(report)
      return
    }
    const stage = await openStage(processes, folder, options.callers)
    const appendDir = join(folder, 'append')
    mkdirSync(appendDir)
    const measured = await measure(processes, stage, appendDir, options)
    const report = reportOf(measured, { ...options, pinned, node: process.versions.node })
    if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
    else print(report)
    if (!values.quick && report.goals.some(({ verdict }) => verdict === 'missed')) process.exitCode = 1
  } finally {
    await end()
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()

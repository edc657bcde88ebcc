// Shows what was measured: a table of the variants, and the goals with their verdicts.

import { styleText } from 'node:util'
import Table from 'cli-table3'
import { median, quantile, type Range } from './figures.ts'
import { answersPerSecond, cpuMicros, cpuRatio, judgeAll, type Judged } from './goals.ts'
import type { Measured, MeasureOptions } from './measure.ts'
import { VARIANTS, type Variant } from './stage.ts'

export interface Figures {
  readonly answersPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Microseconds of processor time per answer: the median, and the tenth percentile as that of a quiet machine. */
  readonly cpuMicros: { readonly median: number; readonly p10: number; readonly mainThreadMedian: number } | null
  readonly cpuToBare: Range | null
  readonly residentMb: number | null
}

export interface Report {
  readonly options: MeasureOptions & { readonly pinned: boolean; readonly node: string }
  /** Without those that this machine does not have. */
  readonly variants: Readonly<Partial<Record<Variant, Figures>>>
  readonly paced: { readonly perSecond: number; readonly memoryP50Ms: number; readonly queryP50Ms: number }
  readonly acknowledgedPerSecond: Readonly<Record<'alone' | 'crowd' | 'sync', number>>
  readonly goals: readonly Judged[]
}

export function reportOf(measured: Measured, options: Report['options']): Report {
  const { paced, acknowledged } = measured
  const rate = (kind: 'alone' | 'crowd' | 'sync'): number =>
    median(acknowledged[kind].map(({ acknowledged: count, tookMs }) => (count / tookMs) * 1000))
  const p50 = (slices: Measured['paced']['query']): number => median(slices.flatMap(({ latenciesMs }) => latenciesMs))
  return {
    options,
    variants: Object.fromEntries(
      VARIANTS.filter((name) => measured.slices[name].length > 0).map((name) => [name, figuresOf(measured, name)]),
    ),
    paced: { perSecond: paced.perSecond, memoryP50Ms: p50(paced.memory), queryP50Ms: p50(paced.query) },
    acknowledgedPerSecond: { alone: rate('alone'), crowd: rate('crowd'), sync: rate('sync') },
    goals: judgeAll(measured),
  }
}

function figuresOf(measured: Measured, variant: Variant): Figures {
  const slices = measured.slices[variant]
  const latencies = slices.flatMap(({ latenciesMs }) => latenciesMs)
  const cpu = cpuMicros(slices)
  const known = cpu.some((value) => !Number.isNaN(value))
  const main = slices.map(({ mainCpuNs, answers }) =>
    answers === 0 ? Number.NaN : (mainCpuNs ?? Number.NaN) / 1000 / answers,
  )
  return {
    answersPerSecond: median(answersPerSecond(slices)),
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    cpuMicros: known ? { median: median(cpu), p10: quantile(cpu, 0.1), mainThreadMedian: median(main) } : null,
    cpuToBare: known ? cpuRatio(measured, variant, 'bare') : null,
    residentMb: slices.at(-1)?.residentMb ?? null,
  }
}

const NAMES: Readonly<Record<Variant, string>> = {
  bare: '裸代理 node:http + undici',
  'bare-again': '裸代理再测一次 the same again (A/A)',
  'fastify-proxy': '@fastify/http-proxy',
  haproxy: 'haproxy，校验令牌 verifying ES256',
  memory: '完整网关，无存储 whole, no store',
  query: '完整网关，查询 whole, query',
  application: '完整网关，申请 whole, application',
}

const VERDICTS: Readonly<
  Record<Judged['verdict'], { readonly text: string; readonly colour: 'green' | 'yellow' | 'red' }>
> = {
  met: { text: '达到 met', colour: 'green' },
  'in-range': { text: '在波动内 within noise', colour: 'yellow' },
  missed: { text: '未达到 not met', colour: 'red' },
  'not-measured': { text: '未测 not measured', colour: 'yellow' },
}

const shown = (value: number | null | undefined, digits: number): string => value?.toFixed(digits) ?? '–'
const rangeText = (range: Range | null): string =>
  range === null ? '–' : `${range.median.toFixed(2)} (${range.low.toFixed(2)}–${range.high.toFixed(2)})`

export function print({ options, variants, paced, acknowledgedPerSecond, goals }: Report): void {
  const { rounds, sliceMs, seed, pinned, node, callers } = options
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  say(`${rounds} × ${sliceMs} ms, ${callers} callers, seed ${seed}, Node ${node}, ${pinned ? 'pinned' : 'not pinned'}`)
  const table = new Table({
    head: ['', 'req/s', 'p50 ms', 'p99 ms', 'CPU µs', 'p10', 'main', 'CPU ÷ bare (IQR)', 'RSS MB'],
    style: { head: [], border: [] },
  })
  for (const variant of VARIANTS) {
    const figures = variants[variant]
    if (figures === undefined) continue
    const { answersPerSecond: rate, p50Ms, p99Ms, cpuMicros: cpu, cpuToBare, residentMb } = figures
    table.push([
      NAMES[variant],
      shown(rate, 0),
      shown(p50Ms, 1),
      shown(p99Ms, 1),
      shown(cpu?.median, 0),
      shown(cpu?.p10, 0),
      shown(cpu?.mainThreadMedian, 0),
      rangeText(cpuToBare),
      shown(residentMb, 0),
    ])
  }
  say(table.toString())
  if (variants.haproxy === undefined)
    say('没有 haproxy，未与它比较。 There is no haproxy to compare with: apt-get install -y haproxy')
  const { alone, crowd, sync } = acknowledgedPerSecond
  say(
    `每秒落盘确认 durable acknowledgements a second: 1 → ${shown(alone, 0)}, 64 → ${shown(crowd, 0)}; fdatasync ${shown(sync, 0)}`,
  )
  say(
    `每秒 ${paced.perSecond} 个请求时的中位时间 median at ${paced.perSecond} requests a second: ${shown(paced.memoryP50Ms, 2)} → ${shown(paced.queryP50Ms, 2)} ms`,
  )
  const judged = new Table({ head: ['目标 goal', '', '测得 measured', ''], style: { head: [], border: [] } })
  for (const { what, goal, measured, verdict } of goals) {
    const { text, colour } = VERDICTS[verdict]
    judged.push([`${what.zh}\n${what.en}`, `${goal.sign} ${goal.value}`, rangeText(measured), styleText(colour, text)])
  }
  say(judged.toString())
}

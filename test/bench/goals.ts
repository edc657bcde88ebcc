// What is asked of the gateway, what was measured of it, and whether that is enough.

import { median, ratioOf, rangeOf, type Range } from './figures.ts'
import type { Slice } from './load.ts'
import type { Measured } from './measure.ts'
import type { Variant } from './stage.ts'

export interface Judged {
  readonly what: { readonly zh: string; readonly en: string }
  readonly goal: { readonly sign: '≤' | '≥'; readonly value: number }
  /** Null where this system does not tell (processor time needs /proc). */
  readonly measured: Range | null
  /** in-range: the median misses the goal, the range of the machine's noise does not. Only `missed` is a failure. */
  readonly verdict: 'met' | 'in-range' | 'missed' | 'not-measured'
}

// A slice without an answer says nothing about the cost of one.
const perAnswer = ({ cpuNs, answers }: Slice): number =>
  cpuNs === null || answers === 0 ? Number.NaN : cpuNs / 1000 / answers
const perSecond = ({ answers, tookMs }: Slice): number => (answers / tookMs) * 1000

export const cpuMicros = (slices: readonly Slice[]): number[] => slices.map(perAnswer)
export const answersPerSecond = (slices: readonly Slice[]): number[] => slices.map(perSecond)

/** Processor time per answer, as ratios of one round. */
export function cpuRatio({ slices }: Measured, variant: Variant, base: Variant): Range {
  return ratioOf(cpuMicros(slices[variant]), cpuMicros(slices[base]))
}

function judge(zh: string, en: string, sign: '≤' | '≥', value: number, measured: Range): Judged {
  const what = { zh, en }
  const goal = { sign, value }
  if (Number.isNaN(measured.median)) return { what, goal, measured: null, verdict: 'not-measured' }
  const holds = (found: number): boolean => (sign === '≤' ? found <= value : found >= value)
  const best = sign === '≤' ? measured.low : measured.high
  const verdict = holds(measured.median) ? 'met' : holds(best) ? 'in-range' : 'missed'
  return { what, goal, measured, verdict }
}

export function judgeAll(measured: Measured): readonly Judged[] {
  const { slices, paced, acknowledged } = measured
  const rate = ({ acknowledged: count, tookMs }: { acknowledged: number; tookMs: number }): number => count / tookMs
  const syncMs = median(acknowledged.sync.map((appended) => 1 / rate(appended)))
  const middleMs = ({ latenciesMs }: Slice): number => median(latenciesMs)
  const addedMs = paced.query.map((slice, round) => middleMs(slice) - middleMs(paced.memory[round] ?? slice))
  return [
    judge(
      '无存储的完整网关，每请求 CPU，与裸代理相比',
      'whole gateway without store, CPU per request against the bare proxy',
      '≤',
      1.6,
      cpuRatio(measured, 'memory', 'bare'),
    ),
    judge(
      '同上，与不做任何检查的 @fastify/http-proxy 相比',
      'the same against @fastify/http-proxy, which checks nothing',
      '≤',
      0.85,
      cpuRatio(measured, 'memory', 'fastify-proxy'),
    ),
    judge(
      '同上，与校验 ES256 令牌的 haproxy 相比',
      'the same against haproxy, which verifies the ES256 token',
      '≤',
      1.0,
      cpuRatio(measured, 'memory', 'haproxy'),
    ),
    judge(
      '证据落盘的查询，CPU，与 @fastify/http-proxy 相比',
      'query with durable evidence, CPU against @fastify/http-proxy',
      '≤',
      1.0,
      cpuRatio(measured, 'query', 'fastify-proxy'),
    ),
    judge(
      '办件和证据落盘的申请，CPU，与裸代理相比',
      'application with durable case and evidence, CPU against the bare proxy',
      '≤',
      2.0,
      cpuRatio(measured, 'application', 'bare'),
    ),
    judge(
      '同上，吞吐量，与无存储的完整网关相比',
      'the same, throughput against the whole gateway without store',
      '≥',
      0.8,
      ratioOf(answersPerSecond(slices.application), answersPerSecond(slices.memory)),
    ),
    judge(
      '64 个调用方每秒落盘确认数，与逐个同步相比',
      'durable acknowledgements a second at 64 callers against one sync each',
      '≥',
      15,
      ratioOf(acknowledged.crowd.map(rate), acknowledged.alone.map(rate)),
    ),
    judge(
      `三分之一负荷时落盘增加的时间（毫秒；两次同步 + 0.5，一次同步 ${syncMs.toFixed(2)}）`,
      `time that durability adds at a third of capacity (ms; two syncs + 0.5, one takes ${syncMs.toFixed(2)})`,
      '≤',
      Math.round((2 * syncMs + 0.5) * 100) / 100,
      rangeOf(addedMs),
    ),
  ]
}

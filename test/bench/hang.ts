// `npm run bench -- --hang`: how long the answers of other cities take while one city hangs under load, against the same while it is well.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sample } from '../gateway/harness.ts'
import { openChance } from '../chance.ts'
import { median, quantile, ratioOf, shuffled, type Range } from './figures.ts'
import type { Slice, SliceWish } from './load.ts'
import { openWorker, warm, WARM_MS, type MeasureOptions } from './measure.ts'
import type { Processes } from './processes.ts'
import { benchConfig, CITY, prepareFolders, requestFor, SICK, startGateway } from './stage.ts'

/** well again: the same as well, as the control. */
const GATEWAYS = ['well', 'well-again', 'hangs'] as const
type GatewayName = (typeof GATEWAYS)[number]

const QUERY = 'mr-registration-archive-query'
/** Queries a second for the sick city, in each gateway, all the time; and how many of them may wait at once. */
const SICK_PER_SECOND = 50
const SICK_CALLERS = 200
const GOAL = 1.2
/** Longer than the deadline: by then the sick city's places and its queue are full. */
const SETTLED_MS = 8000
/** For the whole run; the process is ended with the run. */
const FOR_EVER_MS = 24 * 3_600_000

export interface HangReport {
  readonly options: MeasureOptions
  /** Timed queries a second: a third of what the quiet gateway can do beside its sick city's load. */
  readonly perSecond: number
  readonly latencies: Readonly<Record<GatewayName, { readonly p50Ms: number; readonly p99Ms: number }>>
  /** Of the 99th percentile of one slice to that of the slice beside it. */
  readonly p99: { readonly hangs: Range; readonly control: Range; readonly goal: number }
  /** in-range: the median misses the goal, the range of the machine's noise does not. */
  readonly verdict: 'met' | 'in-range' | 'missed'
}

type Drive = (wish: SliceWish) => Promise<Slice>

export async function measureHang(processes: Processes, folder: string, options: MeasureOptions): Promise<HangReport> {
  const { gateways, request, sickRequest } = await openGateways(processes, folder)
  const drive = (await openWorker(processes, 'load.ts', 1, [])) as Drive
  const { rounds, sliceMs, leadMs, callers } = options
  const at = (name: GatewayName, perSecond: number | null): SliceWish => ({
    ...gateways[name],
    request,
    callers,
    perSecond,
    leadMs,
    sliceMs,
  })
  await warm(GATEWAYS, options.warmAnswers, async (name) => {
    const { answers } = await drive({ ...at(name, null), sliceMs: WARM_MS })
    return answers
  })
  for (const name of GATEWAYS) {
    const background = (await openWorker(processes, 'load.ts', 1, [])) as Drive
    const wish = { ...gateways[name], request: sickRequest, callers: SICK_CALLERS, perSecond: SICK_PER_SECOND }
    // It ends with its process, which is no failure of the run.
    background({ ...wish, leadMs: 0, sliceMs: FOR_EVER_MS }).catch(() => undefined)
  }
  await drive({ ...at('well', 1), sliceMs: SETTLED_MS })

  const chance = openChance(options.seed)
  const capacities: number[] = []
  for (let round = 0; round < Math.ceil(rounds / 6); round++) {
    const { answers, tookMs } = await drive(at('well', null))
    capacities.push((answers / tookMs) * 1000)
  }
  const perSecond = Math.max(1, Math.floor(median(capacities) / 3))
  const slices: Record<GatewayName, Slice[]> = { well: [], 'well-again': [], hangs: [] }
  for (let round = 0; round < rounds; round++) {
    for (const name of shuffled(GATEWAYS, chance)) slices[name].push(await drive(at(name, perSecond)))
  }
  return reportOf(slices, perSecond, options)
}

async function openGateways(
  processes: Processes,
  folder: string,
): Promise<{
  readonly gateways: Readonly<Record<GatewayName, { readonly port: number; readonly pid: number }>>
  readonly request: SliceWish['request']
  readonly sickRequest: SliceWish['request']
}> {
  const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
  const [city, well, hanging] = await Promise.all([
    processes.serve(here('backend.ts'), { core: 1 }),
    processes.serve(here('sick-city.ts'), { core: 1 }),
    processes.serve(here('sick-city.ts'), { core: 1, args: ['hang'] }),
  ])
  const token = prepareFolders(folder, GATEWAYS)
  const start = (name: GatewayName, sick: number): Promise<{ port: number; pid: number }> => {
    const configDir = benchConfig(join(folder, `${name}-config`), [
      [new RegExp(`(key: ${SICK}\n[^]*?address: )sandbox`), `$1http://127.0.0.1:${sick}`],
      [/address: sandbox/, `address: http://127.0.0.1:${city.port}`],
      // The worst case: with its breaker a line would be left alone after some seconds.
      [/volumeThreshold: \d+/, 'volumeThreshold: 10000'],
    ])
    return startGateway(processes, join(folder, name), configDir, [])
  }
  const [one, other, third] = await Promise.all([
    start('well', well.port),
    start('well-again', well.port),
    start('hangs', hanging.port),
  ])
  const path = `/v1/items/${QUERY}/queries`
  return {
    gateways: { well: one, 'well-again': other, hangs: third },
    request: requestFor(path, token, sample(QUERY, CITY), 200, false),
    // Found nothing, no answer in time, or no place: each is an answer to the caller.
    sickRequest: requestFor(path, token, sample(QUERY, SICK), null, false),
  }
}

function reportOf(
  slices: Readonly<Record<GatewayName, readonly Slice[]>>,
  perSecond: number,
  options: MeasureOptions,
): HangReport {
  const p99s = (name: GatewayName): number[] => slices[name].map(({ latenciesMs }) => quantile(latenciesMs, 0.99))
  const latenciesOf = (name: GatewayName): { p50Ms: number; p99Ms: number } => {
    const all = slices[name].flatMap(({ latenciesMs }) => latenciesMs)
    return { p50Ms: quantile(all, 0.5), p99Ms: quantile(all, 0.99) }
  }
  const hangs = ratioOf(p99s('hangs'), p99s('well'))
  return {
    options,
    perSecond,
    latencies: { well: latenciesOf('well'), 'well-again': latenciesOf('well-again'), hangs: latenciesOf('hangs') },
    p99: { hangs, control: ratioOf(p99s('well-again'), p99s('well')), goal: GOAL },
    verdict: hangs.median <= GOAL ? 'met' : hangs.low <= GOAL ? 'in-range' : 'missed',
  }
}

export function printHang({ latencies, p99, perSecond, verdict, options }: HangReport): void {
  const shown = ({ median: middle, low, high }: Range): string =>
    `${middle.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`
  const lines = GATEWAYS.map((name) => {
    const { p50Ms, p99Ms } = latencies[name]
    return `  ${name.padEnd(12)} p50 ${p50Ms.toFixed(1).padStart(7)} ms   p99 ${p99Ms.toFixed(1).padStart(7)} ms`
  })
  process.stdout.write(
    [
      `${options.rounds} 轮，每秒 ${perSecond} 次查询发往 ${CITY}，另有每秒 ${SICK_PER_SECOND} 次发往 ${SICK}`,
      `${options.rounds} rounds, ${perSecond} queries a second for ${CITY}, and ${SICK_PER_SECOND} a second for ${SICK}`,
      ...lines,
      `  ${SICK} hangs ÷ well, p99: ${shown(p99.hangs)}; control: ${shown(p99.control)}; goal ≤ ${p99.goal}: ${verdict}`,
      '',
    ].join('\n'),
  )
}

// What durable appends cost on PostgreSQL, and what a second gateway adds: against the embedded store on the same disk.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { benchPostgres } from './postgres.ts'
import type { Appended, AppendWish } from './acknowledgements.ts'
import { openChance } from '../chance.ts'
import { median, ratioOf, shuffled, type Range } from './figures.ts'
import { CROWD, openWorker, type MeasureOptions } from './measure.ts'
import type { Processes } from './processes.ts'

/** One caller, or a crowd; `two`: a crowd at each of two gateways' stores at once. */
const VARIANTS = ['embedded-alone', 'embedded-crowd', 'one-alone', 'one-crowd', 'two-crowds'] as const
type SharedVariant = (typeof VARIANTS)[number]

export interface SharedReport {
  readonly perSecond: Readonly<Record<SharedVariant, number>>
  /** The store on PostgreSQL against the embedded one, and two gateways against one. */
  readonly ratios: Readonly<Record<'alone' | 'crowd' | 'second', Range>>
}

/** The database runs on this machine, beside what asks it; its data is in `folder`'s file system. */
export async function measureShared(
  processes: Processes,
  folder: string,
  { rounds, sliceMs, seed }: MeasureOptions,
): Promise<SharedReport> {
  await using server = await benchPostgres(folder)
  const dataDirOf = (name: string): string => {
    const dataDir = join(folder, name)
    mkdirSync(dataDir, { recursive: true })
    return dataDir
  }
  const open = async (args: readonly string[]): Promise<(wish: AppendWish) => Promise<Appended>> =>
    (await openWorker(processes, 'acknowledgements.ts', null, args)) as (wish: AppendWish) => Promise<Appended>
  const { url, password } = await server.newStore()
  const embedded = await open([dataDirOf('embedded')])
  // Both have one folder: the keys are the database's.
  const one = await open([dataDirOf('shared'), url, password, 'one'])
  const two = await open([dataDirOf('shared'), url, password, 'two'])

  const at: Readonly<Record<SharedVariant, (ms: number) => Promise<number>>> = {
    'embedded-alone': async (ms) => perSecond(await embedded({ callers: 1, sliceMs: ms })),
    'embedded-crowd': async (ms) => perSecond(await embedded({ callers: CROWD, sliceMs: ms })),
    'one-alone': async (ms) => perSecond(await one({ callers: 1, sliceMs: ms })),
    'one-crowd': async (ms) => perSecond(await one({ callers: CROWD, sliceMs: ms })),
    'two-crowds': async (ms) => {
      const wish = { callers: CROWD, sliceMs: ms }
      const both = await Promise.all([one(wish), two(wish)])
      return both.reduce((sum, appended) => sum + perSecond(appended), 0)
    },
  }
  const chance = openChance(seed)
  const figures: Record<SharedVariant, number[]> = {
    'embedded-alone': [],
    'embedded-crowd': [],
    'one-alone': [],
    'one-crowd': [],
    'two-crowds': [],
  }
  for (const name of VARIANTS) await at[name](sliceMs * 4)
  for (let round = 0; round < rounds; round++) {
    for (const name of shuffled(VARIANTS, chance)) figures[name].push(await at[name](sliceMs))
  }
  return {
    perSecond: {
      'embedded-alone': median(figures['embedded-alone']),
      'embedded-crowd': median(figures['embedded-crowd']),
      'one-alone': median(figures['one-alone']),
      'one-crowd': median(figures['one-crowd']),
      'two-crowds': median(figures['two-crowds']),
    },
    ratios: {
      alone: ratioOf(figures['one-alone'], figures['embedded-alone']),
      crowd: ratioOf(figures['one-crowd'], figures['embedded-crowd']),
      second: ratioOf(figures['two-crowds'], figures['one-crowd']),
    },
  }
}

const perSecond = ({ acknowledged, tookMs }: Appended): number => (acknowledged / tookMs) * 1000

export function printShared({ perSecond: figures, ratios }: SharedReport): void {
  const shown = ({ median: middle, low, high }: Range): string =>
    `${middle.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`
  const lines = VARIANTS.map((name) => `  ${name.padEnd(16)}${Math.round(figures[name]).toString().padStart(8)} / s`)
  process.stdout.write(
    `${[
      '持久写入（每次一条审计记录） Durable appends, a record each:',
      ...lines,
      `  PostgreSQL ÷ 嵌入式 embedded, 1 调用者 caller      ${shown(ratios.alone)}`,
      `  PostgreSQL ÷ 嵌入式 embedded, ${CROWD} 调用者 callers   ${shown(ratios.crowd)}`,
      `  两个网关 ÷ 一个 two gateways ÷ one, ${CROWD} each       ${shown(ratios.second)}`,
    ].join('\n')}\n`,
  )
}

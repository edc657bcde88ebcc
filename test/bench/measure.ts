// Measures: many short slices in shuffled order, all from one load generator, while every variant is running.

import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Appended, AppendWish } from './acknowledgements.ts'
import { openChance } from '../chance.ts'
import { median, shuffled } from './figures.ts'
import type { Slice, SliceWish } from './load.ts'
import type { Core, Processes } from './processes.ts'
import { presentIn, type Stage, type Variant } from './stage.ts'

export interface MeasureOptions {
  readonly rounds: number
  readonly sliceMs: number
  readonly leadMs: number
  /** What each variant answers before the first round: V8 takes some ten thousand requests to make its best code. */
  readonly warmAnswers: number
  readonly callers: number
  readonly seed: number
}

/** One entry for each round, in the order of the rounds; none for what this machine does not have. */
export interface Measured {
  readonly slices: Readonly<Record<Variant, readonly Slice[]>>
  /** At a third of the durable query's own capacity, which is `perSecond` answers. */
  readonly paced: { readonly perSecond: number; readonly memory: readonly Slice[]; readonly query: readonly Slice[] }
  readonly acknowledged: Readonly<Record<'alone' | 'crowd' | 'sync', readonly Appended[]>>
}

export const CROWD = 64

export const WARM_MS = 500

type Ask<Wish, Result> = (wish: Wish) => Promise<Result>

/** A child that answers each message with one message. */
export async function openWorker(
  processes: Processes,
  script: string,
  core: Core,
  args: readonly string[],
): Promise<Ask<object, unknown>> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const { child } = processes.start(path, { core, args, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const lost = once(child, 'exit').then(() => Promise.reject(new Error(`${script} ended`)))
  lost.catch(() => undefined)
  await Promise.race([once(child, 'message'), lost])
  return async (wish) => {
    child.send(wish)
    const [result] = (await Promise.race([once(child, 'message'), lost])) as [object]
    if ('error' in result) throw new Error(String(result.error))
    return result
  }
}

/** Within what servers let a connection rest. */
const REST_MS = 30_000

/**
 * By turns, until each has given so many answers. Whoever has, and waits for the others, is driven again now and then: a server
 * closes the connections of who waits too long for his turn.
 */
export async function warm<Name>(
  names: readonly Name[],
  answersMin: number,
  answersOf: (name: Name) => Promise<number>,
  now: () => number = () => performance.now(),
): Promise<void> {
  const given = new Map(names.map((name) => [name, { answers: 0, at: now() }]))
  const isCold = ({ answers }: { readonly answers: number }): boolean => answers < answersMin
  while ([...given.values()].some(isCold)) {
    for (const [name, so] of given) {
      if (!isCold(so) && now() - so.at < REST_MS) continue
      given.set(name, { answers: so.answers + (await answersOf(name)), at: now() })
    }
  }
}

export async function measure(
  processes: Processes,
  stage: Stage,
  appendDir: string,
  options: MeasureOptions,
): Promise<Measured> {
  const drive = (await openWorker(processes, 'load.ts', 1, [])) as Ask<SliceWish, Slice>
  const append = (await openWorker(processes, 'acknowledgements.ts', null, [appendDir])) as Ask<AppendWish, Appended>
  const chance = openChance(options.seed)
  const { rounds, sliceMs, leadMs, callers } = options
  const at = (variant: Variant, perSecond: number | null): SliceWish => {
    const served = stage[variant]
    if (served === null) throw new Error(`${variant} is not there`)
    return { ...served, callers, perSecond, leadMs, sliceMs }
  }
  const present = presentIn(stage)

  await warm(present, options.warmAnswers, async (variant) => {
    const { answers } = await drive({ ...at(variant, null), sliceMs: WARM_MS })
    return answers
  })
  const slices: Record<Variant, Slice[]> = {
    bare: [],
    'bare-again': [],
    'fastify-proxy': [],
    haproxy: [],
    memory: [],
    query: [],
    application: [],
  }
  for (let round = 0; round < rounds; round++) {
    for (const variant of shuffled(present, chance)) slices[variant].push(await drive(at(variant, null)))
  }

  const some = Math.ceil(rounds / 3)
  const capacity = median(slices.query.map(({ answers, tookMs }) => (answers / tookMs) * 1000))
  const paced = { perSecond: Math.floor(capacity / 3), memory: [] as Slice[], query: [] as Slice[] }
  for (let round = 0; round < some; round++) {
    for (const variant of shuffled(['memory', 'query'] as const, chance)) {
      paced[variant].push(await drive(at(variant, paced.perSecond)))
    }
  }

  const acknowledged = { alone: [] as Appended[], crowd: [] as Appended[], sync: [] as Appended[] }
  const callersOf = { alone: 1, crowd: CROWD, sync: 0 } as const
  await append({ callers: CROWD, sliceMs: WARM_MS })
  for (let round = 0; round < some; round++) {
    for (const kind of shuffled(['alone', 'crowd', 'sync'] as const, chance)) {
      acknowledged[kind].push(await append({ callers: callersOf[kind], sliceMs }))
    }
  }
  return { slices, paced, acknowledged }
}

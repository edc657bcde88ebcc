// Verifies all years of a log, wherever they stand, with the keys that the caller trusts.

import type { Verifier } from '../../audit/log/note.ts'
import type { NodeRun } from './range.ts'
import { openSource } from './source.ts'
import { trustIn, type Trust } from './trust.ts'
import { verifyShard, type Earlier, type ShardReport } from './verify.ts'

export interface PlaceOptions {
  /** vkeys that are trusted; none = those that the place itself names. */
  readonly keys: readonly string[]
  readonly witnesses: readonly Verifier[]
  /** How many of them must have cosigned. */
  readonly required: number
  readonly earlier: readonly Earlier[]
  /** Before anything is read that takes long. */
  readonly onTrust: (trust: Trust) => void
  readonly progress: () => (entries: number, size: number) => void
}

/** Findings are told in the reports. Throws CommandError where the place cannot be read, or its keys not be understood. */
export async function verifyPlace(
  place: string,
  { keys, witnesses, required, earlier, onTrust, progress }: PlaceOptions,
): Promise<{ readonly trust: Trust; readonly shards: readonly ShardReport[] }> {
  const source = await openSource(place)
  const trust = trustIn(keys, source.keys, source.successions)
  onTrust(trust)
  const runs = new Map<string, NodeRun>()
  const shards: ShardReport[] = []
  for (const [at, shard] of source.shards.entries()) {
    const onProgress = progress()
    shards.push(
      await verifyShard(shard, { trust, witnesses, required, earlier, runs, isEarliest: at === 0, onProgress }),
    )
  }
  return { trust, shards: [...shards, ...missing(earlier, shards)] }
}

/** A year of which somebody kept a checkpoint, and which is not here at all. */
function missing(earlier: readonly Earlier[], shards: readonly ShardReport[]): readonly ShardReport[] {
  const lost = earlier.filter(({ checkpoint }) => !shards.some(({ origin }) => origin === checkpoint.origin))
  return lost.map(({ by, checkpoint: { origin, size } }) => ({
    origin,
    size: 0,
    root: '',
    witnesses: [],
    findings: [
      {
        index: null,
        what: {
          zh: `${by} 见过这个日志的 ${size} 条，这里没有它。`,
          en: `${by} has seen ${size} entries of this log, and it is not here.`,
        },
      },
    ],
    remarks: [],
  }))
}

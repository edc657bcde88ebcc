// How the log and its yearly shards are called: origins, key names, and which key signs when.

import type { LogKey, LogShard } from '../../domain/log.ts'
import { readNote, verifierOf, type Verifier } from './note.ts'

const CHINA_MS = 8 * 3_600_000

/** The year in China, whose days and years the log is divided by. */
export const yearOf = (time: number): number => new Date(time + CHINA_MS).getUTCFullYear()

/** Each year is a tree of its own and so has an origin of its own: no two trees may share one. */
export const originOf = (origin: string, year: number): string => `${origin}/${year}`

/** The origin without its year, and the year. Null for an origin of another form. */
export function readOrigin(origin: string): { readonly base: string; readonly year: number } | null {
  const match = /^(.+)\/(\d{4})$/.exec(origin)
  return match === null ? null : { base: match[1]!, year: Number(match[2]) }
}

/** A key's name is the origin of what it signs, as tlog-policy wants it: one key has a name for each shard. */
export const shardVerifier = (origin: string, year: number, publicKey: Uint8Array): Verifier =>
  verifierOf(originOf(origin, year), 1, publicKey)

/** The keys that may have signed in a year, newest first. `keys` newest first. */
export function keysOfYear(keys: readonly LogKey[], year: number): readonly LogKey[] {
  return keys.filter((key, at) => {
    const next = keys[at - 1]
    return (
      (key.since === keys.at(-1)?.since || yearOf(key.since) <= year) &&
      (next === undefined || yearOf(next.since) >= year)
    )
  })
}

/** The origin that a shard signs under, from its own checkpoint. */
export const shardOrigin = (shard: LogShard): string => readNote(shard.checkpoint)?.text.split('\n')[0] ?? ''

/** Every key under every name that it has signed with, the current ones first: what a verifier takes as `--key`. */
export function verifiersOf(keys: readonly LogKey[], shards: readonly LogShard[]): readonly Verifier[] {
  return shards.toReversed().flatMap((shard) => {
    const origin = shardOrigin(shard)
    return keysOfYear(keys, shard.year).map(({ publicKey }) => verifierOf(origin, 1, publicKey))
  })
}

// Opens the log where it was left: takes the newest checkpoint only if it is ours and the records still lead to its root.

import type { LogShard, LogStore } from '../../domain/log.ts'
import { readSigned, type Checkpoint } from './checkpoint.ts'
import { openEdge, type Edge } from './edge.ts'
import { keysOfYear, readOrigin } from './names.ts'
import { readNote, verifierOf } from './note.ts'
import { changed, foreign, shortened } from './problem.ts'
import { TILE_WIDTH, hashesAtLevel, levelsOf } from './tile.ts'

/** The shard that grows: what was signed last, and the edge to go on from. */
export interface Head {
  readonly year: number
  /** The origin without the year, as the shard began with it. */
  readonly origin: string
  readonly checkpoint: string
  readonly edge: Edge
}

/** The checkpoint as one of our keys has signed it. Throws LogProblem LOG_FOREIGN. */
function ownCheckpoint(store: LogStore, shard: LogShard): Checkpoint {
  const origin = readNote(shard.checkpoint)?.text.split('\n')[0] ?? ''
  for (const { publicKey } of keysOfYear(store.logKeys, shard.year)) {
    const signed = readSigned(shard.checkpoint, verifierOf(origin, 1, publicKey))
    if (signed.kind === 'signed' && readOrigin(origin)?.year === shard.year) return signed.checkpoint
  }
  throw foreign(shard.year)
}

async function edgeAt(store: LogStore, { year, size }: LogShard): Promise<Edge> {
  // Where the last tile is full, nothing below would look for the last record.
  const last = Math.floor((size - 1) / TILE_WIDTH)
  await store.logTile(year, 0, last, size - last * TILE_WIDTH)
  const tiles = Array.from({ length: levelsOf(size) }, async (_, level) => {
    const hashes = hashesAtLevel(size, level)
    const width = hashes % TILE_WIDTH
    if (width === 0) return new Uint8Array()
    const tile = await store.logTile(year, level, (hashes - width) / TILE_WIDTH, width)
    if (tile === null) throw new Error(`the store does not give the tiles of its own ${size} records`)
    return tile
  })
  return openEdge(await Promise.all(tiles))
}

/**
 * Reads at most 255 hashes of each level, however long the log is. Null before the first checkpoint.
 * Throws LogProblem if records are missing, if they lead to another root, or if another key has signed.
 */
export async function openHead(store: LogStore): Promise<Head | null> {
  const shard = (await store.logShards()).at(-1)
  if (shard === undefined) return null
  const { origin, size, root } = ownCheckpoint(store, shard)
  if (size !== shard.size) throw changed(origin, size)
  let edge: Edge
  try {
    edge = await edgeAt(store, shard)
  } catch (error) {
    throw isMissing(error) ? shortened(origin, size, error) : error
  }
  if (!edge.root().equals(root)) throw changed(origin, size)
  return { year: shard.year, origin: readOrigin(origin)!.base, checkpoint: shard.checkpoint, edge }
}

/** The store cannot give what it ought to hold, though it can be read. */
export const isMissing = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 'INTERNAL'

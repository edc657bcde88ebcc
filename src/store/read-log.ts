// Reads the audit log: its shards, what no checkpoint covers yet, tiles and entry bundles put together from the records.

import type { LogPlace, LogShard, LogTail } from '../domain/log.ts'
import type { Sql } from './sql.ts'

const HASH_BYTES = 32
const TILE_WIDTH = 256

interface ShardRow extends LogShard {
  readonly first_position: number
}

export interface LogReader {
  shards(): readonly LogShard[]
  tail(skip: number, limit: number): LogTail
  tile(year: number, level: number, index: number, width: number): Uint8Array | null
  entries(year: number, index: number, width: number): Uint8Array | null
  place(recordId: string): LogPlace | null
}

export function openLogReader(database: Sql): LogReader {
  const all = database.prepare('SELECT * FROM log_shards ORDER BY year')
  const ofYear = database.prepare('SELECT * FROM log_shards WHERE year = ?')
  const ofPosition = database.prepare(`
    SELECT * FROM log_shards WHERE first_position <= ? ORDER BY first_position DESC LIMIT 1`)
  const hashes = database.prepare(`
    SELECT position, time, leaf_hash AS hash FROM records WHERE position >= ? ORDER BY position LIMIT ? + 0`)
  const leaves = database.prepare('SELECT leaf FROM records WHERE position >= ? ORDER BY position LIMIT ? + 0')
  const nodes = database.prepare(`
    SELECT hash FROM log_nodes WHERE year = ? AND level = ? AND node >= ? ORDER BY node LIMIT ? + 0`)
  const find = database.prepare('SELECT position, leaf FROM records WHERE id = ?')

  const shards = (): readonly ShardRow[] => all.all() as unknown as ShardRow[]
  const shardOf = (year: number): ShardRow | undefined => ofYear.get(year) as unknown as ShardRow | undefined

  /** All of a tile's or bundle's rows, or nothing: a row that is missing must not let the next ones move up. */
  function whole(rows: readonly unknown[], wanted: number): readonly unknown[] {
    if (rows.length !== wanted) throw new Error(`the log has ${rows.length} rows where ${wanted} were signed for`)
    return rows
  }

  const joined = (rows: readonly { readonly hash: Uint8Array }[]): Uint8Array =>
    Buffer.concat(
      rows.map(({ hash }) => hash),
      rows.length * HASH_BYTES,
    )

  return {
    shards: () => shards().map(({ year, size, checkpoint, witnessed }) => ({ year, size, checkpoint, witnessed })),

    tail(skip, limit) {
      const newest = shards().at(-1)
      const first = (newest === undefined ? 1 : newest.first_position + newest.size) + skip
      const rows = hashes.all(first, limit) as unknown as { position: number; time: number; hash: Uint8Array }[]
      const last = rows.at(-1)?.position ?? first - 1
      if (last !== first + rows.length - 1) throw new Error(`a record is missing between ${first} and ${last}`)
      return { times: Float64Array.from(rows, ({ time }) => time), hashes: joined(rows) }
    },

    tile(year, level, index, width) {
      const shard = shardOf(year)
      const from = index * TILE_WIDTH
      if (shard === undefined || from + width > Math.floor(shard.size / TILE_WIDTH ** level)) return null
      const rows = level === 0 ? hashes.all(shard.first_position + from, width) : nodes.all(year, level, from, width)
      return joined(whole(rows, width) as readonly { readonly hash: Uint8Array }[])
    },

    entries(year, index, width) {
      const shard = shardOf(year)
      const from = index * TILE_WIDTH
      if (shard === undefined || from + width > shard.size) return null
      const rows = whole(leaves.all(shard.first_position + from, width), width) as readonly { readonly leaf: string }[]
      return Buffer.concat(
        rows.flatMap(({ leaf }) => {
          const bytes = Buffer.from(leaf)
          return [Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]
        }),
      )
    },

    place(recordId) {
      const row = find.get(recordId) as { position: number; leaf: string } | undefined
      if (row === undefined) return null
      const shard = ofPosition.get(row.position) as unknown as ShardRow | undefined
      const index = row.position - (shard?.first_position ?? 0)
      if (shard === undefined || index >= shard.size) return { kind: 'pending' }
      return { kind: 'covered', year: shard.year, index, leaf: row.leaf }
    },
  }
}

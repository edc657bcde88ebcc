// Reads the log as it lies in a data folder or a database, sound or not and running or not: what is missing shows as a gap, never as an error.

import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { LogKey, LogShard } from '../domain/log.ts'
import { databaseFile, openForReading } from './database.ts'
import { readLogKeys } from './log-keys.ts'
import type { Sql } from './sql.ts'

const HASH_BYTES = 32
const TILE_WIDTH = 256

/** All of it is what somebody who can write to the folder may have changed. No key is needed to read it, and none is read. */
export interface Evidence extends Disposable {
  shards(): readonly LogShard[]
  /** Newest first. */
  keys(): readonly LogKey[]
  /** A bundle; an entry whose record is missing is there without a byte, which no record is. */
  entries(year: number, index: number, width: number): Buffer
  /** A tile; a hash that is missing is there as zeros. */
  tile(year: number, level: number, index: number, width: number): Buffer
}

/**
 * Without a log beside it no gateway runs on the folder, and the database alone is the whole: it is then read without so much as
 * a file for locks, as evidence wants it, from a medium that cannot be written too.
 */
function openUntouched(file: string): DatabaseSync {
  if (existsSync(`${file}-wal`)) return openForReading(file)
  const address = pathToFileURL(file)
  address.searchParams.set('immutable', '1')
  return new DatabaseSync(address, { readOnly: true })
}

/** Null if this is no data folder. Throws what SQLite throws for a file that it cannot read. */
export function openEvidence(dataDir: string): Evidence | null {
  const file = databaseFile(dataDir)
  if (!existsSync(file)) return null
  const database = openUntouched(file)
  return evidenceOf(database, () => database.close())
}

/** Of a database of whatever engine, which `close` closes. Each method throws what the engine throws. */
export function evidenceOf(database: Sql, close: () => void): Evidence {
  const all = database.prepare('SELECT year, size, checkpoint, witnessed FROM log_shards ORDER BY year')
  const first = database.prepare('SELECT first_position FROM log_shards WHERE year = ?')
  const records = database.prepare(`
    SELECT position AS place, leaf, leaf_hash AS hash FROM records WHERE position >= ? AND position < ?`)
  const nodes = database.prepare(`
    SELECT node AS place, hash FROM log_nodes WHERE year = ? AND level = ? AND node >= ? AND node < ?`)

  interface Row {
    readonly place: number
    readonly hash: Uint8Array
    readonly leaf?: string
  }

  function recordsAt(year: number, index: number, width: number): (Row | undefined)[] {
    const shard = first.get(year) as { readonly first_position: number } | undefined
    const from = (shard?.first_position ?? 1) + index * TILE_WIDTH
    return placed(records.all(from, from + width) as unknown as Row[], from, width)
  }

  const placed = (rows: readonly Row[], from: number, width: number): (Row | undefined)[] => {
    const at: (Row | undefined)[] = Array.from({ length: width })
    for (const row of rows) at[row.place - from] = row
    return at
  }

  return {
    shards: () => all.all() as unknown as LogShard[],
    keys: () => readLogKeys(database),
    entries: (year, index, width) =>
      Buffer.concat(
        recordsAt(year, index, width).flatMap((row) => {
          const bytes = Buffer.from(row?.leaf ?? '')
          return [Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]
        }),
      ),
    tile(year, level, index, width) {
      const from = index * TILE_WIDTH
      const rows =
        level === 0
          ? recordsAt(year, index, width)
          : placed(nodes.all(year, level, from, from + width) as unknown as Row[], from, width)
      const tile = Buffer.alloc(width * HASH_BYTES)
      for (const [at, row] of rows.entries()) tile.set(row?.hash.subarray(0, HASH_BYTES) ?? [], at * HASH_BYTES)
      return tile
    },
    [Symbol.dispose]: close,
  }
}

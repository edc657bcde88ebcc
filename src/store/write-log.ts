// Moves the audit log's checkpoint on within the writer's transaction, if nobody else has done so before.

import type { LogStep } from '../domain/log.ts'
import type { Sql } from './sql.ts'
import { openRecordCounter } from './record-counts.ts'

export interface LogWriter {
  replaceCheckpoint(old: string | null, step: LogStep): boolean
  keepWitnessed(year: number, checkpoint: string): void
}

interface ShardRow {
  readonly year: number
  readonly first_position: number
  readonly size: number
  readonly checkpoint: string
}

export function openLogWriter(database: Sql): LogWriter {
  const newest = database.prepare('SELECT * FROM log_shards ORDER BY year DESC LIMIT 1')
  const begin = database.prepare('INSERT INTO log_shards (year, first_position, size, checkpoint) VALUES (?, ?, ?, ?)')
  const move = database.prepare('UPDATE log_shards SET size = ?, checkpoint = ? WHERE year = ?')
  const addNode = database.prepare('INSERT INTO log_nodes (year, level, node, hash) VALUES (?, ?, ?, ?)')
  const keep = database.prepare('UPDATE log_shards SET witnessed = ? WHERE year = ?')
  const count = openRecordCounter(database)
  const record = database.prepare('SELECT 1 FROM records WHERE position = ?')

  return {
    replaceCheckpoint(old, { year, size, checkpoint, nodes }) {
      const shard = newest.get() as unknown as ShardRow | undefined
      if ((shard?.checkpoint ?? null) !== old) return false
      const continues = shard?.year === year
      const first = shard === undefined ? 1 : shard.first_position + (continues ? 0 : shard.size)
      if (record.get(first + size - 1) === undefined)
        throw new Error(`there is no record ${first + size - 1} to sign for`)
      if (continues) move.run(size, checkpoint, year)
      else begin.run(year, first, size, checkpoint)
      for (const { level, index, hash } of nodes) addNode.run(year, level, index, hash)
      count(first + size - 1)
      return true
    },

    keepWitnessed(year, checkpoint) {
      keep.run(checkpoint, year)
    },
  }
}

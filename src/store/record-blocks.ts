// Notes which values occur in which block of the audit log, so that a search reads only blocks that may hold a match.

import type { Sql } from './sql.ts'

/** Records of a block. A search reads a block whole, which takes some 30 us; a value is noted once for each block. */
export const BLOCK_RECORDS = 128

export const blockOf = (position: number): number => Math.floor(position / BLOCK_RECORDS)

/**
 * That a record stands in the block `b`: how searches read the blocks that may hold a match, one after the other. PostgreSQL's dialect
 * knows it by these words.
 */
export const inBlock = (records: string): string =>
  `${records}.position >= b.block * ${BLOCK_RECORDS} AND ${records}.position < (b.block + 1) * ${BLOCK_RECORDS}`

const MINUTE_MS = 60_000

export const minuteOf = (time: number): number => Math.floor(time / MINUTE_MS)

/** Columns of records whose values are noted by block: those that many records share. */
export type NotedColumn =
  'kind' | 'role' | 'actor' | 'item' | 'city' | 'outcome' | 'hall' | 'collecting_city' | 'source' | 'fault_code'

export const termOf = (column: NotedColumn, value: string): string => `${column}=${value}`

export type Noted = Readonly<Record<NotedColumn, string | null>>

export interface RecordBlocks {
  /** Within the transaction that adds the record at this position. */
  note(position: number, time: number, noted: Noted): void
  /** To be called when notes may have been rolled back. */
  forget(): void
}

const COLUMNS: readonly NotedColumn[] = [
  'kind',
  'role',
  'actor',
  'item',
  'city',
  'outcome',
  'hall',
  'collecting_city',
  'source',
  'fault_code',
]

export function openRecordBlocks(database: Sql): RecordBlocks {
  const addTerm = database.prepare('INSERT INTO record_terms (term, block) VALUES (?, ?) ON CONFLICT DO NOTHING')
  const span = database.prepare(`
    INSERT INTO record_block_minutes (block, first_minute, last_minute) VALUES (?1, ?2, ?2)
    ON CONFLICT (block) DO UPDATE SET
      first_minute = CASE WHEN excluded.first_minute < record_block_minutes.first_minute
        THEN excluded.first_minute ELSE record_block_minutes.first_minute END,
      last_minute = CASE WHEN excluded.last_minute > record_block_minutes.last_minute
        THEN excluded.last_minute ELSE record_block_minutes.last_minute END`)
  // What has been noted of the newest block, so that most records touch neither table.
  let block = -1
  let [firstMinute, lastMinute] = [Infinity, -Infinity]
  const values = COLUMNS.map((column) => ({ column, seen: new Set<string>() }))

  function forget(): void {
    firstMinute = Infinity
    lastMinute = -Infinity
    for (const { seen } of values) seen.clear()
  }

  return {
    forget,

    note(position, time, noted) {
      const now = blockOf(position)
      if (now !== block) {
        forget()
        block = now
      }
      const minute = minuteOf(time)
      if (minute < firstMinute || minute > lastMinute) {
        span.run(block, minute)
        firstMinute = Math.min(firstMinute, minute)
        lastMinute = Math.max(lastMinute, minute)
      }
      for (const { column, seen } of values) {
        const value = noted[column]
        if (value === null || seen.has(value)) continue
        addTerm.run(termOf(column, value), block)
        seen.add(value)
      }
    },
  }
}

// Knows between which positions the cases of a span of time stand, so that a search by days reads no others.

import type { Sql } from './sql.ts'

const DAY_MS = 86_400_000
const BLOCK_CASES = 256

const dayOf = (time: number): number => Math.floor(time / DAY_MS)

/** Notes a case, within the transaction that files it. */
export function openFiledDays(database: Sql): (position: number, filedAt: number) => void {
  const note = database.prepare('INSERT INTO filed_days (day, block) VALUES (?, ?) ON CONFLICT DO NOTHING')
  return (position, filedAt) => {
    note.run(dayOf(filedAt), Math.floor(position / BLOCK_CASES))
  }
}

/** `first` inclusive, `end` exclusive. */
export interface Positions {
  readonly first: number
  readonly end: number
}

/** Positions between which all cases stand that were filed from `from` on (inclusive) until `until` (exclusive); null: there are none. */
export function openFiledPositions(database: Sql): (from: number, until: number) => Positions | null {
  const bounds = database.prepare(
    'SELECT min(block) AS first, max(block) AS last FROM filed_days WHERE day >= ? AND day <= ?',
  )
  return (from, until) => {
    const row = bounds.get(dayOf(from), dayOf(until - 1))
    const { first, last } = row as { readonly first: number | null; readonly last: number | null }
    if (first === null || last === null) return null
    return { first: first * BLOCK_CASES, end: (last + 1) * BLOCK_CASES }
  }
}

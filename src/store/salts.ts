// Finds and removes the salts of single records, which are sealed together by commit.

import type { Disclosure } from './disclosures.ts'
import { saltsPlace } from './places.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'

interface Row {
  readonly first_position: number
  readonly salts: Uint8Array
}

const salts = (sealer: Sealer, { first_position: first, salts: sealed }: Row): readonly Disclosure[] =>
  JSON.parse(sealer.open(saltsPlace(first), sealed)) as Disclosure[]

/** The salts of one record, null where they are gone, or where it had none. */
export function openSaltFinder(database: Sql, sealer: Sealer): (position: number) => Disclosure | null {
  const last = database.prepare(
    'SELECT first_position, salts FROM disclosures WHERE first_position <= ? ORDER BY first_position DESC LIMIT 1',
  )
  return (position) => {
    const row = last.get(position) as unknown as Row | undefined
    return row === undefined ? null : (salts(sealer, row).find(([one]) => one === position) ?? null)
  }
}

export interface SaltRemover {
  /** Of single records; gives how many had some. */
  ofRecords(positions: readonly number[]): number
  /** Of those that `goes` names, in the rows after `after` that end before `before`, at most `limit` rows. */
  inRows(
    after: number,
    before: number,
    limit: number,
    goes: (position: number) => boolean,
  ): { readonly removed: number; readonly last: number | null }
}

/** Within the writer's transaction. A row keeps its place though its first record is gone from it: it is sealed for that place. */
export function openSaltRemover(database: Sql, sealer: Sealer): SaltRemover {
  const last = database.prepare(
    'SELECT first_position, salts FROM disclosures WHERE first_position <= ? ORDER BY first_position DESC LIMIT 1',
  )
  const rows = database.prepare(
    'SELECT first_position, salts FROM disclosures WHERE first_position > ? AND first_position < ? ORDER BY first_position LIMIT ? + 0',
  )
  const update = database.prepare('UPDATE disclosures SET salts = ? WHERE first_position = ?')
  const remove = database.prepare('DELETE FROM disclosures WHERE first_position = ?')

  function without(row: Row, goes: (position: number) => boolean): number {
    const all = salts(sealer, row)
    const left = all.filter(([position]) => !goes(position))
    const first = row.first_position
    if (left.length === 0) remove.run(first)
    else if (left.length < all.length) update.run(sealer.seal(saltsPlace(first), JSON.stringify(left)), first)
    return all.length - left.length
  }

  return {
    ofRecords(positions) {
      const wanted = new Set(positions)
      const seen = new Set<number>()
      let removed = 0
      for (const position of positions) {
        const row = last.get(position) as unknown as Row | undefined
        if (row === undefined || seen.has(row.first_position)) continue
        seen.add(row.first_position)
        removed += without(row, (one) => wanted.has(one))
      }
      return removed
    },

    inRows(after, before, limit, goes) {
      const found = rows.all(after, before, limit) as unknown as readonly Row[]
      let removed = 0
      let reached: number | null = null
      for (const row of found) {
        // One that goes on past the end waits until all of it is old.
        if (salts(sealer, row).some(([position]) => position >= before)) break
        removed += without(row, goes)
        reached = row.first_position
      }
      return { removed, last: reached }
    },
  }
}

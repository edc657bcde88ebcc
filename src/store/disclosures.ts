// Keeps the salts of a commit's records apart from their leaves, encrypted, so that each can be erased.

import { saltsPlace } from './places.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'

/** One record's salts, null where there is no such digest. As JSON this is what a row holds a list of. */
export type Disclosure = readonly [position: number, requestSalt: string | null, answerSalt: string | null]

export interface Disclosures {
  add(disclosure: Disclosure): void
  mark(): number
  /** Drops what was added since. */
  rewind(mark: number): void
  /** Writes what was added, just before the commit. */
  finish(): void
}

/**
 * Sealing costs more than anything else that is done for a record, so a commit's salts are sealed together. To erase
 * one, its row (the last whose first_position is not greater) is opened, and sealed again without it.
 */
export function openDisclosures(database: Sql, sealer: Sealer): Disclosures {
  const insert = database.prepare('INSERT INTO disclosures (first_position, salts) VALUES (?, ?)')
  const added: Disclosure[] = []
  return {
    add(disclosure) {
      added.push(disclosure)
    },

    mark: () => added.length,

    rewind(mark) {
      added.length = mark
    },

    finish() {
      const [first] = added
      if (first === undefined) return
      insert.run(first[0], sealer.seal(saltsPlace(first[0]), JSON.stringify(added)))
      added.length = 0
    },
  }
}

// Keeps the values behind the digests of a record, sealed under a key of the person concerned: without the key nobody reads them.

import { createSecretKey } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Disclosed } from '../domain/disclosure.ts'
import { disclosedPlace, subjectKeyPlace } from './places.ts'
import { openSealer, type Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'

/** Of records that are about no person. */
export const NOBODY = 0
const KEY_BYTES = 32
const SEALERS_MAX = 500

export type DisclosedValue = Omit<Disclosed, 'digest'>

type Bytes = (size: number) => Buffer

const sealerOf = (key: Buffer, bytes: Bytes): Sealer =>
  openSealer({ keys: new Map([[1, createSecretKey(key)]]), newestKeyId: 1, bytes })

/** Null where the person has no key, or has none any more. */
export function openSubjectSealers(database: Sql, sealer: Sealer, bytes: Bytes): (subjectId: number) => Sealer | null {
  const find = database.prepare('SELECT key FROM subject_keys WHERE subject_id = ?')
  return (subjectId) => {
    const row = find.get(subjectId)
    if (row === undefined) return null
    const key = sealer.open(subjectKeyPlace(subjectId), row['key'] as Uint8Array)
    return sealerOf(Buffer.from(key, 'base64url'), bytes)
  }
}

export interface DisclosedValues {
  /** Within the transaction that adds the record at this position. */
  add(position: number, subjectId: number, disclosed: readonly Disclosed[]): void
  /** To be called when what was added may have been rolled back, and when a key is gone. */
  forget(): void
}

export function openDisclosedValues(database: Sql, sealer: Sealer, bytes: Bytes): DisclosedValues {
  const find = openSubjectSealers(database, sealer, bytes)
  const addKey = database.prepare('INSERT INTO subject_keys (subject_id, key) VALUES (?, ?)')
  const insert = database.prepare('INSERT INTO disclosed_values (position, subject_id, content) VALUES (?, ?, ?)')
  const sealers = new LRUCache<number, Sealer>({ max: SEALERS_MAX })

  function make(subjectId: number): Sealer {
    const key = bytes(KEY_BYTES)
    addKey.run(subjectId, sealer.seal(subjectKeyPlace(subjectId), key.toString('base64url')))
    return sealerOf(key, bytes)
  }

  return {
    add(position, subjectId, disclosed) {
      let own = sealers.get(subjectId)
      if (own === undefined) {
        own = find(subjectId) ?? make(subjectId)
        sealers.set(subjectId, own)
      }
      const content = disclosed.map(({ name, value, salt }) => ({ name, value, salt }))
      insert.run(position, subjectId, own.seal(disclosedPlace(position), JSON.stringify(content)))
    },
    forget: () => sealers.clear(),
  }
}

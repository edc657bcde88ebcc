// The keys that sign the audit log: the newest one, which is at hand, and what is kept of those before it.

import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto'
import type { LogKey } from '../domain/log.ts'
import type { Sql } from './sql.ts'

// In DER an Ed25519 private key is its seed after a beginning that never differs; a public key ends in its own 32 bytes.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const PUBLIC_KEY_BYTES = 32

export const ed25519Of = (seed: Buffer): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })

export const publicKeyOf = (key: KeyObject): Buffer =>
  createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-PUBLIC_KEY_BYTES)

/** Signs in Node's pool of threads. */
export function openLogSigner(key: KeyObject): (bytes: Uint8Array) => Promise<Uint8Array> {
  return (bytes) =>
    new Promise((resolve, reject) => {
      sign(null, bytes, key, (error, signature) => (error === null ? resolve(signature) : reject(error)))
    })
}

/** Within the transaction that makes the key known to the store. */
export function noteLogKey(
  database: Sql,
  key: {
    readonly keyId: number
    readonly publicKey: Uint8Array
    readonly since: number
    readonly succession: string | null
  },
): void {
  database
    .prepare('INSERT INTO log_keys (key_id, public_key, since, succession) VALUES (?, ?, ?, ?)')
    .run(key.keyId, key.publicKey, key.since, key.succession)
}

/** Newest first. */
export function readLogKeys(database: Sql): readonly LogKey[] {
  const rows = database.prepare('SELECT * FROM log_keys ORDER BY key_id DESC').all() as unknown as {
    readonly public_key: Uint8Array
    readonly since: number
    readonly succession: string | null
  }[]
  return rows.map(({ public_key: publicKey, since, succession }) => ({ publicKey, since, succession }))
}

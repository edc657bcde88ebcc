// Encrypts values for the database and opens them again: AES-256-GCM, bound to the one place where a value stands.

import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** Where a value stands. It is authenticated with the value, so that a sealed value moved elsewhere does not open. */
export interface Place {
  readonly table: string
  readonly row: string
  readonly column: string
}

export interface Sealer {
  /** Always under the newest key. */
  seal(place: Place, text: string): Buffer
  /** Throws if the value was changed or moved, or if its key is not among ours. */
  open(place: Place, sealed: Uint8Array): string
}

export interface SealerOptions {
  /** AES-256 keys by key id. */
  readonly keys: ReadonlyMap<number, KeyObject>
  readonly newestKeyId: number
  /** Random bytes for nonces. A random nonce of 96 bits is good for 2^32 values under one key (NIST SP 800-38D). */
  readonly bytes: (size: number) => Buffer
}

// A sealed value: format (1 byte, 1), key id (4 bytes), nonce (12), tag (16), ciphertext.
const FORMAT = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
const NONCE_AT = 5
const TAG_AT = NONCE_AT + NONCE_BYTES
const TEXT_AT = TAG_AT + TAG_BYTES

const associatedData = (head: Buffer, place: Place): Buffer =>
  Buffer.concat([head, Buffer.from(JSON.stringify([place.table, place.row, place.column]))])

export function openSealer(options: SealerOptions): Sealer {
  const { keys, newestKeyId, bytes } = options
  const newestKey = keys.get(newestKeyId)
  if (newestKey === undefined) throw new Error(`no data key ${newestKeyId}`)
  const newestHead = Buffer.alloc(NONCE_AT)
  newestHead.writeUInt8(FORMAT, 0)
  newestHead.writeUInt32BE(newestKeyId, 1)

  return {
    seal(place, text) {
      const nonce = bytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', newestKey, nonce, { authTagLength: TAG_BYTES })
      cipher.setAAD(associatedData(newestHead, place))
      const ciphertext = cipher.update(text, 'utf8')
      cipher.final()
      return Buffer.concat([newestHead, nonce, cipher.getAuthTag(), ciphertext])
    },

    open(place, sealed) {
      const value = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
      const where = `${place.table}.${place.column} of ${place.row}`
      if (value.length < TEXT_AT || value[0] !== FORMAT) throw new Error(`${where} is not a sealed value`)
      const key = keys.get(value.readUInt32BE(1))
      if (key === undefined) throw new Error(`${where} is sealed under unknown key ${value.readUInt32BE(1)}`)
      const nonce = value.subarray(NONCE_AT, TAG_AT)
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
      decipher.setAAD(associatedData(value.subarray(0, NONCE_AT), place))
      decipher.setAuthTag(value.subarray(TAG_AT, TEXT_AT))
      const text = decipher.update(value.subarray(TEXT_AT), undefined, 'utf8')
      return text + decipher.final('utf8')
    },
  }
}

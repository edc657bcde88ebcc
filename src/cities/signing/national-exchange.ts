// Signs as docs/wire/shenyang.md prescribes, and opens the signing secret that the city hands out encrypted.

import { createDecipheriv, createHash, createHmac } from 'node:crypto'
import { garbled } from '../decoding.ts'

/** Value of `gjgxjhpt_sign` for the bytes that will be sent. `rtime` is decimal digits. */
export function sign(key: Buffer, sid: string, rid: string, rtime: string, body: Buffer): string {
  const digest = createHash('sha256').update(body).digest('hex')
  return createHmac('sha256', key).update(`${sid}\n${rid}\n${rtime}\n${digest}`).digest('base64')
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** The secret in plain. Throws CITY_GARBLED where it does not open with this app key. */
export function openSecret(appKey: Buffer, secret: unknown, iv: unknown): Buffer {
  if (typeof secret !== 'string' || typeof iv !== 'string' || !BASE64.test(secret) || !BASE64.test(iv)) {
    throw garbled('secret or iv is not Base64')
  }
  try {
    const decipher = createDecipheriv(
      'aes-256-cbc',
      createHash('sha256').update(appKey).digest(),
      Buffer.from(iv, 'base64'),
    )
    return Buffer.concat([decipher.update(Buffer.from(secret, 'base64')), decipher.final()])
  } catch {
    throw garbled('the secret does not open with our key')
  }
}

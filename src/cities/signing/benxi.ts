// Signs as docs/wire/benxi.md prescribes: HMAC-SM3 over body, nonce, path, time and token. node:crypto has SM3 (GB/T 32905).

import { createHash, createHmac } from 'node:crypto'

/** Value of `X-Bx-Sign` for these very bytes of body. `timestamp` is decimal digits. */
export function sign(
  key: Buffer,
  call: {
    readonly body: Buffer
    readonly nonce: string
    readonly path: string
    readonly timestamp: string
    readonly token: string
  },
): string {
  const { nonce, path, timestamp, token } = call
  const digest = createHash('sm3').update(call.body).digest('hex')
  const text = `body=${digest}&nonce=${nonce}&path=${path}&timestamp=${timestamp}&token=${token}`
  return createHmac('sm3', key).update(text).digest('hex')
}

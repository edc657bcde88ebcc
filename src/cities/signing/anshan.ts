// Signs as docs/wire/anshan.md prescribes: over method, path, canonical query, application, date and the body's digest.

import { createHash, createHmac } from 'node:crypto'

export type Pairs = readonly (readonly [name: string, value: string])[]

/** The bytes of RFC 3986's unreserved characters stay, every other becomes `%` and two upper-case digits. */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/**
 * Encoded, sorted by encoded name in the order of bytes, without `?`: what is signed, and good to be sent as well. Of names that
 * begin alike the shorter comes first, which whole pairs would not keep: `=` sorts after `-`, `.` and digits.
 */
export function canonicalQuery(pairs: Pairs): string {
  const encoded = pairs.map(([name, value]) => [percentEncoded(name), percentEncoded(value)] as const)
  return encoded
    .sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** Value of `X-AS-Signature` for a request with this canonical query and these very bytes of body. */
export function sign(
  key: Buffer,
  request: {
    readonly method: string
    readonly path: string
    readonly query: string
    readonly appId: string
    readonly date: string
    readonly body: Buffer
  },
): string {
  const { method, path, query, appId, date, body } = request
  const digest = createHash('sha256').update(body).digest('hex')
  return createHmac('sha256', key).update([method, path, query, appId, date, digest].join('\n')).digest('base64')
}

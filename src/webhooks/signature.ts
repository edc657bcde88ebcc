// Signs messages as Standard Webhooks describes (version 1): HMAC-SHA-256 over id, time and body.

import { createHmac } from 'node:crypto'

const PREFIX = 'whsec_'
/** The specification's bounds on a secret. */
const SECRET_BYTES_MIN = 24
const SECRET_BYTES_MAX = 64

/** The secrets in a file, one a line, the newest first; null where a line is none, or there is none. */
export function secretsIn(text: string): readonly Buffer[] | null {
  const lines = text.split(/\r?\n/).filter((line) => line !== '')
  const secrets = lines.map(secretOf)
  return secrets.length === 0 || secrets.includes(null) ? null : (secrets as readonly Buffer[])
}

function secretOf(line: string): Buffer | null {
  const base64 = line.startsWith(PREFIX) ? line.slice(PREFIX.length) : ''
  const secret = Buffer.from(base64, 'base64')
  const isWhole = secret.toString('base64') === base64
  return isWhole && secret.length >= SECRET_BYTES_MIN && secret.length <= SECRET_BYTES_MAX ? secret : null
}

/** The three headers. `at` in milliseconds; one signature for each secret. */
export function signedHeaders(
  secrets: readonly Buffer[],
  { id, body, at }: { readonly id: string; readonly body: string; readonly at: number },
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1000))
  const signatures = secrets.map((secret) => {
    const digest = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')
    return `v1,${digest}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}

// What requests that change something have in common: the key that makes them safe to repeat, and how long the caller waits.

import type { FastifyRequest } from 'fastify'
import type { Handled } from '../domain/caller.ts'
import { Fault } from '../domain/fault.ts'
import type { Desk } from './desk.ts'

/** Carries out `work` within the caller's patience, and says in the answer which preference was applied. */
export async function preferring(
  desk: Desk,
  request: FastifyRequest,
  work: (patienceMs: number) => Promise<Handled>,
): Promise<Handled> {
  const waitMs = preferredWaitMs(request)
  const handled = await work(Math.min(waitMs ?? desk.patienceMs, desk.patienceMsMax))
  if (waitMs === null || 'fault' in handled) return handled
  const applied = `wait=${Math.min(waitMs, desk.patienceMsMax) / 1000}`
  return { ...handled, headers: { ...handled.headers, 'preference-applied': applied } }
}

/**
 * The key of draft-ietf-httpapi-idempotency-key-header-07, which is a quoted string; the bare form that most clients send
 * names the same key. Throws Fault IDEMPOTENCY_KEY_REQUIRED or IDEMPOTENCY_KEY_INVALID.
 */
export function idempotencyKey(request: FastifyRequest): string {
  const header = request.headers['idempotency-key']
  if (header === undefined) throw new Fault('IDEMPOTENCY_KEY_REQUIRED')
  if (Array.isArray(header)) throw new Fault('IDEMPOTENCY_KEY_INVALID')
  const key = /^"([^"\\]*)"$/.exec(header)?.[1] ?? header
  if (!/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(key)) throw new Fault('IDEMPOTENCY_KEY_INVALID')
  return key
}

/** `wait=N` of RFC 7240 in milliseconds; null where it is not asked for. A preference that cannot be read is no error. */
function preferredWaitMs(request: FastifyRequest): number | null {
  const header = request.headers['prefer']
  const seconds = /(?:^|,)\s*wait\s*=\s*"?(\d{1,5})"?\s*(?:[,;]|$)/i.exec(
    Array.isArray(header) ? header.join(',') : (header ?? ''),
  )?.[1]
  return seconds === undefined ? null : Number(seconds) * 1000
}

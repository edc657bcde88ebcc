// POST /v1/items/{code}/queries and …/applications: where the two paths of handling/ begin.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Fault } from '../domain/fault.ts'
import { query } from '../handling/query.ts'
import { submit } from '../handling/submit.ts'
import { readBody } from './body.ts'
import { withToken, type Desk } from './desk.ts'
import { readParameters } from './parameters.ts'

export function submissionRoutes(app: FastifyInstance, desk: Desk): void {
  app.post(
    '/v1/items/:code/queries',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      return query(desk.parts, caller, itemCode(request), readBody(request, desk.depthMax))
    }),
  )

  app.post(
    '/v1/items/:code/applications',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      const key = idempotencyKey(request)
      const waitMs = preferredWaitMs(request)
      const handled = await submit(desk.parts, caller, {
        itemCode: itemCode(request),
        key,
        received: readBody(request, desk.depthMax),
        patienceMs: Math.min(waitMs ?? desk.patienceMs, desk.patienceMsMax),
      })
      if (waitMs === null || 'fault' in handled) return handled
      return {
        ...handled,
        headers: { ...handled.headers, 'preference-applied': `wait=${Math.min(waitMs, desk.patienceMsMax) / 1000}` },
      }
    }),
  )
}

const itemCode = (request: FastifyRequest): string => (request.params as { code: string }).code

/**
 * The key of draft-ietf-httpapi-idempotency-key-header-07, which is a quoted string; the bare form that most clients send
 * names the same key. Throws Fault IDEMPOTENCY_KEY_REQUIRED or IDEMPOTENCY_KEY_INVALID.
 */
function idempotencyKey(request: FastifyRequest): string {
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

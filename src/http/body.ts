// Takes a request's body: exactly one media type, strict JSON, bytes kept as they came.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ReceivedBody } from '../domain/caller.ts'
import { Fault } from '../domain/fault.ts'
import { parseStrictJson } from '../domain/strict-json.ts'

// Odd content types have let bodies past validation before (CVE-2025-32442, CVE-2026-25223, CVE-2026-33806): exactly this.
const JSON_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i

/** Bodies of any type reach handlers as raw bytes: an unknown address is a 404 whatever is sent to it, and `readBody` looks at the type. */
export function takeRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}

/** Throws Fault MEDIA_TYPE_UNSUPPORTED, or what `parseStrictJson` throws. */
export function readBody(request: FastifyRequest, depthMax: number): ReceivedBody {
  const { headers, body } = request
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) throw new Fault('MEDIA_TYPE_UNSUPPORTED')
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') throw new Fault('MEDIA_TYPE_UNSUPPORTED')
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
  return { bytes, value: parseStrictJson(bytes, depthMax) }
}

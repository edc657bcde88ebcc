// /v1/materials: files come in as a stream, and go out to those who may see them.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { asFault, Fault } from '../domain/fault.ts'
import { MATERIAL_TYPES } from '../domain/material.ts'
import { openUploads, readLinked, readMaterial, type MaterialLimits } from '../handling/materials.ts'
import type { LinkClaims } from '../handling/material-links.ts'
import { answerInOwnWords, refuseEarly, withToken, type Desk } from './desk.ts'
import { routeOf } from './other-methods.ts'
import { readParameters } from './parameters.ts'

/** What a file may be sent as. What it is, its content says. */
const UPLOAD_TYPES: ReadonlySet<string> = new Set([...MATERIAL_TYPES, 'application/octet-stream'])

/** To be registered in a scope of its own: bodies come as they arrive here, and are nowhere held whole. */
export function materialRoutes(app: FastifyInstance, desk: Desk, limits: MaterialLimits): void {
  const uploads = openUploads(desk.parts, limits)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))

  app.post(
    '/v1/materials',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      return uploads.take(caller, bytesOf(request, limits.bytesMax), digestOf(request))
    }),
  )

  app.get(
    '/v1/materials/:materialId',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      const { materialId } = request.params as { readonly materialId: string }
      return readMaterial(desk.parts, caller, materialId)
    }),
  )

  // For cities that fetch files by themselves: the address is the credential, and an answer is recorded as the city's look.
  app.get('/v1/materials/:materialId/content', async (request, reply) => {
    try {
      const { claims, proof } = linkOf(request)
      const by = { requestId: request.id, method: request.method, route: routeOf(request) }
      const read = await readLinked(desk.parts, claims, proof, by)
      return answerInOwnWords(desk, request, reply, read)
    } catch (error) {
      const fault = asFault(error)
      // Anybody can call this address: who has no good one is counted, as refused tokens are, and fills no disk.
      if (fault.code === 'LINK_NOT_GOOD') desk.refusedTokens.count(fault.code)
      return refuseEarly(desk, request, reply, fault)
    }
  })
}

/** What an address of `MaterialLinks` says. Throws Fault LINK_NOT_GOOD. */
function linkOf(request: FastifyRequest): { readonly claims: LinkClaims; readonly proof: string } {
  const { materialId } = request.params as { readonly materialId: string }
  const { city, expires, proof, ...others } = request.query as Readonly<Record<string, unknown>>
  const isWhole = typeof city === 'string' && typeof expires === 'string' && typeof proof === 'string'
  if (!isWhole || !/^[0-9]{1,15}$/.test(expires) || Object.keys(others).length > 0) throw new Fault('LINK_NOT_GOOD')
  return { claims: { materialId, city, expiresAt: Number(expires) }, proof }
}

/** Throws Fault MEDIA_TYPE_UNSUPPORTED, MATERIAL_TOO_LARGE (by what the head says, before a byte is read). */
function bytesOf(request: FastifyRequest, bytesMax: number): AsyncIterable<Uint8Array> {
  const { headers } = request
  if (!UPLOAD_TYPES.has(headers['content-type']?.toLowerCase() ?? '')) throw new Fault('MEDIA_TYPE_UNSUPPORTED')
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') throw new Fault('MEDIA_TYPE_UNSUPPORTED')
  if (Number(headers['content-length'] ?? 0) > bytesMax) throw new Fault('MATERIAL_TOO_LARGE')
  return arriving(request)
}

/** A caller that goes away in the middle is a fault of the caller's, not of ours. */
async function* arriving({ raw }: FastifyRequest): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of raw) yield chunk as Buffer
  } catch (error) {
    throw new Fault('CALLER_GONE', { cause: error })
  }
}

/** SHA-256 of the `Content-Digest` header (RFC 9530) in hexadecimal; null where there is none, or none that we know. */
function digestOf({ headers }: FastifyRequest): string | null {
  const header = headers['content-digest']
  const base64 = /(?:^|,)\s*sha-256\s*=\s*:([A-Za-z0-9+/]{43}=):/.exec(typeof header === 'string' ? header : '')?.[1]
  return base64 === undefined ? null : Buffer.from(base64, 'base64').toString('hex')
}

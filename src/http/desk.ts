// The counter at which every /v1 request is served: who asks, what is answered, and that its record is durable first.

import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { Logger } from 'pino'
import type { RecordFacts } from '../audit/records.ts'
import type { RefusedTokens } from '../audit/refused-tokens.ts'
import type { AuditKind } from '../domain/audit.ts'
import type { Caller, Handled } from '../domain/caller.ts'
import { asFault, type Fault } from '../domain/fault.ts'
import type { Principal } from '../domain/words.ts'
import type { DeadlineSurvey } from '../handling/deadline-survey.ts'
import type { Parts } from '../handling/parts.ts'
import type { Reconciler } from '../handling/reconciler.ts'
import type { Streams } from '../handling/streams.ts'
import type { WebhookDesk } from '../handling/webhook-operations.ts'
import type { Metrics } from '../operations/metrics.ts'
import { languageOf } from './language.ts'
import { routeOf } from './other-methods.ts'
import { problemOf } from './problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** On the monotonic clock: when its head had been read. */
    startedAt: number
  }
}

export interface Desk {
  readonly parts: Parts
  /** Throws Fault TOKEN_MISSING, TOKEN_INVALID or TOKEN_EXPIRED. */
  readonly authenticate: (request: FastifyRequest) => Promise<Principal>
  /** When the token of a request ends, in milliseconds. Throws as `authenticate` does. */
  readonly tokenEndsAt: (request: FastifyRequest) => number
  readonly refusedTokens: RefusedTokens
  readonly streams: Streams
  readonly webhooks: WebhookDesk
  readonly metrics: Metrics
  readonly log: Logger
  readonly deadlines: DeadlineSurvey
  readonly reconciler: Reconciler
  readonly depthMax: number
  readonly patienceMs: number
  readonly patienceMsMax: number
}

type Serve = (caller: Caller, request: FastifyRequest) => Promise<Handled>

/** A route that only callers with a valid token reach. Whatever comes of it is recorded before it is answered. */
export function withToken(desk: Desk, serve: Serve): RouteHandlerMethod {
  return async (request, reply) => {
    let principal: Principal
    try {
      principal = await desk.authenticate(request)
    } catch (error) {
      return refuseToken(desk, request, reply, asFault(error))
    }
    return serveCaller(desk, request, reply, callerOf(request, reply, principal), serve)
  }
}

/** A route open to all. A token that comes along must be valid all the same, and the request is then recorded. */
export function openToAll(desk: Desk, answer: (request: FastifyRequest) => object): RouteHandlerMethod {
  return openAnswer(desk, async (request) => ({ status: 200, headers: {}, body: JSON.stringify(answer(request)) }))
}

/** As openToAll, for answers that are not always JSON and 200. */
export function openAnswer(desk: Desk, answer: (request: FastifyRequest) => Promise<Answered>): RouteHandlerMethod {
  const recorded = withToken(desk, async (caller, request) => {
    const { status, headers, body } = await answer(request)
    const facts = { item: knownItem(desk, request), status }
    const record = desk.parts.recording.of(caller, 'request-answered', 'answered', facts)
    await desk.parts.store.append([record])
    // It names the caller's own record: for no cache that others share.
    return { recordId: record.id, status, headers: { ...headers, 'cache-control': 'no-store' }, body }
  })
  return async function (request, reply) {
    if (request.headers.authorization !== undefined) return recorded.call(this, request, reply)
    try {
      return send(desk, request, reply, await answer(request), null)
    } catch (error) {
      return sendFault(desk, request, reply, asFault(error), null)
    }
  }
}

/** Writes the record of a request that needed no city, then gives the answer with its id. */
export async function answerRecorded(
  desk: Desk,
  caller: Caller,
  kind: AuditKind,
  facts: RecordFacts & { readonly outcome?: string },
  body: object,
): Promise<Handled> {
  const { outcome = 'answered', ...rest } = facts
  const record = desk.parts.recording.of(caller, kind, outcome, { ...rest, status: 200 })
  await desk.parts.store.append([record])
  return { recordId: record.id, status: 200, headers: {}, body: JSON.stringify(body) }
}

/** For what never reaches a route's own code (unknown route, wrong method, a body that is too large): recorded where a valid token came along. */
export async function refuseEarly(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  fault: Fault,
): Promise<FastifyReply> {
  if (!request.url.startsWith('/v1/') || request.headers.authorization === undefined) {
    return sendFault(desk, request, reply, fault, null)
  }
  const refuse = withToken(desk, () => Promise.reject(fault))
  return refuse.call(request.server, request, reply) as Promise<FastifyReply>
}

async function serveCaller(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller,
  serve: Serve,
): Promise<FastifyReply> {
  let handled: Handled
  try {
    handled = await serve(caller, request)
  } catch (error) {
    handled = await recordRefusal(desk, caller, request, asFault(error))
  }
  if ('fault' in handled) return sendFault(desk, request, reply, handled.fault, handled.recordId)
  return send(desk, request, reply, handled, handled.recordId)
}

/** No answer without evidence: where the refusal itself cannot be recorded, that is what the caller is told. */
async function recordRefusal(desk: Desk, caller: Caller, request: FastifyRequest, fault: Fault): Promise<Handled> {
  const kind = fault.status === 403 ? 'rights-refused' : 'request-refused'
  const record = desk.parts.recording.of(caller, kind, 'refused', {
    item: knownItem(desk, request),
    caseNo: fault.details.caseNo ?? null,
    status: fault.status,
    faultCode: fault.code,
    source: fault.source,
  })
  try {
    await desk.parts.store.append([record])
    return { recordId: record.id, fault }
  } catch (error) {
    return { recordId: '', fault: fault.source === 'gateway' ? fault : asFault(error) }
  }
}

/** The item of the address if the catalogue has it: what a caller made up has no place in the log. */
function knownItem(desk: Desk, request: FastifyRequest): string | null {
  const { code } = (request.params ?? {}) as { readonly code?: string }
  return code === undefined ? null : (desk.parts.catalogue.known(code)?.code ?? null)
}

function refuseToken(desk: Desk, request: FastifyRequest, reply: FastifyReply, fault: Fault): FastifyReply {
  if (fault.status === 401) desk.refusedTokens.count(fault.code)
  return sendFault(desk, request, reply, fault, null)
}

function callerOf(request: FastifyRequest, reply: FastifyReply, principal: Principal): Caller {
  let gone: AbortController | null = null
  return {
    principal,
    requestId: request.id,
    method: request.method,
    route: routeOf(request),
    // Made only where a city is asked: most requests need none.
    get gone() {
      if (gone === null) {
        const leaving = (gone = new AbortController())
        if (reply.raw.destroyed) leaving.abort()
        reply.raw.once('close', () => {
          if (!reply.raw.writableFinished) leaving.abort()
        })
      }
      return gone.signal
    },
  }
}

function sendFault(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  fault: Fault,
  recordId: string | null,
): FastifyReply {
  if (fault.code === 'INTERNAL') desk.log.error({ err: fault, requestId: request.id }, 'internal error')
  const language = languageOf(request.headers['accept-language'])
  return send(desk, request, reply, problemOf(fault, language, request.id), recordId, fault)
}

/** An answer to a caller that has a protocol of its own; nothing is added to it but what every answer carries. */
export function answerInOwnWords(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Answered,
  fault?: Fault,
): FastifyReply {
  if (fault?.code === 'INTERNAL') desk.log.error({ err: fault, requestId: request.id }, 'internal error')
  return send(desk, request, reply, answer, null, fault)
}

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer | AsyncIterable<Uint8Array>
}

function send(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Answered,
  recordId: string | null,
  fault?: Fault,
): FastifyReply {
  reply.code(answer.status).headers({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': request.id,
    ...answer.headers,
  })
  if (recordId) reply.header('audit-record', recordId)
  // What was refused before it had all arrived: the rest shall not be sent first.
  if (!request.raw.complete) reply.header('connection', 'close')
  const route = routeOf(request)
  const tookMs = Math.round((desk.parts.clock.monotonic() - request.startedAt) * 10) / 10
  desk.metrics.answered(request.method, route, answer.status, tookMs)
  // Allow-listed fields only: never a body, an address as called, or a subject.
  desk.log.info({
    requestId: request.id,
    method: request.method,
    route,
    status: answer.status,
    code: fault?.code,
    recordId,
    tookMs,
  })
  const { body } = answer
  return reply.send(typeof body === 'string' || Buffer.isBuffer(body) ? body : Readable.from(body))
}

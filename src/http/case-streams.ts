// /v1/cases/events and /v1/cases/{caseNo}/events: what happens to cases, as it happens (server-sent events).

import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Caller, Handled } from '../domain/caller.ts'
import { Fault } from '../domain/fault.ts'
import { STREAM_HEADERS } from '../handling/streams.ts'
import { caseScope } from '../identity/rights.ts'
import { answerRecorded, withToken, type Desk } from './desk.ts'
import { readParameters } from './parameters.ts'

export function caseStreamRoutes(app: FastifyInstance, desk: Desk): void {
  const serve = async (caller: Caller, request: FastifyRequest): Promise<Handled> => {
    const scope = caseScope(caller.principal, desk.parts.keyed)
    readParameters(request.query, [])
    const after = lastEventId(request)
    const { caseNo } = request.params as { readonly caseNo?: string }
    const record = caseNo === undefined ? null : await desk.parts.store.findCase(caseNo, scope)
    if (caseNo !== undefined && record === null) throw new Fault('CASE_UNKNOWN')
    mustTakeStreams(request)
    const about = record === null ? {} : { caseNo: record.caseNo, item: record.item }
    if (request.method === 'HEAD') {
      const head = await answerRecorded(desk, caller, 'request-answered', about, {})
      return 'fault' in head ? head : { ...head, headers: STREAM_HEADERS, body: '' }
    }
    return desk.streams.open(caller, {
      scope: caseNo === undefined ? scope : { ...scope, caseNo },
      after,
      about,
      endsAt: desk.tokenEndsAt(request),
      cut: () => request.raw.socket.destroy(),
    })
  }

  app.get('/v1/cases/events', withToken(desk, serve))
  app.get('/v1/cases/:caseNo/events', withToken(desk, serve))
}

/** Throws Fault NOT_ACCEPTABLE. */
function mustTakeStreams({ headers: { accept } }: FastifyRequest): void {
  if (accept === undefined || /(?:^|[\s,])(?:text\/event-stream|text\/\*|\*\/\*)(?:$|[\s;,])/i.test(accept)) return
  throw new Fault('NOT_ACCEPTABLE', {
    detail: { zh: '本地址只提供 text/event-stream。', en: 'This address gives text/event-stream only.' },
  })
}

/** Throws Fault PARAMETER_INVALID. */
function lastEventId({ headers }: FastifyRequest): number | null {
  const id = headers['last-event-id']
  if (id === undefined || id === '') return null
  if (typeof id === 'string' && /^\d{1,15}$/.test(id)) return Number(id)
  const message = {
    zh: '请求头 Last-Event-ID：须为本接口先前给出的 id。',
    en: 'Header Last-Event-ID: must be an id that a stream of this address gave before.',
  }
  throw new Fault('PARAMETER_INVALID', { errors: [{ pointer: 'Last-Event-ID', rule: 'event-id', message }] })
}

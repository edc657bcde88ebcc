// POST /v1/cities/{city}/events: a city's own call, signed by the city, with news of a case.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { asFault, Fault, type FaultCode } from '../domain/fault.ts'
import type { CityCall, CityReply, NewsChannel } from '../domain/news.ts'
import { takeNews } from '../handling/news.ts'
import { answerInOwnWords, refuseEarly, type Desk } from './desk.ts'
import { routeOf } from './other-methods.ts'

const NOT_RECORDED: ReadonlySet<FaultCode> = new Set([
  'CITY_EVENT_UNSIGNED',
  'CITY_EVENT_STALE',
  'CITY_EVENT_MALFORMED',
])

type Callback = Extract<NewsChannel, { readonly kind: 'callback' }>

/** The signature stands for a token, and the answer is in the city's own style. A city that is asked has no such address. */
export function cityEventRoutes(app: FastifyInstance, desk: Desk): void {
  app.post('/v1/cities/:city/events', async (request, reply) => {
    const { city } = request.params as { readonly city: string }
    const channel = callbackOf(desk, city)
    if (channel === null) return refuseEarly(desk, request, reply, new Fault('CITY_UNKNOWN'))
    const call: CityCall = { headers: headersOf(request), body: bytesOf(request.body) }
    let fault: Fault
    try {
      const news = channel.read(call)
      const by = { requestId: request.id, method: request.method, route: routeOf(request) }
      const kept = await takeNews(desk.parts, city, news, by)
      if (kept !== 'unknown') return answerInOwnWords(desk, request, reply, inText(channel.acknowledge(call)))
      fault = new Fault('CITY_EVENT_UNKNOWN')
    } catch (error) {
      fault = asFault(error)
      // Anybody can call this address: who cannot sign is counted, as refused tokens are, and fills no disk.
      if (NOT_RECORDED.has(fault.code)) desk.refusedTokens.count(fault.code)
    }
    return answerInOwnWords(desk, request, reply, inText(channel.refuse(call, fault.status, fault.code)), fault)
  })
}

function callbackOf({ parts }: Desk, city: string): Callback | null {
  for (const { city: key, news } of parts.cities.all) {
    if (key === city && news?.kind === 'callback') return news
  }
  return null
}

function headersOf({ headers }: FastifyRequest): CityCall['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}

const bytesOf = (body: FastifyRequest['body']): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0))

const inText = ({ status, headers, body }: CityReply) => ({ status, headers, body: body.toString() })

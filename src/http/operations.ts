// /v1/operations: what operators see of the gateway at work, and what they decide.

import type { FastifyInstance } from 'fastify'
import { Fault } from '../domain/fault.ts'
import { CLOCKS } from '../domain/leg-clock.ts'
import { OPEN_STATES, type DeliveryFilter } from '../domain/open-delivery.ts'
import { listDeadlines } from '../handling/deadline-survey.ts'
import { decideDelivery } from '../handling/decide-delivery.ts'
import { listDeliveries } from '../handling/deliveries.ts'
import { holdLine, listLines } from '../handling/lines.ts'
import { readBody } from './body.ts'
import { withToken, type Desk } from './desk.ts'
import { cursor, readParameters } from './parameters.ts'
import { idempotencyKey } from './repeatable.ts'

const citiesOf = ({ parts }: Desk): readonly string[] => [...new Set(parts.cities.all.map((backend) => backend.city))]

export function operationRoutes(app: FastifyInstance, desk: Desk): void {
  app.get(
    '/v1/operations/lines',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      return listLines(desk.parts, caller)
    }),
  )

  app.post(
    '/v1/operations/lines/:city/:backend',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      const line = request.params as { readonly city: string; readonly backend: string }
      return holdLine(desk.parts, caller, line, readBody(request, desk.depthMax))
    }),
  )

  app.get(
    '/v1/operations/deliveries',
    withToken(desk, async (caller, request) => {
      const parameters = readParameters(request.query, ['state', 'city'])
      const state = OPEN_STATES.find((one) => one === parameters.oneOf('state', OPEN_STATES))
      const city = parameters.oneOf('city', citiesOf(desk))
      const after = parameters.after()
      const filter: DeliveryFilter = {
        limit: parameters.limit(),
        ...(state === undefined ? {} : { state }),
        ...(city === undefined ? {} : { city }),
        ...(after === undefined ? {} : { after }),
      }
      return listDeliveries(desk.parts, caller, filter, cursor)
    }),
  )

  app.get(
    '/v1/operations/deadlines',
    withToken(desk, async (caller, request) => {
      const parameters = readParameters(request.query, ['city', 'clock'])
      const city = parameters.oneOf('city', citiesOf(desk))
      const clock = CLOCKS.find((one) => one === parameters.oneOf('clock', CLOCKS))
      const after = parameters.after()
      const page = {
        limit: parameters.limit(),
        ...(city === undefined ? {} : { city }),
        ...(clock === undefined ? {} : { clock }),
        ...(after === undefined ? {} : { after }),
      }
      return listDeadlines(desk.parts, desk.deadlines, caller, page, cursor)
    }),
  )

  app.post(
    '/v1/operations/deliveries/:caseNo/:leg/:messageNo',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      const { caseNo, leg, messageNo } = request.params as Readonly<Record<'caseNo' | 'leg' | 'messageNo', string>>
      const key = idempotencyKey(request)
      const received = readBody(request, desk.depthMax)
      if (!/^(?:0|[1-9]\d{0,5})$/.test(messageNo)) throw new Fault('DELIVERY_UNKNOWN')
      return decideDelivery(desk.parts, caller, { caseNo, leg, messageNo: Number(messageNo), key, received })
    }),
  )
}

// POST /v1/routing/explain: which city a submission would go to, and by which rule.

import type { FastifyInstance } from 'fastify'
import { explainRouting } from '../handling/explain-routing.ts'
import { readBody } from './body.ts'
import { withToken, type Desk } from './desk.ts'
import { readParameters } from './parameters.ts'

export function routingRoutes(app: FastifyInstance, desk: Desk): void {
  app.post(
    '/v1/routing/explain',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      return explainRouting(desk.parts, caller, readBody(request, desk.depthMax))
    }),
  )
}

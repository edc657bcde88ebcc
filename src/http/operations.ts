// /v1/operations: what operators see of the gateway at work, and what they decide.

import type { FastifyInstance } from 'fastify'
import { holdLine, listLines } from '../handling/lines.ts'
import { readBody } from './body.ts'
import { withToken, type Desk } from './desk.ts'
import { readParameters } from './parameters.ts'

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
}

// POST /v1/items/{code}/queries and …/applications: where the two paths of handling/ begin.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { query } from '../handling/query.ts'
import { submit } from '../handling/submit.ts'
import { readBody } from './body.ts'
import { withToken, type Desk } from './desk.ts'
import { readParameters } from './parameters.ts'
import { idempotencyKey, preferring } from './repeatable.ts'

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
      const received = readBody(request, desk.depthMax)
      return preferring(desk, request, (patienceMs) =>
        submit(desk.parts, caller, { itemCode: itemCode(request), key, received, patienceMs }),
      )
    }),
  )
}

const itemCode = (request: FastifyRequest): string => (request.params as { code: string }).code

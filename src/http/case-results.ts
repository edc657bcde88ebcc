// GET /v1/cases/{caseNo}/legs/{leg}/results/{code}: the certificate or letter that a case has yielded, from its city.

import type { FastifyInstance } from 'fastify'
import { resultFile, type WantedResult } from '../handling/result-file.ts'
import { withToken, type Desk } from './desk.ts'
import { readParameters } from './parameters.ts'

export function caseResultRoutes(app: FastifyInstance, desk: Desk): void {
  app.get(
    '/v1/cases/:caseNo/legs/:leg/results/:code',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      return resultFile(desk.parts, caller, request.params as WantedResult)
    }),
  )
}

// /v1/operations/reconciliations: what cities hold against what we hold.

import type { FastifyInstance } from 'fastify'
import { RECONCILED, type ReconciliationFilter } from '../domain/reconciliation.ts'
import { listReconciliations, reconcileNow } from '../handling/reconciliations.ts'
import { readBody } from './body.ts'
import { withToken, type Desk } from './desk.ts'
import { cursor, readParameters } from './parameters.ts'

export function reconciliationRoutes(app: FastifyInstance, desk: Desk): void {
  app.get(
    '/v1/operations/reconciliations',
    withToken(desk, async (caller, request) => {
      const parameters = readParameters(request.query, ['city', 'outcome'])
      const cities = [...new Set(desk.parts.cities.all.map((backend) => backend.city))]
      const city = parameters.oneOf('city', cities)
      const outcome = RECONCILED.find((one) => one === parameters.oneOf('outcome', RECONCILED))
      const after = parameters.after()
      const filter: ReconciliationFilter = {
        limit: parameters.limit(),
        ...(city === undefined ? {} : { city }),
        ...(outcome === undefined ? {} : { outcome }),
        ...(after === undefined ? {} : { after }),
      }
      return listReconciliations(desk.parts, caller, filter, cursor)
    }),
  )

  app.post(
    '/v1/operations/reconciliations/:city/:backend',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      const line = request.params as { readonly city: string; readonly backend: string }
      return reconcileNow(desk.parts, desk.reconciler, caller, line, readBody(request, desk.depthMax))
    }),
  )
}

// /v1/operations/webhooks: which programs are told of cases, what could not be brought to them, and sending it again.

import type { FastifyInstance } from 'fastify'
import { listWebhooks, redriveWebhook } from '../handling/webhook-operations.ts'
import { readBody } from './body.ts'
import { withToken, type Desk } from './desk.ts'
import { readParameters } from './parameters.ts'

export function webhookRoutes(app: FastifyInstance, desk: Desk): void {
  app.get(
    '/v1/operations/webhooks',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      return listWebhooks(desk.parts, desk.webhooks, caller)
    }),
  )

  app.post(
    '/v1/operations/webhooks/:webhook/redrive',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      const { webhook } = request.params as { readonly webhook: string }
      return redriveWebhook(desk.parts, desk.webhooks, caller, webhook, readBody(request, desk.depthMax))
    }),
  )
}

// What stands behind the digests of audit records: opened by auditors with a reason, erased by operators for a person.

import type { FastifyInstance } from 'fastify'
import { eraseSubject } from '../handling/erase-subject.ts'
import { openDisclosure } from '../handling/open-disclosure.ts'
import { readBody } from './body.ts'
import { withToken, type Desk } from './desk.ts'
import { readParameters } from './parameters.ts'

export function disclosureRoutes(app: FastifyInstance, desk: Desk): void {
  app.post(
    '/v1/audit/records/:id/disclosures',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      const { id } = request.params as { readonly id: string }
      return openDisclosure(desk.parts, caller, id, readBody(request, desk.depthMax))
    }),
  )

  app.post(
    '/v1/operations/erasures',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      return eraseSubject(desk.parts, caller, readBody(request, desk.depthMax))
    }),
  )
}

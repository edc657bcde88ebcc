// GET /v1/cases/{caseNo}/disclosures: who received the data of a case.

import type { FastifyInstance } from 'fastify'
import { disclosuresOf } from '../handling/case-disclosures.ts'
import { answerRecorded, withToken, type Desk } from './desk.ts'
import { readParameters } from './parameters.ts'

export function caseDisclosureRoutes(app: FastifyInstance, desk: Desk): void {
  app.get(
    '/v1/cases/:caseNo/disclosures',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      const { caseNo } = request.params as { readonly caseNo: string }
      const { record, body } = await disclosuresOf(desk.parts, caller, caseNo)
      return answerRecorded(desk, caller, 'request-answered', { caseNo, item: record.item }, body)
    }),
  )
}

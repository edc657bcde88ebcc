// POST /v1/audit/searches and /recipients: what is asked about a person, whose number stands in the body and nowhere else.

import type { FastifyInstance } from 'fastify'
import { recipientsQuestion, recordQuestion } from '../handling/find-records.ts'
import { recipientsOf } from '../handling/recipients.ts'
import { mayReadAudit } from '../identity/rights.ts'
import { recordBody } from './audit.ts'
import { readBody } from './body.ts'
import { answerRecorded, withToken, type Desk } from './desk.ts'
import { cursor, readParameters } from './parameters.ts'

export function auditSearchRoutes(app: FastifyInstance, desk: Desk): void {
  const { store, recording } = desk.parts

  app.post(
    '/v1/audit/searches',
    withToken(desk, async (caller, request) => {
      mayReadAudit(caller.principal)
      const parameters = readParameters(request.query, [])
      const [limit, after] = [parameters.limit(), parameters.after()]
      const received = readBody(request, desk.depthMax)
      const { filter, subjectKey } = recordQuestion(
        desk.parts,
        received,
        after === undefined ? { limit } : { limit, after },
      )
      const page = await store.listRecords(filter)
      return answerRecorded(
        desk,
        caller,
        'audit-read',
        { subjectKey, requestDigest: recording.digest(received.bytes), counts: { records: page.entries.length } },
        { records: page.entries.map(recordBody), next: cursor(page.next) },
      )
    }),
  )

  app.post(
    '/v1/audit/recipients',
    withToken(desk, async (caller, request) => {
      mayReadAudit(caller.principal)
      readParameters(request.query, [])
      const received = readBody(request, desk.depthMax)
      const question = recipientsQuestion(desk.parts, received)
      const recipients = await recipientsOf(desk.parts, question)
      return answerRecorded(
        desk,
        caller,
        'audit-read',
        {
          subjectKey: question.subjectKey,
          requestDigest: recording.digest(received.bytes),
          counts: { records: recipients.transfers.length },
        },
        recipients,
      )
    }),
  )
}

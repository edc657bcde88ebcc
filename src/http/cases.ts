// /v1/cases: each caller sees the own cases, those of the own hall, or those that the own city handles.

import type { FastifyInstance } from 'fastify'
import { CASE_STATES } from '../domain/delivery.ts'
import { Fault } from '../domain/fault.ts'
import type { CaseRecord } from '../domain/case-record.ts'
import type { CaseFilter } from '../domain/store.ts'
import { caseBody } from '../handling/case-view.ts'
import { caseScope } from '../identity/rights.ts'
import { answerRecorded, withToken, type Desk } from './desk.ts'
import { cursor, readParameters } from './parameters.ts'

export function caseRoutes(app: FastifyInstance, desk: Desk): void {
  const { catalogue, keyed, store, workingDays } = desk.parts
  const bodyOf = (record: CaseRecord): object => {
    const item = catalogue.known(record.item)
    return caseBody(record, item && catalogue.itemIn(item, record.competentCity), workingDays)
  }

  app.get(
    '/v1/cases',
    withToken(desk, async (caller, request) => {
      const scope = caseScope(caller.principal, keyed)
      const parameters = readParameters(request.query, ['item', 'state'])
      const [item, state] = [parameters.text('item'), parameters.oneOf('state', CASE_STATES)]
      const before = parameters.after()
      const filter: CaseFilter = {
        scope,
        limit: parameters.limit(),
        ...(item === undefined ? {} : { item }),
        ...(state === undefined ? {} : { state }),
        ...(before === undefined ? {} : { before }),
      }
      const page = await store.listCases(filter)
      return answerRecorded(
        desk,
        caller,
        'request-answered',
        { counts: { cases: page.entries.length } },
        {
          cases: page.entries.map(bodyOf),
          next: cursor(page.next),
        },
      )
    }),
  )

  app.get(
    '/v1/cases/:caseNo',
    withToken(desk, async (caller, request) => {
      const scope = caseScope(caller.principal, keyed)
      readParameters(request.query, [])
      const { caseNo } = request.params as { caseNo: string }
      const record = await store.findCase(caseNo, scope)
      if (record === null) throw new Fault('CASE_UNKNOWN')
      return answerRecorded(desk, caller, 'request-answered', { caseNo, item: record.item }, bodyOf(record))
    }),
  )
}

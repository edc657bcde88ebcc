// /v1/cases: each caller sees the own cases, those of the own hall, or those that the own city handles.

import type { FastifyInstance } from 'fastify'
import { CASE_STATES } from '../domain/delivery.ts'
import { Fault } from '../domain/fault.ts'
import type { Item } from '../domain/item.ts'
import type { CaseRecord } from '../domain/case-record.ts'
import type { CaseFilter } from '../domain/case-filter.ts'
import type { Page } from '../domain/store.ts'
import { caseBody } from '../handling/case-view.ts'
import { DUE, dueOf, type Due } from '../handling/deadlines.ts'
import { caseQuestion } from '../handling/find-cases.ts'
import { caseScope } from '../identity/rights.ts'
import { readBody } from './body.ts'
import { answerRecorded, withToken, type Desk } from './desk.ts'
import { cursor, readParameters } from './parameters.ts'

/** Cases are looked at in pages of this size for what is due, so that a page of those may hold a few more than asked for. */
const LOOKED_AT_ONCE = 50
const LOOKED_AT_MAX = 2000

export function caseRoutes(app: FastifyInstance, desk: Desk): void {
  const { catalogue, clock, keyed, store, workingDays } = desk.parts
  const itemOf = (record: CaseRecord): Item | undefined => {
    const item = catalogue.known(record.item)
    return item && catalogue.itemIn(item, record.competentCity)
  }
  const bodyOf = (record: CaseRecord): object => caseBody(record, itemOf(record), desk.parts, clock.now())

  const pageBody = ({ entries, next }: Page<CaseRecord>): object => ({
    cases: entries.map(bodyOf),
    next: cursor(next),
  })

  /** Those of the page's cases that are due, looking on until the page is full or enough cases were looked at. */
  async function dueCases(filter: CaseFilter, due: Due): Promise<Page<CaseRecord>> {
    const entries: CaseRecord[] = []
    let before = filter.before
    for (let looked = 0; looked < LOOKED_AT_MAX; looked += LOOKED_AT_ONCE) {
      const page = await store.listCases({
        ...filter,
        limit: LOOKED_AT_ONCE,
        ...(before === undefined ? {} : { before }),
      })
      for (const record of page.entries) {
        if (dueOf(record, itemOf(record), workingDays, clock.now()) === due) entries.push(record)
      }
      if (page.next === null || entries.length >= filter.limit) return { entries, next: page.next }
      before = page.next
    }
    return { entries, next: before ?? null }
  }

  app.get(
    '/v1/cases',
    withToken(desk, async (caller, request) => {
      const scope = caseScope(caller.principal, keyed)
      const parameters = readParameters(request.query, ['item', 'state', 'due'])
      const [item, state] = [parameters.text('item'), parameters.oneOf('state', CASE_STATES)]
      const due = parameters.oneOf('due', DUE) as Due | undefined
      const before = parameters.after()
      const filter: CaseFilter = {
        scope,
        limit: parameters.limit(),
        ...(item === undefined ? {} : { item }),
        ...(state === undefined ? {} : { state }),
        ...(before === undefined ? {} : { before }),
      }
      const page = due === undefined ? await store.listCases(filter) : await dueCases(filter, due)
      return answerRecorded(
        desk,
        caller,
        'request-answered',
        { counts: { cases: page.entries.length } },
        pageBody(page),
      )
    }),
  )

  // By what may stand in no address: who asks for a person writes the number into the body.
  app.post(
    '/v1/cases/searches',
    withToken(desk, async (caller, request) => {
      const parameters = readParameters(request.query, [])
      const [limit, before] = [parameters.limit(), parameters.after()]
      const received = readBody(request, desk.depthMax)
      const { filter, subjectKey } = caseQuestion(
        desk.parts,
        caller,
        received,
        before === undefined ? { limit } : { limit, before },
      )
      const page = await store.listCases(filter)
      return answerRecorded(
        desk,
        caller,
        'request-answered',
        {
          subjectKey,
          item: filter.item === undefined ? null : (catalogue.known(filter.item)?.code ?? null),
          requestDigest: desk.parts.recording.digest(received.bytes),
          counts: { cases: page.entries.length },
        },
        pageBody(page),
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

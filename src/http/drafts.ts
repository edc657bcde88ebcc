// /v1/drafts: forms begun and not filed yet, for the clerks of a hall and for residents.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Fault } from '../domain/fault.ts'
import {
  deleteDraft,
  keepDraft,
  readDraft,
  summaryBody,
  type DraftLimits,
  type KnownVersion,
} from '../handling/drafts.ts'
import { mayDraft } from '../identity/rights.ts'
import { readBody } from './body.ts'
import { answerRecorded, withToken, type Desk } from './desk.ts'
import { cursor, readParameters } from './parameters.ts'

export function draftRoutes(app: FastifyInstance, desk: Desk, limits: DraftLimits): void {
  const { parts } = desk
  const draftIdOf = (request: FastifyRequest): string => (request.params as { readonly draftId: string }).draftId

  app.get(
    '/v1/drafts',
    withToken(desk, async (caller, request) => {
      const owner = mayDraft(caller.principal, parts.keyed)
      const parameters = readParameters(request.query, ['item'])
      const [item, limit, before] = [parameters.text('item'), parameters.limit(), parameters.after()]
      const page = await parts.store.listDrafts({
        owner,
        limit,
        ...(item === undefined ? {} : { item }),
        ...(before === undefined ? {} : { before }),
      })
      const drafts = page.entries.map((draft) => summaryBody(parts, limits, draft))
      const facts = { counts: { drafts: drafts.length } }
      return answerRecorded(desk, caller, 'request-answered', facts, { drafts, next: cursor(page.next) })
    }),
  )

  app.put(
    '/v1/drafts/:draftId',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      const from = knownVersion(request)
      return keepDraft(parts, limits, caller, draftIdOf(request), readBody(request, desk.depthMax), from)
    }),
  )

  app.get(
    '/v1/drafts/:draftId',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      const { draft, headers, body } = await readDraft(parts, limits, caller, draftIdOf(request))
      const handled = await answerRecorded(desk, caller, 'request-answered', { item: draft.item }, body)
      return 'fault' in handled ? handled : { ...handled, headers }
    }),
  )

  app.delete(
    '/v1/drafts/:draftId',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      const version = knownVersion(request)
      if (version === null) throw new Fault('PRECONDITION_REQUIRED')
      return deleteDraft(parts, caller, draftIdOf(request), version)
    }),
  )
}

/**
 * From `If-Match: "<version>"`, or `If-None-Match: *` where there is to be none yet. Who sends neither would overwrite what a
 * colleague has saved meanwhile. Throws Fault PRECONDITION_REQUIRED.
 */
function knownVersion({ headers }: FastifyRequest): KnownVersion {
  const match = headers['if-match']
  const noneMatch = headers['if-none-match']
  if (match === undefined && noneMatch === '*') return null
  const version = /^"([A-Za-z0-9_-]{1,64})"$/.exec(match ?? '')?.[1]
  if (version === undefined || noneMatch !== undefined) throw new Fault('PRECONDITION_REQUIRED')
  return version
}

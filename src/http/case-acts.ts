// POST /v1/cases/{caseNo}/corrections, …/withdrawal, …/rerouting, …/mailings, …/news and …/rating: what people do with a case.

import type { FastifyInstance } from 'fastify'
import type { Caller, Handled } from '../domain/caller.ts'
import { correct } from '../handling/correct.ts'
import type { Asking } from '../handling/acts.ts'
import { mail } from '../handling/mail.ts'
import { rate } from '../handling/rate.ts'
import { reroute } from '../handling/reroute.ts'
import { tell } from '../handling/tell.ts'
import { withdraw } from '../handling/withdraw.ts'
import { readBody } from './body.ts'
import { withToken, type Desk } from './desk.ts'
import { readParameters, type Parameters } from './parameters.ts'
import { idempotencyKey, preferring } from './repeatable.ts'

export function caseActRoutes(app: FastifyInstance, desk: Desk): void {
  const post = (
    path: string,
    known: readonly string[],
    act: (caller: Caller, asking: Asking, parameters: Parameters) => Promise<Handled>,
  ): void => {
    app.post(
      path,
      withToken(desk, async (caller, request) => {
        const parameters = readParameters(request.query, known)
        const key = idempotencyKey(request)
        const received = readBody(request, desk.depthMax)
        const { caseNo } = request.params as { readonly caseNo: string }
        return preferring(desk, request, (patienceMs) => act(caller, { caseNo, key, received, patienceMs }, parameters))
      }),
    )
  }

  post('/v1/cases/:caseNo/corrections', ['leg'], (caller, asking, parameters) =>
    correct(desk.parts, caller, asking, parameters.text('leg')),
  )
  post('/v1/cases/:caseNo/withdrawal', [], (caller, asking) => withdraw(desk.parts, caller, asking))
  post('/v1/cases/:caseNo/rerouting', ['leg'], (caller, asking, parameters) =>
    reroute(desk.parts, caller, asking, parameters.text('leg')),
  )
  post('/v1/cases/:caseNo/mailings', ['leg'], (caller, asking, parameters) =>
    mail(desk.parts, caller, asking, parameters.text('leg')),
  )
  post('/v1/cases/:caseNo/news', [], (caller, asking) => tell(desk.parts, caller, asking))
  post('/v1/cases/:caseNo/rating', [], (caller, asking) => rate(desk.parts, caller, asking))
}

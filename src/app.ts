// The HTTP application: every route group is registered here, by hand, in reading order.

import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { CatalogueCity } from './domain/city-item.ts'
import type { Ids } from './domain/ids.ts'
import { asFault, Fault, type FaultCode } from './domain/fault.ts'
import { auditRoutes } from './http/audit.ts'
import { auditSearchRoutes } from './http/audit-search.ts'
import { auditExportRoutes } from './http/audit-export.ts'
import { auditStatisticsRoutes } from './http/audit-statistics.ts'
import { auditLogRoutes } from './http/audit-log.ts'
import { takeRawBodies } from './http/body.ts'
import { caseActRoutes } from './http/case-acts.ts'
import { caseStreamRoutes } from './http/case-streams.ts'
import { caseResultRoutes } from './http/case-results.ts'
import { caseDisclosureRoutes } from './http/case-disclosures.ts'
import { caseRoutes } from './http/cases.ts'
import { catalogueRoutes } from './http/catalogue.ts'
import { cityEventRoutes } from './http/city-events.ts'
import type { Connections } from './http/connections.ts'
import { refuseEarly, type Desk } from './http/desk.ts'
import { draftRoutes } from './http/drafts.ts'
import { disclosureRoutes } from './http/disclosures.ts'
import { docsRoutes } from './http/docs.ts'
import type { DraftLimits } from './handling/drafts.ts'
import type { MaterialLimits } from './handling/materials.ts'
import { answerBrokenRequest, brokenOff, refuseAmbiguousHead, requestIdOf } from './http/head.ts'
import { materialRoutes } from './http/materials.ts'
import { operationRoutes } from './http/operations.ts'
import { platformRoutes, type PlatformState } from './http/platform.ts'
import { reconciliationRoutes } from './http/reconciliations.ts'
import { receiptRoutes } from './http/receipt.ts'
import { routingRoutes } from './http/routing.ts'
import { noteMethods } from './http/other-methods.ts'
import { openServer, type ServerBounds } from './http/server.ts'
import { submissionRoutes } from './http/submissions.ts'
import { webhookRoutes } from './http/webhooks.ts'

export interface AppOptions extends ServerBounds {
  readonly bodyBytesMax: number
  readonly connections: Connections
  readonly materials: MaterialLimits
  readonly drafts: DraftLimits
  readonly cities: readonly CatalogueCity[]
  readonly ids: Ids
  readonly state: PlatformState
  /** Gives the routes a desk; called once, with the instance that identity/ registers itself on. */
  readonly openDesk: (app: FastifyInstance) => Promise<Desk>
}

export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { ids, state, connections } = options
  const app = fastify({
    logger: false,
    bodyLimit: options.bodyBytesMax,
    serverFactory: (serve) => openServer(options, connections, serve),
    requestIdHeader: false,
    genReqId: (request) => requestIdOf(request.headers, ids.requestId),
    exposeHeadRoutes: true,
    return503OnClosing: false,
    clientErrorHandler: (error, socket) =>
      connections.inTurn(socket, () => answerBrokenRequest(error, socket, ids.requestId())),
    frameworkErrors: (error, request, reply) => void refuseUnroutable(desk, error, request, reply),
  })
  const desk: Desk = await options.openDesk(app)
  takeRawBodies(app)

  // fastify measures a request's time only where its own logger is on.
  app.decorateRequest('startedAt', 0)
  app.addHook('onRequest', async (request, reply) => {
    request.startedAt = desk.parts.clock.monotonic()
    if (state.draining() && !connections.isAwaited(request.raw.socket)) reply.header('connection', 'close')
    refuseAmbiguousHead(request.raw)
  })
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const fault = error.code === 'ECONNRESET' ? new Fault(brokenOff(request.raw.socket)) : frameworkFault(error)
    return refuseEarly(desk, request, reply, fault)
  })
  const methodsOf = noteMethods(app)
  app.setNotFoundHandler((request, reply) => {
    const allow = methodsOf(request)
    const fault = allow === null ? new Fault('ROUTE_UNKNOWN') : new Fault('METHOD_NOT_ALLOWED', { allow })
    return refuseEarly(desk, request, reply, fault)
  })

  catalogueRoutes(app, desk, options.cities)
  submissionRoutes(app, desk)
  draftRoutes(app, desk, options.drafts)
  caseRoutes(app, desk)
  receiptRoutes(app, desk)
  caseDisclosureRoutes(app, desk)
  caseResultRoutes(app, desk)
  caseActRoutes(app, desk)
  caseStreamRoutes(app, desk)
  await app.register(async (scope) => materialRoutes(scope, desk, options.materials))
  cityEventRoutes(app, desk)
  routingRoutes(app, desk)
  auditRoutes(app, desk)
  auditSearchRoutes(app, desk)
  auditStatisticsRoutes(app, desk)
  auditExportRoutes(app, desk)
  auditLogRoutes(app, desk)
  disclosureRoutes(app, desk)
  operationRoutes(app, desk)
  reconciliationRoutes(app, desk)
  webhookRoutes(app, desk)
  platformRoutes(app, desk, state)
  await docsRoutes(app, desk)
  return app
}

/** For addresses that cannot be decoded: no hook has run, and nobody would catch what is thrown here. */
async function refuseUnroutable(
  desk: Desk,
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  try {
    request.startedAt = desk.parts.clock.monotonic()
    await refuseEarly(desk, request, reply, frameworkFault(error))
  } catch (err) {
    desk.log.error({ err, requestId: request.id }, 'internal error')
    reply.raw.destroy()
  }
}

const FRAMEWORK_FAULTS: Readonly<Record<string, FaultCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'MEDIA_TYPE_UNSUPPORTED',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'REQUEST_MALFORMED',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BODY_NOT_JSON',
  FST_ERR_BAD_URL: 'REQUEST_MALFORMED',
  FST_ERR_MAX_PARAM_LENGTH: 'ROUTE_UNKNOWN',
}

function frameworkFault(error: unknown): Fault {
  if (error instanceof Fault) return error
  const code = FRAMEWORK_FAULTS[(error as { readonly code?: string }).code ?? '']
  if (code !== undefined) return new Fault(code, { cause: error })
  const { statusCode = 500 } = error as { readonly statusCode?: number }
  return statusCode >= 400 && statusCode < 500 ? new Fault('REQUEST_MALFORMED', { cause: error }) : asFault(error)
}

// The routes of operators: none of them is for anybody else.

interface OperatorRoute {
  readonly path?: string
  readonly body?:
    | { readonly hold: null; readonly reason: string }
    | { readonly act: 'redrive'; readonly reason: string }
    | { readonly messages: readonly string[] }
    | { readonly day: string }
  /** What the operator gets. */
  readonly expected: 200 | '404 WEBHOOK_UNKNOWN' | '501 CITY_CANNOT_LIST' | '409 DELIVERY_STATE_REFUSES'
}

/** With a case whose application has arrived long ago: who may decide about it is told so. */
export const operatorRoutes = (caseNo: string, leg: string): Readonly<Record<string, OperatorRoute>> => ({
  'GET /v1/operations/lines': { expected: 200 },
  'POST /v1/operations/lines/{city}/{backend}': {
    path: '/v1/operations/lines/shenfu/main',
    body: { hold: null, reason: '试一试' },
    expected: 200,
  },
  'GET /v1/operations/deadlines': { expected: 200 },
  'GET /v1/operations/reconciliations': { expected: 200 },
  'POST /v1/operations/reconciliations/{city}/{backend}': {
    path: '/v1/operations/reconciliations/benxi/main',
    body: { day: '2026-01-01' },
    expected: '501 CITY_CANNOT_LIST',
  },
  'GET /v1/operations/webhooks': { expected: 200 },
  'POST /v1/operations/webhooks/{webhook}/redrive': {
    path: '/v1/operations/webhooks/nobody/redrive',
    body: { messages: [] },
    expected: '404 WEBHOOK_UNKNOWN',
  },
  'GET /v1/operations/deliveries': { expected: 200 },
  'POST /v1/operations/deliveries/{caseNo}/{leg}/{messageNo}': {
    path: `/v1/operations/deliveries/${caseNo}/${leg}/0`,
    body: { act: 'redrive', reason: '试一试' },
    expected: '409 DELIVERY_STATE_REFUSES',
  },
})

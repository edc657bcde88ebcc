// Who may do what: every route by every kind of caller, and each refusal on record; a route that nobody thought about fails.

import t, { type Test } from 'tap'
import type { SubmissionBody } from '../../src/domain/submission.ts'
import type { Role } from '../../src/domain/words.ts'
import { callOrFollow, streamRoutes } from './event-stream.ts'
import { openRoutes } from './open-log-routes.ts'
import { operatorRoutes } from './operator-routes.ts'
import {
  acts,
  audits,
  BEHIND_TOKEN,
  CALLERS,
  COMPETENT,
  everybody,
  explains,
  names,
  NO_RESIDENT,
  ofDraft,
  OTHER,
  seesCase,
  SELF,
  submits,
  type Expected,
  type Name,
  type Row,
} from './rights-rows.ts'
import { call, file, sample, startGateway, tokenOf, until, upload, type Answer, type TokenWish } from './harness.ts'

const gateway = await startGateway(t)
const auditor = tokenOf(gateway, 'auditor')

const QUERY = 'ss-personal-rights-record'
const APPLICATION = 'mi-remote-care-filing'

// The case that all look for: filed in Shenyang's first hall for SELF, to be decided in Shenfu.
const filed = await file(gateway, APPLICATION, COMPETENT)
const caseNo = String(filed.body['caseNo'])
const recordId = filed.headers.get('audit-record') ?? ''
const proof = () => call(gateway, 'GET', `/v1/audit/records/${recordId}/proof`)
await until(proof, ({ status }) => status === 200)

// A form that the first hall has begun.
const draftId = crypto.randomUUID()
const begun = { item: APPLICATION, body: {} }
await call(gateway, 'PUT', `/v1/drafts/${draftId}`, {
  token: tokenOf(gateway, 'clerk'),
  body: begun,
  headers: { 'if-none-match': '*' },
})

// A file that waits for a case: the first hall's.
const materialId = await upload(gateway, Buffer.from('%PDF-1.7 of the rights matrix'))

const tokens = new Map(
  names.map((name) => {
    const caller: ({ readonly role: Role } & TokenWish) | null = CALLERS[name]
    return [name, caller === null ? null : tokenOf(gateway, caller.role, caller)]
  }),
)

interface Route {
  readonly path?: string
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
  /** A file in place of a body. */
  readonly file?: string
  readonly expected: Row
  /** Looks at an answer of 200: what must be in it, or must not. */
  readonly check?: (t: Test, answer: Answer, name: Name) => void
}

const listsCase = (t: Test, { body }: Answer, name: Name): void => {
  const seen = body['cases'].some((entry: { caseNo: string }) => entry.caseNo === caseNo)
  t.equal(seen, seesCase(1, 0)[name] === 1, `${name} ${seen ? 'finds' : 'does not find'} the case in the list`)
}

const ROUTES: Readonly<Record<string, Route>> = {
  'GET /v1/items': { expected: everybody(200) },
  'GET /v1/items/{code}': { path: `/v1/items/${QUERY}`, expected: everybody(200) },
  'GET /v1/items/{code}/form': { path: `/v1/items/${QUERY}/form`, expected: everybody(200) },
  'GET /v1/cities': { expected: everybody(200) },
  'POST /v1/items/{code}/queries': {
    path: `/v1/items/${QUERY}/queries`,
    body: sample(QUERY, COMPETENT),
    expected: submits(200),
  },
  'POST /v1/items/{code}/applications': {
    path: `/v1/items/${APPLICATION}/applications`,
    body: sample(APPLICATION, COMPETENT),
    expected: submits(201),
  },
  'POST /v1/routing/explain': {
    path: '/v1/routing/explain',
    body: { item: QUERY, body: sample(QUERY, COMPETENT) },
    expected: explains,
  },
  'GET /v1/drafts': {
    expected: { ...submits(200), 'another resident': 200 },
    check(t, { body }, name) {
      const seen = body['drafts'].some((one: { draftId: string }) => one.draftId === draftId)
      t.equal(seen, name === 'clerk of the hall', `${name} ${seen ? 'finds' : 'does not find'} the draft in the list`)
    },
  },
  'PUT /v1/drafts/{draftId}': {
    path: `/v1/drafts/${crypto.randomUUID()}`,
    body: begun,
    headers: { 'if-none-match': '*' },
    expected: { ...submits(201), 'another resident': 201 },
  },
  'GET /v1/drafts/{draftId}': { path: `/v1/drafts/${draftId}`, expected: ofDraft(200) },
  // By a version that it never had: its owners are told so, and it stays for the others.
  'DELETE /v1/drafts/{draftId}': {
    path: `/v1/drafts/${draftId}`,
    headers: { 'if-match': '"another"' },
    expected: ofDraft('412 DRAFT_CHANGED'),
  },
  'GET /v1/cases': {
    path: '/v1/cases?limit=200',
    expected: seesCase(200, 200),
    check: listsCase,
  },
  'POST /v1/cases/searches': {
    path: '/v1/cases/searches?limit=200',
    body: { applicant: { certType: '111', certNo: SELF } },
    expected: seesCase(200, 200),
    check: listsCase,
  },
  'GET /v1/cases/{caseNo}': { path: `/v1/cases/${caseNo}`, expected: seesCase(200, '404 CASE_UNKNOWN') },
  ...streamRoutes(caseNo, seesCase),
  'GET /v1/cases/{caseNo}/receipt': {
    path: `/v1/cases/${caseNo}/receipt`,
    expected: seesCase(200, '404 CASE_UNKNOWN'),
  },
  'GET /v1/cases/{caseNo}/legs/{leg}/results/{code}': {
    path: `/v1/cases/${caseNo}/legs/decide/results/none`,
    expected: acts('404 RESULT_UNKNOWN'),
  },
  'GET /v1/cases/{caseNo}/disclosures': { path: `/v1/cases/${caseNo}/disclosures`, expected: acts(200) },
  'POST /v1/materials': {
    file: '%PDF-1.7 of any caller',
    expected: { ...submits(201), 'another resident': 201 },
  },
  'GET /v1/materials/{materialId}': {
    path: `/v1/materials/${materialId}`,
    expected: { ...seesCase('404 MATERIAL_UNKNOWN', '404 MATERIAL_UNKNOWN'), 'clerk of the hall': 200 },
  },
  'POST /v1/cases/{caseNo}/corrections': {
    path: `/v1/cases/${caseNo}/corrections`,
    body: sample(APPLICATION, COMPETENT),
    expected: acts('409 CASE_STATE_REFUSES'),
  },
  'POST /v1/cases/{caseNo}/mailings': {
    path: `/v1/cases/${caseNo}/mailings`,
    body: { carrier: '中国邮政', trackingNo: 'EX1', materials: [] },
    expected: { ...acts('422 FORM_INVALID'), ...NO_RESIDENT },
  },
  // With another city: who may tell of the hall's own cases is told so.
  'POST /v1/cases/{caseNo}/news': {
    path: `/v1/cases/${caseNo}/news`,
    body: { state: 'in-review', office: '试一试' },
    expected: { ...acts('409 CASE_STATE_REFUSES'), ...NO_RESIDENT },
  },
  'POST /v1/cases/{caseNo}/rating': {
    path: `/v1/cases/${caseNo}/rating`,
    body: { score: 1, channel: 1 },
    expected: acts('409 CASE_STATE_REFUSES'),
  },
  'POST /v1/cases/{caseNo}/rerouting': {
    path: `/v1/cases/${caseNo}/rerouting`,
    body: { reason: '试一试' },
    expected: { ...acts('409 CASE_STATE_REFUSES'), ...NO_RESIDENT },
  },
  // A reason of nothing but spaces: who may withdraw is told so, and the case stays for the others.
  'POST /v1/cases/{caseNo}/withdrawal': {
    path: `/v1/cases/${caseNo}/withdrawal`,
    body: { reason: '   ' },
    expected: acts('422 FORM_INVALID'),
  },
  // The address that the gateway makes is the credential, no token.
  'GET /v1/materials/{materialId}/content': {
    path: `/v1/materials/${materialId}/content`,
    expected: everybody('403 LINK_NOT_GOOD'),
  },
  // No city of that key: what a city that has one answers is in its own style, to its own signature.
  'POST /v1/cities/{city}/events': { path: '/v1/cities/nowhere/events', expected: everybody('404 CITY_UNKNOWN') },
  ...Object.fromEntries(
    Object.entries(operatorRoutes(caseNo, String(filed.body['legs']?.[0]?.['leg']))).map(([route, row]) => [
      route,
      { ...row, expected: { ...BEHIND_TOKEN, operator: row.expected } },
    ]),
  ),
  'GET /v1/audit/records': { expected: audits },
  ...Object.fromEntries(
    openRoutes(recordId).map(([route, { path, expected }]) => [route, { path, expected: everybody(expected) }]),
  ),
  'GET /v1/audit/findings': { path: '/v1/audit/findings?finding=crash', expected: audits },
  'GET /v1/audit/export': { path: '/v1/audit/export?format=csv&records=1', expected: audits },
  'POST /v1/audit/export': { path: '/v1/audit/export?format=csv&records=1', body: {}, expected: audits },
  'POST /v1/audit/records/{id}/disclosures': {
    path: `/v1/audit/records/${recordId}/disclosures`,
    body: { reason: '复核' },
    expected: audits,
  },
  // Of a person whom nobody else here asks about.
  'POST /v1/operations/erasures': {
    body: { subject: { certType: '111', certNo: '21010219750505002X' }, ground: 'unlawful' },
    expected: { ...BEHIND_TOKEN, operator: 200 },
  },
  'GET /v1/audit/statistics': { path: '/v1/audit/statistics?by=city,outcome', expected: audits },
  'POST /v1/audit/searches': { body: { city: 'benxi' }, expected: audits },
  'POST /v1/audit/recipients': {
    body: { subject: { certType: '111', certNo: '210102199003070011' } },
    expected: audits,
  },
  'GET /v1/audit/records/{id}': { path: `/v1/audit/records/${recordId}`, expected: audits },
}

async function recordOf(answer: Answer): Promise<Record<string, unknown>> {
  const id = answer.headers.get('audit-record') ?? 'none'
  return (await call(gateway, 'GET', `/v1/audit/records/${id}`, { token: auditor })).body
}

async function isAs(t: Test, answer: Answer, expected: Expected, name: string, role: Role | null): Promise<void> {
  const [status, code] = String(expected).split(' ')
  t.equal(answer.status, Number(status), `${name}: ${answer.text.slice(0, 300)}`)
  if (code !== undefined) t.equal(answer.body['code'], code, name)
  if (role === null) return
  const kind = status === '403' ? 'rights-refused' : code === undefined ? undefined : 'request-refused'
  const record = await recordOf(answer)
  t.match(record['actor'], { role }, `${name} is on record`)
  if (kind !== undefined) t.match(record, { kind, outcome: 'refused', status: Number(status), faultCode: code }, name)
}

t.test('every route under /v1, by everybody', async (t) => {
  t.equal(filed.status, 201, filed.text)
  const { paths } = (await call(gateway, 'GET', '/openapi.json')).body as { paths: Record<string, object> }
  const served = Object.entries(paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
  t.strictSame(served.toSorted(), Object.keys(ROUTES).toSorted(), 'each route says who may call it')

  for (const [route, { path = route.slice(4).trim(), body, headers, file, expected, check }] of Object.entries(
    ROUTES,
  )) {
    const [method = ''] = route.split(' ')
    for (const name of names) {
      const token = tokens.get(name) ?? null
      const wish = {
        ...(token === null ? {} : { token }),
        ...(headers === undefined ? {} : { headers }),
        ...(body === undefined ? {} : { body, headers: { 'idempotency-key': crypto.randomUUID(), ...headers } }),
        ...(file === undefined ? {} : { body: file, headers: { 'content-type': 'application/pdf' } }),
      }
      const answer = await callOrFollow(gateway, method, path, wish)
      await isAs(t, answer, expected[name], `${route} by ${name}`, CALLERS[name]?.role ?? null)
      if (answer.status === 200) check?.(t, answer, name)
      if (method !== 'GET') continue
      const bearer = token === null ? {} : { authorization: `Bearer ${token}` }
      const head = await fetch(gateway.address + path, { method: 'HEAD', headers: bearer })
      t.equal(head.status, answer.status, `HEAD goes with ${route} by ${name}`)
    }
  }
})

t.test('a clerk', async (t) => {
  const { purpose: _none, ...withoutPurpose } = sample(QUERY, COMPETENT)
  const { identityCheck: _unchecked, ...withoutCheck } = sample(QUERY, COMPETENT)
  const collected = { ...sample(APPLICATION, COMPETENT), handlingMode: 'collect-and-forward' as const }
  const { identityCheck: _not, ...collectedUnchecked } = collected
  for (const [name, path, body, pointer] of [
    ['asks about a person without a purpose', 'queries', withoutPurpose, '/purpose'],
    ['asks about a person with a purpose of spaces', 'queries', { ...withoutPurpose, purpose: '   ' }, '/purpose'],
    ['asks about a person without having checked who it is', 'queries', withoutCheck, '/identityCheck'],
    ['collects without having checked who it is', 'applications', collectedUnchecked, '/identityCheck'],
  ] as const) {
    const answer = await submit(path, body, { role: 'clerk' })
    t.match(
      answer,
      { status: 422, body: { code: 'FORM_INVALID', errors: [{ pointer }] } },
      `${name} is told what is missing`,
    )
  }
  t.equal((await submit('applications', collected, { role: 'clerk' })).status, 201)
  await isAs(
    t,
    await submit('applications', { ...collected, collectingCity: 'benxi' }, { role: 'clerk' }),
    '403 NOT_OWN_CITY',
    'a clerk collects for another city',
    'clerk',
  )
  t.equal((await submit('applications', { ...collected, collectingCity: 'shenyang' }, { role: 'clerk' })).status, 201)
})

t.test('a resident', async (t) => {
  const resident = { role: 'resident', subject: SELF } as const
  const body = sample(APPLICATION, COMPETENT)
  const window = await submit('applications', { ...body, handlingMode: 'collect-and-forward' }, resident)
  t.match(window, { status: 422, body: { code: 'HANDLING_MODE_NOT_ALLOWED' } }, 'is no window')
  const elsewhere = await submit('applications', { ...body, collectingCity: 'a13912345678' }, resident)
  t.match(elsewhere, { status: 422, body: { errors: [{ pointer: '/collectingCity', rule: 'enum' }] } })
  t.notMatch(JSON.stringify(await recordOf(elsewhere)), 'a13912345678', 'a made-up city is not put on record')
  t.equal((await submit('applications', { ...body, collectingCity: 'benxi' }, resident)).status, 201)

  const organization = sample('mr-registration-archive-query', 'fushun')
  const asks = (subject: string) =>
    submit('queries', organization, { role: 'resident', subject }, 'mr-registration-archive-query')
  t.equal((await asks(SELF)).status, 200, 'acts for the firm that they represent by law')
  await isAs(t, await asks(OTHER), '403 NOT_OWN_PERSON', 'somebody else acts for the firm', 'resident')

  const disguised = { ...body, applicant: { ...body.applicant, certType: '113' } } as SubmissionBody
  const answer = await submit('applications', disguised, resident)
  t.ok([403, 422].includes(answer.status), 'the number alone is not the person')
})

t.test('an agent', async (t) => {
  const agent = (certNo: string, authorization: object) => ({
    name: '王芳',
    certType: '111',
    certNo,
    mobile: '13900000001',
    authorization:
      'until' in authorization
        ? { kind: 'power-of-attorney', reference: 'WT-1', ...authorization }
        : { kind: 'guardianship' },
  })
  const withAgent = (certNo: string, authorization: object): object => ({
    ...sample(APPLICATION, COMPETENT),
    materials: [
      ...(sample(APPLICATION, COMPETENT).materials ?? []),
      { code: 'agent-authorization', held: 'commitment' },
    ],
    agent: agent(certNo, authorization),
  })
  const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
  const yesterday = new Date(Date.now() - 16 * 3_600_000).toISOString().slice(0, 10)
  const other = { role: 'resident', subject: OTHER } as const

  for (const [name, body, caller, expected] of [
    ['with an authorization without end', withAgent(OTHER, {}), other, 201],
    ['with one that ends today', withAgent(OTHER, { until: today }), other, 201],
    ['with one that ended yesterday', withAgent(OTHER, { until: yesterday }), other, '403 AGENT_NOT_AUTHORIZED'],
    ['who is not the caller', withAgent('210502197001010042', {}), other, '403 NOT_OWN_PERSON'],
    ['whose principal files', withAgent(OTHER, {}), { role: 'resident', subject: SELF }, 201],
    ['at the window, authorized', withAgent(OTHER, { until: today }), { role: 'clerk' }, 201],
    [
      'at the window, not any more',
      withAgent(OTHER, { until: yesterday }),
      { role: 'clerk' },
      '403 AGENT_NOT_AUTHORIZED',
    ],
  ] as const) {
    const answer = await submit('applications', body, caller)
    await isAs(t, answer, expected, `an agent ${name}`, caller.role)
    if (answer.status !== 201) continue
    for (const [subject, sees] of [
      [SELF, 200],
      [OTHER, 200],
      ['210502197001010042', 404],
    ] as const) {
      const token = tokenOf(gateway, 'resident', { subject })
      const shown = await call(gateway, 'GET', `/v1/cases/${String(answer.body['caseNo'])}`, { token })
      t.equal(shown.status, sees, `the case of an agent ${name} is shown to ${sees === 200 ? 'both' : 'nobody else'}`)
    }
  }
})

function submit(
  path: 'queries' | 'applications',
  body: object,
  caller: { readonly role: Role } & TokenWish,
  item = path === 'queries' ? QUERY : APPLICATION,
): Promise<Answer> {
  return call(gateway, 'POST', `/v1/items/${item}/${path}`, {
    token: tokenOf(gateway, caller.role, caller),
    body,
    headers: { 'idempotency-key': crypto.randomUUID() },
  })
}

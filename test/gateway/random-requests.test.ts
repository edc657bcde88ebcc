// A few thousand requests made up at random: whatever comes in, the fault is not the gateway's, and it says so.

import * as fc from 'fast-check'
import t from 'tap'
import { call, sample, startGateway, tokenOf } from './harness.ts'
import { sendRaw } from './sockets.ts'

const gateway = await startGateway(t)
const { address } = gateway
const clerk = tokenOf(gateway, 'clerk')
const auditor = tokenOf(gateway, 'auditor')
const QUERY = '/v1/items/ss-personal-rights-record/queries'

t.test('no bytes that a caller makes up are our fault', async (t) => {
  const methods = fc.constantFrom('GET', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS')
  const segment = fc.oneof(
    fc.constantFrom(
      'v1',
      'items',
      'cases',
      'audit',
      'records',
      'queries',
      'applications',
      'form',
      'docs',
      '..',
      '%2e%2e',
      '',
    ),
    fc.constantFrom('ps-id-card-renewal', 'ss-personal-rights-record', '__proto__', '%00', '%zz', '%E6%B2%88'),
    fc.string({ maxLength: 12 }).map((text) => encodeURIComponent(text.isWellFormed() ? text : '')),
  )
  const known = fc.constantFrom(
    QUERY,
    '/v1/items/ps-id-card-renewal/applications',
    '/v1/cases',
    '/v1/audit/records',
    '/v1/items',
  )
  const path = fc.oneof(
    known,
    known,
    fc.array(segment, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`),
  )
  const query = fc.oneof(
    fc.constant(''),
    fc
      .array(
        fc.tuple(fc.constantFrom('limit', 'after', 'city', 'from', 'kind', 'actor', '__proto__', 'x[]'), segment),
        { maxLength: 3 },
      )
      .map((pairs) => `?${pairs.map((pair) => pair.join('=')).join('&')}`),
  )
  const valid = sample('ss-personal-rights-record', 'shenfu')
  const body = fc.oneof(
    fc.json({ maxDepth: 5 }),
    fc.jsonValue().map((value) => JSON.stringify({ ...valid, form: value })),
    fc.jsonValue().map((value) => JSON.stringify({ ...valid, applicant: value })),
    fc
      .tuple(fc.constantFrom(...Object.keys(valid)), fc.jsonValue())
      .map(([name, value]) => JSON.stringify({ ...valid, [name]: value })),
    fc
      .tuple(fc.constantFrom(...Object.keys(valid.applicant), '__proto__'), fc.jsonValue())
      .map(([name, value]) => JSON.stringify({ ...valid, applicant: { ...valid.applicant, [name]: value } })),
    fc
      .tuple(fc.constantFrom(...Object.keys(valid.form)), fc.jsonValue())
      .map(([name, value]) => JSON.stringify({ ...valid, form: { ...valid.form, [name]: value } })),
    fc.string({ unit: 'binary', maxLength: 60 }),
  )
  const value = fc.string({
    unit: fc.constantFrom(...Array.from(' !"#,;=/:*aZ09-_.()[]{}<>@\\^`|~\u00e9\u00ff')),
    maxLength: 40,
  })
  const header = fc.tuple(
    fc.constantFrom(
      'accept',
      'accept-language',
      'prefer',
      'idempotency-key',
      'x-request-id',
      'range',
      'if-none-match',
      'cookie',
      'origin',
      'forwarded',
      'x-forwarded-for',
      'te',
    ),
    value,
  )
  const type = fc.oneof(
    fc.constant('application/json'),
    fc.constant('application/json'),
    fc.constant('application/json'),
    value,
  )
  const token = fc.oneof(fc.constant(clerk), fc.constant(clerk), fc.constant(auditor), fc.constant(''), value)
  const request = fc.record({
    method: methods,
    path,
    query,
    body,
    headers: fc.array(header, { maxLength: 4 }),
    type,
    token,
  })

  const end = performance.now() + 10_000
  const bad: string[] = []
  let asked = 0
  let statuses = new Set<number>()
  while (performance.now() < end && asked < 2000 && bad.length === 0) {
    await Promise.all(
      fc.sample(request, 30).map(async ({ method, path, query, body, headers, type, token }) => {
        const bytes = Buffer.from(method === 'GET' || method === 'HEAD' ? '' : body)
        const lines = headers.map(([name, value]) => `${name}: ${value}`)
        const text = [
          `${method} ${path}${query} HTTP/1.1`,
          'host: a',
          'connection: close',
          ...(token === '' ? [] : [`authorization: Bearer ${token}`]),
          ...lines,
          ...(bytes.length === 0 ? [] : [`content-type: ${type}`, `content-length: ${bytes.length}`]),
          '',
          '',
        ].join('\r\n')
        const answer = await sendRaw(address, Buffer.concat([Buffer.from(text, 'latin1'), bytes]))
        statuses = statuses.add(answer.status)
        const ours = answer.status >= 500 && answer.body['source'] !== 'city'
        const isBare = answer.status >= 400 && method !== 'HEAD' && answer.body['code'] === undefined
        if (answer.status === 0 || ours || isBare) bad.push(`${text}${body}\n\n${answer.text}`)
      }),
    )
    asked += 30
  }
  t.strictSame(bad.slice(0, 3), [])
  t.ok(asked >= 300, `${asked} requests`)
  for (const status of [200, 400, 401, 403, 404, 405, 415, 422])
    t.ok(statuses.has(status), `${status} was among the answers`)
  t.equal((await call(gateway, 'GET', '/readyz')).status, 200, 'and the gateway is well')
  t.notMatch(gateway.output(), /Unhandled|Warning|Error/)
})

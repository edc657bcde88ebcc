// The description of the API says what the gateway does: every route, every parameter, every answer.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import t from 'tap'
import { buildApp } from '../../src/app.ts'
import { configOptions, loadConfig } from '../../src/config.ts'
import { FAULTS } from '../../src/domain/fault.ts'
import { isDecidedWhereTaken } from '../../src/domain/item.ts'
import type { Item } from '../../src/domain/item.ts'
import type { Role } from '../../src/domain/words.ts'
import { openGateway } from '../../src/gateway.ts'
import { openConnections } from '../../src/http/connections.ts'
import type { Desk } from '../../src/http/desk.ts'
import { itemComponents } from '../../src/http/openapi-items.ts'
import { setFault } from '../../src/sandbox/control.ts'
import { systemClock, systemIds } from '../../src/system.ts'
import { danglingReferences, readDescription, type Json } from './support/described.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'openapi-'))
const config = loadConfig(configOptions({ GATEWAY_DATA_DIR: dataDir, GATEWAY_PORT: '0' }))
const gateway = await openGateway(config, pino({ level: 'silent' }))
t.teardown(async () => {
  await gateway.stop()
  rmSync(dataDir, { recursive: true })
})

const REDOCLY = fileURLToPath(new URL('../../node_modules/.bin/redocly', import.meta.url))

const { document, operations, fits, ask } = await readDescription(gateway.address)

t.test('every route of the app stands in the document, and nothing else does', async (t) => {
  const registered: string[] = []
  await using connections = openConnections({
    clock: systemClock,
    ...config.limits,
    ...config.materials,
    onExcess: () => undefined,
  })
  const app = await buildApp({
    ...config.limits,
    ...config.materials,
    materials: config.materials,
    drafts: config.drafts,
    connections,
    cities: config.cities,
    ids: systemIds,
    state: { lines: () => [], log: () => ({ behindMs: 0, witnesses: [], lackingMs: 0 }), draining: () => false },
    // Registering routes asks nothing of the desk.
    openDesk: async (app: FastifyInstance) => {
      app.addHook('onRoute', ({ method, url }) => {
        // The refusals of other methods are registered as lists, and HEAD goes with each GET.
        if (typeof method === 'string' && method !== 'HEAD')
          registered.push(`${method} ${url.replaceAll(/:(\w+)/g, '{$1}').replace('/*', '/{tile}')}`)
      })
      return { parts: {} } as Desk
    },
  })
  await app.close()
  const own = ['GET /openapi.json', 'GET /docs', 'GET /docs/{file}']
  t.strictSame(registered.toSorted(), [...operations.map(({ name }) => name), ...own].toSorted())
})

t.test('the document holds together', async (t) => {
  t.match(document.openapi, /^3\.1\./)
  t.strictSame(danglingReferences(document), [], 'every reference leads to something within the document')

  const ids = operations.map(({ operation }) => operation.operationId)
  t.equal(new Set(ids).size, ids.length, 'each operation has an id of its own')
  for (const { name, path, operation } of operations) {
    const inPath = operation.parameters.filter((one) => one.in === 'path').map((one) => one.name)
    t.strictSame(
      inPath,
      [...path.matchAll(/\{(\w+)\}/g)].map(([, one]) => one),
      `${name} declares what its path holds`,
    )
  }
  const names = Object.keys(document.components.schemas)
  t.strictSame(
    names.filter((name) => !/^[a-zA-Z0-9._-]+$/.test(name)),
    [],
    'components have names that OpenAPI allows',
  )
  for (const name of names) {
    // Throws unless it is a schema.
    fits({ $ref: `#/components/schemas/${name}` })
  }
  // Told to nobody (the caller has gone), to cities in their own words, or at addresses and methods that are no operation.
  const own = ['CITY_EVENT_UNSIGNED', 'CITY_EVENT_STALE', 'CITY_EVENT_MALFORMED', 'CITY_EVENT_UNKNOWN', 'CITY_SLOW']
  const elsewhere = [...own, 'CALLER_GONE', 'ROUTE_UNKNOWN', 'METHOD_NOT_ALLOWED']
  t.strictSame(
    Object.keys(FAULTS).filter((code) => !(code in document.components.examples)),
    Object.keys(FAULTS).filter((code) => elsewhere.includes(code)),
    'each fault that a described request can meet is named',
  )
})

t.test('a validator that others wrote finds no error in it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'openapi-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'openapi.json')
  writeFileSync(file, JSON.stringify(document))
  // The set of rules that is about correctness; the others are about style.
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
  // Not waited for by the whole process: connections that were idle meanwhile would be closed while they are used again.
  const lint = await new Promise<{ status: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      [REDOCLY, 'lint', file, '--extends=minimal', '--format=json'],
      { env, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => resolve({ status: error?.code ?? 0, stdout, stderr }),
    )
  })
  const { totals, problems } = JSON.parse(lint.stdout) as { totals: { errors: number }; problems: readonly Json[] }
  t.equal(totals.errors, 0, JSON.stringify(problems.filter(({ severity }) => severity === 'error')))
  t.equal(lint.status, 0, lint.stderr)
})

t.test('every example fits its schema, and every item has one', async (t) => {
  const shown: string[] = []
  for (const { name, operation } of operations) {
    for (const { schema, examples } of Object.values(operation.requestBody?.content ?? {})) {
      const valid = fits(schema)
      // A file has none.
      for (const [code, { value }] of Object.entries(examples ?? {})) {
        if (!name.includes('{code}')) {
          t.ok(valid(value), `${name}: ${code}`, { errors: valid.errors })
          continue
        }
        shown.push(code)
        const own = fits({ $ref: `#/components/schemas/${code}.body` })
        t.ok(valid(value) && own(value), `${name}: ${code}`, { errors: own.errors })
      }
    }
    for (const { content } of Object.values(operation.responses)) {
      const problem = content['application/problem+json']
      for (const code of Object.keys(problem?.examples ?? {})) {
        const valid = fits(problem!.schema)
        t.ok(valid(document.components.examples[code]!['value']), `${name}: ${code}`, { errors: valid.errors })
      }
    }
  }
  t.strictSame(shown.toSorted(), gateway.catalogue.items.map(({ code }) => code).toSorted())
})

const bundle = (street: Json): Json => ({
  properties: { home: { $ref: '#/$defs/address' }, sex: { $ref: '#/$defs/sex' }, self: { $ref: '#' } },
  $defs: { address: { properties: { street: { $ref: '#/$defs/street' } } }, street, sex: { type: 'string' } },
})

const item = (code: string, street: Json) => {
  const known = gateway.catalogue.items.find(({ interaction }) => interaction === 'application')!
  return { item: { ...known, code }, body: bundle(street), result: null, sample: null }
}

t.test(
  'parts that bundles agree on are shared, parts that differ are held apart, with those that use them',
  async (t) => {
    const components = itemComponents([item('a', { maxLength: 1 }), item('b', { maxLength: 2 })], new Set(['sex']))
    t.match(components, {
      'a.body': {
        properties: {
          home: { $ref: '#/components/schemas/address.a.body' },
          self: { $ref: '#/components/schemas/a.body' },
        },
      },
      'address.b.body': { properties: { street: { $ref: '#/components/schemas/street.b.body' } } },
      'street.a.body': { maxLength: 1 },
      'street.b.body': { maxLength: 2 },
    })
    t.notOk('street' in components || 'address' in components)
    t.ok('sex.a.body' in components && !('sex' in components), 'a name of the document itself is not taken')
    t.strictSame(Object.keys(itemComponents([item('a', {}), item('b', {})], new Set())), [
      'a.body',
      'address',
      'street',
      'sex',
      'b.body',
    ])
  },
)

const [{ issuer, audience } = { issuer: '', audience: '' }] = config.identity.issuers
function token(role: Role, subject: string): string {
  const clerk =
    role === 'clerk'
      ? { city: 'shenyang', hall: config.cities.find(({ key }) => key === 'shenyang')!.halls[0]!.key }
      : {}
  return `Bearer ${gateway.issuer!.issueToken({ issuer, audience, role, subject, ttlSeconds: 600, ...clerk })}`
}
const clerk = { authorization: token('clerk', 'clerk-1') }
const auditor = { authorization: token('auditor', 'auditor-1') }
const operator = { authorization: token('operator', 'operator-1') }

t.test('each operation takes the parameters that the document names', async (t) => {
  for (const { name, path, operation } of operations.filter(
    // What cities call is theirs: their proof comes before all else.
    ({ path }) => path.startsWith('/v1/') && !path.endsWith('s/{code}/queries') && !/\/(?:events|content)$/.test(path),
  )) {
    const named = operation.parameters.filter((one) => one.in === 'query').map((one) => one.name)
    const values = [...path.matchAll(/\{/g)].map(() => gateway.catalogue.items[0]!.code)
    const role = path.includes('audit') ? auditor : path.includes('operations') ? operator : clerk
    const headers = { ...role, 'accept-language': 'en', 'idempotency-key': 'any' }
    const body = await ask(t, 400, name, values, {
      headers,
      query: '?nonsense=1',
      ...(name.startsWith('POST') ? { body: {} } : {}),
    })
    const [{ message }] = body['errors'] as [{ message: string }]
    const known = /known: (.*)\./.exec(message)![1]!.split(', ')
    const isList = named.includes('limit')
    t.strictSame(named.toSorted(), known.filter((one) => isList || !['limit', 'after'].includes(one)).toSorted(), name)
    if (!isList) continue
    const { minimum, maximum } = operation.parameters.find((one) => one.name === 'limit')!.schema as Record<
      string,
      number
    >
    const asked = { headers, ...(name.startsWith('POST') ? { body: {} } : {}) }
    for (const limit of [minimum!, maximum!]) await ask(t, 200, name, values, { ...asked, query: `?limit=${limit}` })
    for (const limit of [minimum! - 1, maximum! + 1])
      await ask(t, 400, name, values, { ...asked, query: `?limit=${limit}` })
  }
})

t.test('what the gateway answers is what the document says', async (t) => {
  const { catalogue } = gateway
  const cityFor = (item: Item): string => {
    const offering = catalogue.citiesOffering(item)
    // Decided where it is taken: the clerk's own city.
    return isDecidedWhereTaken(item) ? 'shenyang' : offering.includes('benxi') ? 'benxi' : offering[0]!
  }
  for (const path of ['/healthz', '/readyz', '/metrics', '/v1/cities', '/v1/items']) await ask(t, 200, `GET ${path}`)
  for (const { code } of catalogue.items) {
    await ask(t, 200, 'GET /v1/items/{code}', [code], { headers: clerk })
    await ask(t, 200, 'GET /v1/items/{code}/form', [code])
  }
  for (const item of catalogue.items.filter(({ interaction }) => interaction === 'query')) {
    await ask(t, 200, 'POST /v1/items/{code}/queries', [item.code], {
      headers: clerk,
      body: catalogue.sample(item, cityFor(item)),
    })
  }
  const apply = 'POST /v1/items/{code}/applications'
  for (const item of catalogue.items.filter(({ interaction }) => interaction === 'application')) {
    const asked = {
      headers: { ...clerk, 'idempotency-key': item.code, prefer: 'wait=20' },
      body: catalogue.sample(item, cityFor(item)),
    }
    const body = await ask(t, 201, apply, [item.code], asked)
    await ask(t, 201, apply, [item.code], asked)
    await ask(t, 422, apply, [item.code], { ...asked, body: { other: true } })
    await ask(t, 200, 'GET /v1/cases/{caseNo}', [String(body['caseNo'])], { headers: clerk })
  }
  const question = {
    item: 'hf-purchase-withdrawal',
    body: { form: { fundCentre: '2115', property: { division: '211202' } } },
  }
  const where = await ask(t, 200, 'POST /v1/routing/explain', [], { headers: clerk, body: question })
  t.match(where, {
    city: 'shenfu',
    forwarded: true,
    legs: [
      { city: 'tieling', field: '/form/property/division', value: '211202' },
      { city: 'shenfu', rule: 'fund-account-place', value: '2115' },
    ],
  })
  await ask(t, 422, 'POST /v1/routing/explain', [], { headers: clerk, body: { ...question, body: {} } })
  await ask(t, 403, 'POST /v1/routing/explain', [], { headers: auditor, body: question })
  const inCity = await ask(t, 200, 'GET /v1/items/{code}', ['mi-remote-care-filing'], { query: '?city=fushun' })
  t.equal(inCity['city'], 'fushun')
  await ask(t, 200, 'GET /v1/cases', [], { headers: clerk, query: '?limit=3' })
  const receipt = 'GET /v1/cases/{caseNo}/receipt'
  const [{ caseNo }] = (await ask(t, 200, 'GET /v1/cases', [], { headers: clerk, query: '?limit=1' }))['cases'] as [
    { caseNo: string },
  ]
  await ask(t, 200, receipt, [caseNo], { headers: clerk })
  const disclosed = await ask(t, 200, 'GET /v1/cases/{caseNo}/disclosures', [caseNo], { headers: clerk })
  t.ok((disclosed['disclosures'] as object[]).length > 0)
  await ask(t, 200, receipt, [caseNo], { headers: { ...clerk, accept: 'text/html' } })
  const applicant = { certType: '111', certNo: '210102199003070011' }
  const searched = await ask(t, 200, 'POST /v1/cases/searches', [], { headers: clerk, body: { applicant } })
  t.ok((searched['cases'] as object[]).length > 0)
  await ask(t, 422, 'POST /v1/cases/searches', [], { headers: clerk, body: { state: 'lost' } })
  const about = { subject: applicant }
  const records = await ask(t, 200, 'POST /v1/audit/searches', [], { headers: auditor, body: about })
  t.ok((records['records'] as object[]).length > 0)
  await ask(t, 200, 'GET /v1/audit/statistics', [], { headers: auditor, query: '?by=city,item,outcome,kind,hour,day' })
  await ask(t, 400, 'GET /v1/audit/statistics', [], { headers: auditor, query: '?by=person' })
  const recipients = await ask(t, 200, 'POST /v1/audit/recipients', [], { headers: auditor, body: about })
  t.ok((recipients['transfers'] as object[]).length > 0)
  const [{ id: recordId }] = records['records'] as [{ id: string }]
  const opening = 'POST /v1/audit/records/{id}/disclosures'
  await ask(t, 200, opening, [recordId], { headers: auditor, body: { reason: '复核' } })
  await ask(t, 404, opening, ['none'], { headers: auditor, body: { reason: '复核' } })
  await ask(t, 422, opening, [recordId], { headers: auditor, body: { reason: ' ' } })
  const erasure = { subject: { certType: '111', certNo: '210303198511290021' }, ground: 'consent-withdrawn' }
  await ask(t, 200, 'POST /v1/operations/erasures', [], { headers: operator, body: erasure })
  await ask(t, 422, 'POST /v1/operations/erasures', [], { headers: operator, body: { ...erasure, ground: 'whim' } })
  await ask(t, 422, 'POST /v1/audit/recipients', [], { headers: auditor, body: {} })
  await ask(t, 422, 'POST /v1/audit/searches', [], { headers: auditor, body: { kind: 'rumour' } })
  const body = await ask(t, 200, 'GET /v1/audit/records', [], { headers: auditor, query: '?limit=200' })
  for (const { id } of (body['records'] as { id: string }[]).slice(0, 3)) {
    await ask(t, 200, 'GET /v1/audit/records/{id}', [id], { headers: auditor })
  }
})

t.test('problems too are what the document says', async (t) => {
  const query = 'POST /v1/items/{code}/queries'
  const apply = 'POST /v1/items/{code}/applications'
  const [asks] = gateway.catalogue.items.filter(({ interaction }) => interaction === 'query').map(({ code }) => code)
  const [files] = gateway.catalogue.items
    .filter(({ interaction }) => interaction === 'application')
    .map(({ code }) => code)
  await ask(t, 401, 'GET /v1/cases')
  await ask(t, 401, 'GET /v1/items', [], { headers: { authorization: 'Bearer x.y.z' } })
  await ask(t, 403, 'GET /v1/audit/records', [], { headers: clerk })
  await ask(t, 404, 'GET /v1/items/{code}', ['no-such-item'])
  await ask(t, 404, 'GET /v1/items/{code}/form', [asks!], { query: '?city=nowhere' })
  await ask(t, 404, 'GET /v1/cases/{caseNo}', ['20260101-000000000000'], { headers: clerk })
  await ask(t, 404, 'GET /v1/audit/records/{id}', ['none'], { headers: auditor })
  await ask(t, 400, query, [asks!], { headers: clerk, body: '{"a":1,"a":2}' })
  await ask(t, 415, query, [asks!], { headers: { ...clerk, 'content-type': 'text/plain' }, body: 'x' })
  await ask(t, 413, query, [asks!], { headers: clerk, body: JSON.stringify('x'.repeat(config.limits.bodyBytesMax)) })
  await ask(t, 422, query, [asks!], { headers: clerk, body: { applicant: {}, form: {} } })
  await ask(t, 409, query, [files!], { headers: clerk, body: {} })
  await ask(t, 409, apply, [asks!], { headers: { ...clerk, 'idempotency-key': 'k' }, body: {} })
  await ask(t, 400, apply, [files!], { headers: clerk, body: {} })
})

t.test('a sick city is answered for as the document says', async (t) => {
  const { catalogue } = gateway
  const city = catalogue.citiesOffering(catalogue.items[0]!).at(-1)!
  const query = catalogue.items.find(({ interaction }) => interaction === 'query')!
  const application = catalogue.items.find(
    ({ interaction, legs }) => interaction === 'application' && legs.length === 1,
  )!
  const asks = { headers: clerk, body: catalogue.sample(query, city) }
  const files = { headers: { ...clerk, 'idempotency-key': 'while-sick' }, body: catalogue.sample(application, city) }
  const name = 'POST /v1/items/{code}/queries'

  await setFault(dataDir, city, 'error-500', 1)
  t.equal((await ask(t, 502, name, [query.code], asks))['code'], 'CITY_ERROR')
  await setFault(dataDir, city, 'refuse-connect', 1)
  t.equal((await ask(t, 503, name, [query.code], asks))['code'], 'CITY_UNREACHABLE')
  const kept = await ask(t, 202, 'POST /v1/items/{code}/applications', [application.code], files)
  t.equal(kept['delivery'], 'stored')
  // Until the breaker has seen enough.
  let code: unknown = null
  for (let calls = 0; calls < 50 && code !== 'CITY_LINE_OPEN'; calls++)
    code = (await ask(t, 503, name, [query.code], asks))['code']
  t.equal(code, 'CITY_LINE_OPEN')
})

t.test('/docs works with nothing but this server', async (t) => {
  const response = await fetch(`${gateway.address}/docs`)
  const html = await response.text()
  t.equal(response.status, 200)
  t.match(response.headers.get('content-type'), 'text/html')
  t.match(html, /<html lang="zh-CN">/)
  t.match(response.headers.get('content-security-policy'), "script-src 'self';")
  t.notMatch(html, /<script(?![^>]*\bsrc=)|\bon\w+=|<style|\bstyle=/, 'nothing in the page needs a looser policy')
  const links = [...html.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, link = '']) => link)
  const assets = links.filter((link) => !link.startsWith('data:'))
  t.strictSame(
    assets.filter((link) => !/^\/(?!\/)/.test(link)),
    [],
    'no link leads to another host',
  )
  t.ok(assets.some((link) => link.endsWith('.js')) && assets.some((link) => link.endsWith('.css')))
  for (const link of new Set(assets)) {
    const asset = await fetch(gateway.address + link)
    const content = await asset.text()
    t.equal(asset.status, 200, link)
    t.match(
      asset.headers.get('content-type'),
      link.endsWith('.js') ? 'javascript' : link.endsWith('.css') ? 'css' : 'json',
    )
    if (link.endsWith('.css'))
      t.notMatch(content, /@import|url\(["']?(?:https?:)?\/\//, `${link} fetches nothing from outside`)
    const again = await fetch(gateway.address + link, { headers: { 'if-none-match': asset.headers.get('etag')! } })
    t.equal(again.status, 304, `${link} is not sent again to one who has it`)
  }
  t.equal((await fetch(`${gateway.address}/docs/no-such-file.js`)).status, 404)
})

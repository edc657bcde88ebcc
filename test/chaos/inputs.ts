// Makes up requests, from the schemas of every item and from nothing; the same seed makes the same ones.

import * as fc from 'fast-check'
import { choicesFor } from '../../src/catalogue/seeded.ts'
import type { Item } from '../../src/domain/item.ts'
import { catalogue, sample, tokenOf, type RunningGateway } from '../gateway/harness.ts'

export interface Input {
  readonly method: string
  /** Path and parameters. */
  readonly target: string
  /** Without Host, Connection and Content-Length. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
}

/** By number: two of three are bodies of an item, valid or spoiled in one place, the items taking turns; the third comes from nothing. */
export type InputOf = (number: number) => Input

const WINDOW = { how: 'id-card-reader', at: new Date().toISOString() }

export function openInputs(gateway: RunningGateway, seed: number): InputOf {
  const tokens = {
    clerk: tokenOf(gateway, 'clerk'),
    resident: tokenOf(gateway, 'resident'),
    auditor: tokenOf(gateway, 'auditor'),
    operator: tokenOf(gateway, 'operator'),
    city: tokenOf(gateway, 'city'),
  }
  const random = fromNothing([tokens.clerk, tokens.clerk, tokens.clerk, tokens.auditor, tokens.operator, tokens.city])
  const { items } = catalogue
  let last: Input | null = null

  function fromSchema(number: number): Input {
    const { chance, oneOf } = choicesFor(`inputs ${seed} ${number}`)
    // The same once more, with the same key: what was accepted must not become two.
    if (last !== null && chance(5)) return last
    const item = items[number % items.length] as Item
    const city = oneOf(catalogue.citiesOffering(item))
    const good = { ...catalogue.generated(item, city, `${seed} ${number}`), identityCheck: WINDOW }
    const ways = chance(50) ? catalogue.spoiled(item, city, good) : []
    const body = ways.length === 0 ? good : oneOf(ways).body
    const token = chance(80) ? tokens.clerk : oneOf(Object.values(tokens))
    const what = (item.interaction === 'query') === chance(97) ? 'queries' : 'applications'
    last = {
      method: 'POST',
      target: `/v1/items/${item.code}/${what}`,
      headers: [
        ['authorization', `Bearer ${token}`],
        ['content-type', 'application/json'],
        ...(chance(97) ? ([['idempotency-key', `input-${seed}-${number}`]] as const) : []),
        ...(chance(30) ? ([['accept-language', 'en']] as const) : []),
        ...(chance(20) ? ([['prefer', `wait=${oneOf([0, 1, 5, -1])}`]] as const) : []),
      ],
      body: Buffer.from(JSON.stringify(body)),
    }
    return last
  }

  return (number) =>
    number % 3 < 2
      ? fromSchema(number - Math.floor(number / 3))
      : (fc.sample(random, { numRuns: 1, seed: seed * 1_000_003 + number })[0] as Input)
}

const HEADERS = [
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
  'expect',
  'traceparent',
  'content-encoding',
  'content-digest',
]
const QUERY = '/v1/items/ss-personal-rights-record/queries'

function fromNothing(tokens: readonly string[]): fc.Arbitrary<Input> {
  const segment = fc.oneof(
    fc.constantFrom('v1', 'items', 'cases', 'audit', 'records', 'queries', 'applications', 'form', 'docs'),
    fc.constantFrom('..', '%2e%2e', '', '__proto__', '%00', '%zz', '%E6%B2%88'),
    fc.constantFrom('ps-id-card-renewal', 'ss-personal-rights-record', 'routing', 'explain', 'cities'),
    fc.string({ maxLength: 12 }).map((text) => encodeURIComponent(text.isWellFormed() ? text : '')),
  )
  const known = fc.constantFrom(
    QUERY,
    QUERY,
    '/v1/items/ps-id-card-renewal/applications',
    '/v1/routing/explain',
    '/v1/cases',
    '/v1/audit/records',
    '/v1/items',
  )
  const path = fc.oneof(
    { arbitrary: known, weight: 2 },
    { arbitrary: fc.array(segment, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`), weight: 1 },
  )
  const parameter = fc.constantFrom('limit', 'after', 'city', 'from', 'kind', 'actor', 'domain', '__proto__', 'x[]')
  const query = fc.oneof(
    fc.constant(''),
    fc
      .array(fc.tuple(parameter, segment), { maxLength: 3 })
      .map((pairs) => `?${pairs.map((p) => p.join('=')).join('&')}`),
  )
  const value = fc.string({
    unit: fc.constantFrom(...Array.from(' !"#,;=/:*aZ09-_.()[]{}<>@\\^`|~\u00e9\u00ff')),
    maxLength: 40,
  })
  const header = fc.tuple(fc.constantFrom(...HEADERS), value)
  const type = fc.oneof({ arbitrary: fc.constant('application/json'), weight: 3 }, { arbitrary: value, weight: 1 })
  const token = fc.oneof(
    { arbitrary: fc.constantFrom(...tokens), weight: 4 },
    { arbitrary: fc.constant(''), weight: 1 },
    { arbitrary: value, weight: 1 },
  )
  return fc
    .record({
      method: fc.constantFrom('GET', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'),
      path,
      query,
      body: bodies(),
      headers: fc.array(header, { maxLength: 4 }),
      type,
      token,
    })
    .map(({ method, path, query, body, headers, type, token }) => {
      const bytes = method === 'GET' || method === 'HEAD' ? Buffer.alloc(0) : Buffer.from(body)
      const who: [string, string][] = token === '' ? [] : [['authorization', `Bearer ${token}`]]
      const what: [string, string][] = bytes.length === 0 ? [] : [['content-type', type]]
      return { method, target: path + query, headers: [...who, ...headers, ...what], body: bytes }
    })
}

/** Whole nonsense, and a sound body with nonsense in one place of it. */
function bodies(): fc.Arbitrary<string | Uint8Array> {
  const valid = sample('ss-personal-rights-record', 'shenfu')
  const nonsense = fc.jsonValue({ maxDepth: 5 })
  const within = (place: 'applicant' | 'form'): fc.Arbitrary<string> =>
    fc
      .tuple(fc.constantFrom(...Object.keys(valid[place]), '__proto__'), nonsense)
      .map(([name, value]) => JSON.stringify({ ...valid, [place]: { ...valid[place], [name]: value } }))
  return fc.oneof(
    fc.json({ maxDepth: 5 }),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.uint8Array({ maxLength: 200 }),
    fc
      .tuple(fc.constantFrom(...Object.keys(valid)), nonsense)
      .map(([name, value]) => JSON.stringify({ ...valid, [name]: value })),
    within('applicant'),
    within('form'),
  )
}

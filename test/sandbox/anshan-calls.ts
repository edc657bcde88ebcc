// Raw calls in Anshan's protocol, written from docs/wire/anshan.md; names and code tables are read from the document itself.

import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { kindOf } from '../../src/sandbox/protocols/field-kinds.ts'
import type { Sample } from './catalogue-samples.ts'
import { retirement, zhangWei } from './submissions.ts'
import type { Address } from './whole-submissions.ts'

type Members = Readonly<Record<string, unknown>>
export type Pairs = Readonly<Record<string, string>>

export interface Target {
  readonly address: string
  readonly appKey: string
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly retcode: number
  readonly retmsg: string
  readonly data?: Members
}

const strict = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

/** A form-encoded text. */
export const encode = (pairs: Pairs): string =>
  Object.entries(pairs)
    .map(([key, value]) => `${strict(key)}=${strict(value)}`)
    .join('&')

export const canonical = (parameters: Pairs): string => encode(parameters).split('&').sort().join('&')

export const stringToSign = (method: string, path: string, query: string, date: string, digest: string): string =>
  [method, path, query, 'KYTB-GATEWAY', date, digest].join('\n')

export function sign(
  appKey: string,
  method: string,
  path: string,
  query: string,
  date: string,
  body: string | Buffer,
): string {
  const digest = createHash('sha256').update(body).digest('hex')
  return createHmac('sha256', appKey)
    .update(stringToSign(method, path, query, date, digest))
    .digest('base64')
}

/** `target` is path and query as they stand in the request line; `signedQuery` the canonical form of the query. */
export async function send(
  { address, appKey }: Target,
  method: string,
  target: string,
  options: {
    readonly signedQuery?: string
    readonly body?: string | Buffer<ArrayBuffer>
    /** What is signed in the place of the body. */
    readonly signed?: string
    readonly date?: string
    /** Replaces headers after signing. */
    readonly changes?: Readonly<Record<string, string>>
  } = {},
): Promise<Answer> {
  const { signedQuery = '', body, signed = body ?? '', date = new Date().toUTCString(), changes = {} } = options
  const [path = ''] = target.split('?')
  const response = await fetch(address + target, {
    method,
    headers: {
      date,
      'x-as-app-id': 'KYTB-GATEWAY',
      'x-as-algorithm': 'HMAC-SHA256',
      'x-as-signature': sign(appKey, method, path, signedQuery, date, signed),
      ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...changes,
    },
    ...(body === undefined ? {} : { body }),
  })
  const answer = (await response.json()) as Pick<Answer, 'retcode' | 'retmsg'>
  return { ...answer, status: response.status, headers: response.headers }
}

export const post = (
  target: Target,
  service: 'queries' | 'applications' | 'corrections' | 'withdrawals',
  pairs: Pairs,
): Promise<Answer> => send(target, 'POST', `/kytb/v1/${service}`, { body: encode(pairs) })

export function get(target: Target, service: 'applications' | 'news' | 'health', parameters: Pairs = {}) {
  const query = encode(parameters)
  return send(target, 'GET', `/kytb/v1/${service}${query === '' ? '' : `?${query}`}`, {
    signedQuery: canonical(parameters),
  })
}

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/wire/anshan.md'), 'utf8')
const FIELDS = DOCUMENT.slice(DOCUMENT.indexOf('## Form fields'), DOCUMENT.indexOf('## Statuses'))
const NAMES = new Map(
  Array.from(FIELDS.matchAll(/`([A-Za-z]+)` +\| `([a-z]+)` +\| [^|`]+\|/g), ([, ours, theirs]) => [ours!, theirs!]),
)
/** By our name: our code → theirs. */
const CODES = new Map(
  Array.from(FIELDS.matchAll(/^\| (`\w+`(?:, `\w+`)*) +\| (`\w+` [^|]*→ [^|]+)\|$/gm)).flatMap(([, names, codes]) => {
    const table = new Map(Array.from(codes!.matchAll(/`(\w+)`[^`]*→ `(\w+)`/g), ([, ours, theirs]) => [ours!, theirs!]))
    return Array.from(names!.matchAll(/\w+/g), ([name]) => [name, table] as const)
  }),
)

/** How many exceptions and code tables the document has, so that a test sees them found. */
export const READ_FROM_DOCUMENT = { names: NAMES.size, tables: [...CODES.keys()] }

const theirName = (name: string): string =>
  NAMES.get(name) ?? name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const spaced = (moment: string): string =>
  new Date(Date.parse(moment) + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')

/** The members of a form as flattened keys. */
export function flatten(members: Members, at = 'form'): Pairs {
  return Object.assign(
    {},
    ...Object.entries(members).map(([name, value]) => keysOf(`${at}.${theirName(name)}`, name, value)),
  )
}

function keysOf(key: string, name: string, value: unknown): Pairs {
  if (Array.isArray(value)) {
    if (value.length === 0) return { [`${key}[]`]: '' }
    return Object.assign({}, ...value.map((entry: unknown, place) => keysOf(`${key}[${place}]`, '', entry)))
  }
  if (typeof value === 'object' && value !== null) {
    return Object.keys(value).length === 0 ? { [`${key}{}`]: '' } : flatten(value as Members, key)
  }
  if (typeof value === 'boolean') return { [key]: value ? '1' : '0' }
  const text = String(value)
  return { [key]: kindOf(name) === 'time' ? spaced(text) : (CODES.get(name)?.get(text) ?? text) }
}

const OURS = new Map(Array.from(NAMES, ([ours, theirs]) => [theirs, ours]))

/** A result in our names and values; throws for a leaf that is no text. */
export const ours = (result: Members): Members =>
  Object.fromEntries(
    Object.entries(result).map(([theirs, value]) => {
      const name = OURS.get(theirs) ?? theirs.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
      return [name, ourValue(name, value)]
    }),
  )

function ourValue(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry: unknown) => ourValue('', entry))
  if (typeof value === 'object') return ours(value as Members)
  if (typeof value !== 'string') throw new Error(`${name} is no text`)
  const [code] = [...(CODES.get(name) ?? [])].find(([, theirs]) => theirs === value) ?? []
  if (code !== undefined) return code
  switch (kindOf(name)) {
    case 'flag':
      return value === '1'
    case 'number':
      return Number(value)
    case 'time':
      return `${value.replace(' ', 'T')}+08:00`
    case 'text':
    case 'date':
    case 'month':
    case 'amount':
    case 'list':
    case 'object':
      return value
  }
}

const MODES: Readonly<Record<string, string>> = { 'full-online': '1', 'collect-and-forward': '2', joint: '3' }
const HELD: Readonly<Record<string, string>> = { uploaded: '1', seenAtWindow: '2', commitment: '3', sharedData: '4' }

/** A sample as all keys of a query or an application. */
export function pairsOf({ reference, item, leg }: Address, sample: Sample): Pairs {
  const { applicant, agent, identityCheck } = sample
  const of = (members: unknown): Pairs => (members ?? {}) as Pairs
  const [who, legal, contact, acting] = [applicant, applicant['legalRepresentative'], applicant['contact'], agent].map(
    of,
  ) as [Pairs, Pairs, Pairs, Pairs]
  const basis = of(agent?.['authorization'])
  const isPerson = who['type'] === 'person'
  const pairs = {
    outer_no: reference,
    item_code: item,
    leg_key: leg,
    taken_at: '2026-11-22 09:00:00',
    handling_mode: MODES[sample.handlingMode ?? ''],
    'sqr.lx': isPerson ? '1' : '2',
    [isPerson ? 'sqr.xm' : 'sqr.dwmc']: who['name'],
    'sqr.zjlx': who['certType'],
    'sqr.sfzh': who['certNo'],
    'sqr.lxdh': who['mobile'],
    'sqr.dz': who['address'],
    'sqr.yzbm': who['postalCode'],
    'sqr.tyshxydm': who['uscc'],
    'sqr.fr.xm': legal['name'],
    'sqr.fr.zjlx': legal['certType'],
    'sqr.fr.sfzh': legal['certNo'],
    'sqr.lxr.xm': contact['name'],
    'sqr.lxr.lxdh': contact['mobile'],
    'dlr.xm': acting['name'],
    'dlr.zjlx': acting['certType'],
    'dlr.sfzh': acting['certNo'],
    'dlr.lxdh': acting['mobile'],
    'dlr.sqlx': basis['kind'],
    'dlr.sqwh': basis['reference'],
    'dlr.sqjzrq': basis['until'],
    yt: sample.purpose,
    'hy.fs': identityCheck?.how,
    'hy.sj': identityCheck === undefined ? undefined : spaced(identityCheck.at),
    ...flatten(sample.form),
    ...Object.assign(
      {},
      ...(sample.materials ?? []).map(({ code, held }, place) => ({
        [`materials[${place}].code`]: code,
        [`materials[${place}].held`]: HELD[held],
      })),
    ),
  }
  return Object.fromEntries(Object.entries(pairs).filter(([, value]) => value !== undefined)) as Pairs
}

export const application = (caseNo: string, changes: Partial<Sample> = {}): Pairs =>
  pairsOf(
    { reference: `${caseNo}.decide`, item: 'hf-retirement-withdrawal', leg: 'decide' },
    {
      applicant: zhangWei,
      form: retirement('210300'),
      materials: [{ code: 'id-document', held: 'sharedData' }],
      ...changes,
    },
  )

// Raw calls in Benxi's protocol, written from docs/wire/benxi.md; names and code tables are read from the document itself.

import { createHash, createHmac, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { kindOf } from '../../src/sandbox/protocols/field-kinds.ts'
import type { Sample } from './catalogue-samples.ts'
import { retirement, zhangWei } from './submissions.ts'
import type { Address } from './whole-submissions.ts'

type Members = Readonly<Record<string, unknown>>
export type Service = 'query' | 'apply' | 'enquire' | 'news' | 'health'

export interface Target {
  readonly address: string
  readonly appKey: string
}

export interface Answer {
  readonly status: number
  /** Of the answer's `code`, which comes either way. */
  readonly wasText: boolean
  readonly code: number
  readonly success?: boolean
  readonly msg: string
  /** Null where it was absent, too. */
  readonly data: Members | null
}

export const TOKEN = 'BX-KYTB-210100-01'

export const stringToSign = (digest: string, nonce: string, path: string, timestamp: string): string =>
  `body=${digest}&nonce=${nonce}&path=${path}&timestamp=${timestamp}&token=${TOKEN}`

export function sign(appKey: string, path: string, body: string | Buffer, nonce: string, timestamp: string): string {
  const digest = createHash('sm3').update(body).digest('hex')
  return createHmac('sm3', appKey)
    .update(stringToSign(digest, nonce, path, timestamp))
    .digest('hex')
}

/** `changes` replaces headers before signing, `after` after it. */
export async function send(
  { address, appKey }: Target,
  path: string,
  body: string | Buffer,
  changes: Readonly<Record<string, string>> = {},
  after: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const nonce = changes['x-bx-nonce'] ?? randomBytes(16).toString('hex')
  const timestamp = changes['x-bx-timestamp'] ?? String(Date.now())
  const response = await fetch(address + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-bx-nonce': nonce,
      'x-bx-timestamp': timestamp,
      'x-bx-sign': sign(appKey, path, body, nonce, timestamp),
      ...changes,
      ...after,
    },
    body,
  })
  const { code, data, ...rest } = (await response.json()) as Omit<Answer, 'code'> & { readonly code: number | string }
  const wasText = typeof code === 'string'
  return { ...rest, code: Number(code), wasText, data: data ?? null, status: response.status }
}

export const call = (target: Target, service: Service, params: object, changes = {}, after = {}): Promise<Answer> =>
  send(target, `/bxkytb/rest/${service}`, JSON.stringify({ token: TOKEN, params }), changes, after)

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/wire/benxi.md'), 'utf8')
const FIELDS = DOCUMENT.slice(DOCUMENT.indexOf('## Form fields'), DOCUMENT.indexOf('## Statuses'))
const NAMES = new Map(
  Array.from(FIELDS.matchAll(/`([A-Za-z]+)` +\| `(AA[A-Z][0-9]{3})` +\| [^|`]+\|/g), ([, ours, theirs]) => [
    ours!,
    theirs!,
  ]),
)
/** By our name: our code → theirs. */
const CODES = new Map(
  Array.from(FIELDS.matchAll(/^\| `(\w+)` +\| (`\w+` → [^|]+)\|$/gm), ([, name, codes]) => [
    name!,
    new Map(Array.from(codes!.matchAll(/`(\w+)` → `(\w+)`/g), ([, ours, theirs]) => [ours!, theirs!])),
  ]),
)

/** How many exceptions and code tables the document has, so that a test sees them found. */
export const READ_FROM_DOCUMENT = { names: NAMES.size, tables: [...CODES.keys()] }

const theirName = (name: string): string =>
  NAMES.get(name) ?? name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()

const digits = (moment: string): string =>
  new Date(Date.parse(moment) + 8 * 3_600_000)
    .toISOString()
    .slice(0, 19)
    .replaceAll(/[^0-9]/g, '')

/** A form, or another object, in Benxi's names and values. */
export const fields = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [theirName(name), theirValue(name, value)]))

function theirValue(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry: unknown) => theirValue('', entry))
  if (typeof value === 'object') return fields(value as Members)
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'number') return value
  const text = value as string
  switch (kindOf(name)) {
    case 'date':
    case 'month':
      return text.replaceAll('-', '')
    case 'time':
      return digits(text)
    case 'amount':
      return Number(text).toFixed(2)
    case 'text':
    case 'flag':
    case 'number':
    case 'list':
    case 'object':
      return CODES.get(name)?.get(text) ?? text
  }
}

const OURS = new Map(Array.from(NAMES, ([ours, theirs]) => [theirs, ours]))

/** A result in our names and values, without the members that are null. */
export const ours = (result: Members): Members =>
  Object.fromEntries(
    Object.entries(result)
      .filter(([, value]) => value !== null)
      .map(([theirs, value]) => {
        const rule = theirs.toLowerCase().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
        const name = OURS.get(theirs) ?? rule
        return [name, ourValue(name, value)]
      }),
  )

function ourValue(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry: unknown) => ourValue('', entry))
  if (typeof value === 'object') return ours(value as Members)
  const text = value as string
  const [code] = [...(CODES.get(name) ?? [])].find(([, theirs]) => theirs === text) ?? []
  if (code !== undefined) return code
  switch (kindOf(name)) {
    case 'date':
      return text.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3')
    case 'month':
      return text.replace(/^(\d{4})(\d\d)$/, '$1-$2')
    case 'time':
      return text.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5:$6+08:00')
    case 'flag':
      return value === '1'
    case 'text':
    case 'number':
    case 'amount':
    case 'list':
    case 'object':
      return value
  }
}

const MODES: Readonly<Record<string, string>> = { 'full-online': '1', 'collect-and-forward': '2', joint: '3' }
const HELD: Readonly<Record<string, string>> = { uploaded: '1', seenAtWindow: '2', commitment: '3', sharedData: '4' }

/** A sample as the whole `params` of a query or an application. */
export function paramsOf({ reference, item, leg }: Address, sample: Sample): Members {
  const { applicant, agent, identityCheck } = sample
  const { type, name, uscc, ...who } = applicant
  const { authorization, ...acting } = agent ?? {}
  const params = {
    REF_NO: reference,
    ITEM_CODE: item,
    LEG: leg,
    TAKEN_AT: '20261122090000',
    HANDLING_MODE: MODES[sample.handlingMode ?? ''],
    APPLICANT:
      type === 'person'
        ? { TYPE: '1', AAC003: name, ...fields(who) }
        : { TYPE: '2', AAB004: name, AAB998: uscc, ...fields(who) },
    AGENT:
      agent === undefined
        ? undefined
        : { ...fields(acting), AUTHORIZATION: authorizationOf(authorization as Readonly<Record<string, string>>) },
    PURPOSE: sample.purpose,
    IDENTITY_CHECK: identityCheck === undefined ? undefined : { HOW: identityCheck.how, AT: digits(identityCheck.at) },
    FORM: fields(sample.form),
    MATERIALS: sample.materials?.map(({ code, held }) => ({ CODE: code, HELD: HELD[held] })),
  }
  return JSON.parse(JSON.stringify(params)) as Members
}

const authorizationOf = ({ kind, reference, until }: Readonly<Record<string, string>>) => ({
  KIND: kind,
  REFERENCE: reference,
  UNTIL: until?.replaceAll('-', ''),
})

export const application = (caseNo: string, changes: Partial<Sample> = {}): Members =>
  paramsOf(
    { reference: `${caseNo}.decide`, item: 'hf-retirement-withdrawal', leg: 'decide' },
    {
      applicant: zhangWei,
      form: retirement('210500'),
      materials: [{ code: 'id-document', held: 'sharedData' }],
      ...changes,
    },
  )

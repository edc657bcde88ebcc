// What is said of an operation of the HTTP API, and what many operations have in common.

import type { FaultCode } from '../domain/fault.ts'
import type { Sentence } from '../domain/words.ts'
import type { Schema } from './openapi-schema.ts'

export type Tag =
  'catalogue' | 'submissions' | 'drafts' | 'cases' | 'materials' | 'routing' | 'audit' | 'operations' | 'platform'

export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'path' | 'header'
  readonly required: boolean
  readonly about: Sentence
  readonly schema: Schema
}

export interface Answer {
  readonly about: Sentence
  /** Name of a component, or null where the answer is no JSON. */
  readonly schema: string | null
  /** Media types of an answer that is a file, or may be one. */
  readonly files?: readonly string[]
  readonly headers: readonly string[]
}

/** A body by the name of its component, with examples by name. */
export interface TakenBody {
  readonly schema: string
  readonly about: Sentence
  readonly examples: Readonly<Record<string, object>>
}

export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  readonly path: string
  readonly id: string
  readonly tag: Tag
  /** token: only with one. open: without, or with a valid one, and then recorded. signed: by a city, recorded. platform: never recorded. */
  readonly access: 'token' | 'open' | 'signed' | 'platform'
  readonly summary: Sentence
  readonly about: Sentence
  readonly parameters: readonly Parameter[]
  /** Which submissions it takes as its body, or a question of routing, or a body that is said here; null = no body. */
  readonly takes:
    | TakenBody
    | 'queries'
    | 'applications'
    | 'routing'
    | 'hold'
    | 'redrive'
    | 'delivery-decision'
    | 'file'
    | 'withdrawal'
    | 'rerouting'
    | 'mailing'
    | 'rating'
    | null
  readonly answers: Readonly<Record<number, Answer>>
  readonly faults: readonly FaultCode[]
}

export const both = (zh: string, en: string): Sentence => ({ zh, en })

export const parameter = (name: string, zh: string, en: string, schema: Schema = {}): Parameter => ({
  name,
  in: 'query',
  required: false,
  about: { zh, en },
  schema: { type: 'string', minLength: 1, maxLength: 128, ...schema },
})
export const inPath = (name: string, zh: string, en: string): Parameter => ({
  name,
  in: 'path',
  required: true,
  about: { zh, en },
  schema: { type: 'string', minLength: 1 },
})
export const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  about: both(
    '每次操作一个唯一的值，1 至 128 个可见 ASCII 字符，可加双引号。',
    'Unique for each thing that is done: 1 to 128 visible ASCII characters, quoted or bare.',
  ),
  schema: { type: 'string', minLength: 1, maxLength: 130 },
}
export const PAGE: readonly Parameter[] = [
  {
    ...parameter('limit', '每页条数。', 'Entries of a page.'),
    schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
  },
  parameter('after', '上一页返回的 next。', 'The next that the page before gave.', {
    pattern: '^[A-Za-z0-9_-]{1,24}$',
  }),
]
export const CODE = inPath('code', '事项代码，见 /v1/items。', 'Code of the item, see /v1/items.')

/** Answered to any request, before its address is looked at. */
export const HEAD: readonly FaultCode[] = [
  'REQUEST_MALFORMED',
  'HEADERS_AMBIGUOUS',
  'HEADERS_TOO_LARGE',
  'REQUEST_TIMEOUT',
  'INTERNAL',
]
export const RECORDED: readonly FaultCode[] = ['STORE_UNAVAILABLE', 'STORE_BUSY']
export const OPEN: readonly FaultCode[] = [
  ...HEAD,
  'PARAMETER_INVALID',
  'TOKEN_MISSING',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  ...RECORDED,
]
export const TOKEN: readonly FaultCode[] = [...OPEN, 'ROLE_NOT_ALLOWED']
export const BODY: readonly FaultCode[] = [
  'MEDIA_TYPE_UNSUPPORTED',
  'BODY_TOO_LARGE',
  'BODY_ENCODING',
  'BODY_NOT_JSON',
  'BODY_DUPLICATE_KEY',
  'BODY_NUMBER_UNSAFE',
  'BODY_TOO_DEEP',
  'ITEM_UNKNOWN',
  'ROUTING_UNDECIDED',
  'FORM_INVALID',
]
/** Of a body that holds no submission. */
export const SMALL_BODY: readonly FaultCode[] = BODY.filter((code) => code !== 'ROUTING_UNDECIDED')
export const SUBMISSION: readonly FaultCode[] = [
  ...TOKEN,
  ...BODY,
  'ITEM_NOT_OFFERED',
  'NOT_OWN_PERSON',
  'NOT_OWN_CITY',
  'AGENT_NOT_AUTHORIZED',
]
/** How a call to a city that only reads can fail; an application is kept instead. */
export const CITY: readonly FaultCode[] = [
  'CITY_REFUSED',
  'CITY_LINE_OPEN',
  'CITY_LINE_HELD',
  'CITY_IN_MAINTENANCE',
  'CITY_BUSY',
  'CITY_UNREACHABLE',
  'CITY_TIMEOUT',
  'CITY_RESET',
  'CITY_ERROR',
  'CITY_GARBLED',
  'CITY_ANSWER_UNSIGNED',
  'CITY_ANSWER_TOO_LARGE',
  'CITY_ANSWER_INVALID',
  'CITY_SIGNATURE_REFUSED',
  'CITY_CERTIFICATE_REFUSED',
  'CITY_CERTIFICATE_INVALID',
  'CITY_MESSAGE_REFUSED',
  'DRAINING',
]

export const ok = (schema: string | null, zh: string, en: string): Readonly<Record<number, Answer>> => ({
  200: { about: { zh, en }, schema, headers: [] },
})
export const filed = (zh: string, en: string, headers: readonly string[] = []): Answer => ({
  about: { zh, en },
  schema: 'Case',
  headers: ['Location', 'Idempotency-Replayed', 'Preference-Applied', ...headers],
})

// How each operation of the OpenAPI document can fail, and the response headers that it names.

import { FAULTS, Fault, type FaultCode, type FaultDetails } from '../domain/fault.ts'
import type { Operation } from './openapi-operation.ts'
import { componentRef, inBoth, type Schema } from './openapi-schema.ts'
import { problemOf } from './problem.ts'

const header = (zh: string, en: string, schema: Schema = {}): object => ({
  description: inBoth({ zh, en }),
  schema: { type: 'string', ...schema },
})
export const RESPONSE_HEADERS: Readonly<Record<string, object>> = {
  'Audit-Record': header('本次请求的审计记录编号。', 'Id of the audit record of this request.'),
  'X-Request-Id': header('请求编号。', 'Id of the request.'),
  Location: header('办件的地址。', 'Address of the case.', { format: 'uri-reference' }),
  'Retry-After': header('多少秒后再试。', 'Seconds after which to try again.', { pattern: '^[0-9]+$' }),
  'Idempotency-Replayed': header('true 表示这是先前答复的重放。', 'true: an answer given before, given again.', {
    const: 'true',
  }),
  'Preference-Applied': header('所采用的等待时间（RFC 7240）。', 'The wait that was applied (RFC 7240).'),
  'WWW-Authenticate': header('需要怎样的令牌（RFC 6750）。', 'Which token is needed (RFC 6750).'),
  'Content-Digest': header('内容的 SHA-256（RFC 9530）。', 'SHA-256 of the content (RFC 9530).'),
  'Export-Record': header('导出记录的编号。', 'Id of the record of the export.'),
  ETag: header('草稿的版本。', 'Version of the draft.'),
  'Content-Language': header('说明文字的语言。', 'Language of the sentences.', { enum: ['zh', 'en'] }),
}

export const headerRefs = (names: readonly string[]): object =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))

/** One response for each status, naming the codes that it can carry. */
export function problems({ faults, access, answers }: Operation): object {
  const statuses = new Map<number, FaultCode[]>()
  for (const code of new Set(faults)) {
    const { status } = FAULTS[code]
    // A platform route may answer this status in its own way.
    if (!(status in answers)) statuses.set(status, [...(statuses.get(status) ?? []), code])
  }
  return Object.fromEntries([...statuses].map(([status, codes]) => [status, problemResponse(status, codes, access)]))
}

function problemResponse(status: number, codes: readonly FaultCode[], access: Operation['access']): object {
  const headers = ['Content-Language', 'X-Request-Id', ...(access === 'platform' ? [] : ['Audit-Record'])]
  if (status === 401) headers.push('WWW-Authenticate')
  if (status === 409 || status === 429 || status === 503) headers.push('Retry-After')
  return {
    description: codes.map((code) => `- \`${code}\` ${FAULTS[code].title.zh} · ${FAULTS[code].title.en}`).join('\n'),
    headers: headerRefs(headers),
    content: {
      'application/problem+json': {
        schema: { allOf: [componentRef('Problem'), { properties: { code: { enum: codes } } }] },
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  }
}

/** As it is really answered, made by the same code. */
function problemExample(code: FaultCode): object {
  const details: FaultDetails = EXAMPLE_DETAILS[code] ?? {}
  const { body } = problemOf(new Fault(code, details), 'zh', 'Q2W8E4R6T1Y3V5B7N9M0')
  return { summary: `${FAULTS[code].title.zh} · ${FAULTS[code].title.en}`, value: JSON.parse(body) as unknown }
}

const EXAMPLE_DETAILS: Partial<Readonly<Record<FaultCode, FaultDetails>>> = {
  FORM_INVALID: {
    errors: [
      {
        pointer: '/purpose',
        rule: 'required',
        message: { zh: '查询个人信息须填写查询目的。', en: 'State the purpose of a query about a person.' },
      },
    ],
  },
  PARAMETER_INVALID: {
    errors: [
      {
        pointer: '?limit',
        rule: 'range',
        message: {
          zh: '参数 limit：须为 1 至 200 的整数。',
          en: 'Parameter limit: Must be a whole number from 1 to 200.',
        },
      },
    ],
  },
  IDEMPOTENCY_IN_PROGRESS: { caseNo: '20260131-7K3M9QX2TB4D' },
  CITY_REFUSED: { city: 'shenyang', reasons: [{ code: 'R01', message: '参保信息不一致' }] },
}

/** By fault code, for all that the operations name. */
export const problemExamples = (operations: readonly Operation[]): object =>
  Object.fromEntries(operations.flatMap(({ faults }) => faults).map((code) => [code, problemExample(code)]))

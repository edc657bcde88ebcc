// Every operation of the HTTP API in words: what it takes, what it answers with, which faults it can name.

import { CASE_STATES } from '../domain/delivery.ts'
import { DUE } from '../handling/deadlines.ts'
import { CASE_ACT_OPERATIONS } from './openapi-case-acts.ts'
import { CASE_NEWS_OPERATION } from './openapi-case-news.ts'
import { CASE_SEARCH_OPERATIONS } from './openapi-case-search.ts'
import { ERASURE_OPERATIONS } from './openapi-erasures.ts'
import { AUDIT_OPERATIONS } from './openapi-audit-operations.ts'
import { AUDIT_LOG_OPERATIONS } from './openapi-audit-log.ts'
import { CATALOGUE_OPERATIONS, ROUTING_OPERATIONS } from './openapi-catalogue.ts'
import { OPERATOR_OPERATIONS } from './openapi-operators.ts'
import { MATERIAL_OPERATIONS } from './openapi-materials.ts'
import { STREAM_OPERATIONS } from './openapi-streams.ts'
import { DRAFT_OPERATIONS } from './openapi-drafts.ts'
import { CASE_RESULT_OPERATIONS } from './openapi-case-results.ts'
import { DISCLOSURE_OPERATIONS } from './openapi-disclosures.ts'
import { RECEIPT_OPERATIONS } from './openapi-receipt.ts'
import {
  both,
  CITY,
  CODE,
  filed,
  HEAD,
  inPath,
  ok,
  PAGE,
  parameter,
  SUBMISSION,
  TOKEN,
  type Operation,
} from './openapi-operation.ts'

const SUBMISSION_OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/items/{code}/queries',
    id: 'query',
    tag: 'submissions',
    access: 'token',
    summary: both('查询', 'Ask a city'),
    about: both(
      '由属地当场答复，不产生办件；未查到也是 200。请求体须符合地址中所写事项的模式。窗口人员查询个人信息须填写用途和身份核验。',
      'The competent city answers at once and nothing changes; finding nothing is a 200 too. The body must fit the schema of the item in the address. Clerks who ask about a person state the purpose and how identity was checked.',
    ),
    parameters: [CODE],
    takes: 'queries',
    answers: ok('QueryAnswer', '城市的答复。', 'What the city answered.'),
    faults: [...SUBMISSION, 'ITEM_IS_APPLICATION', ...CITY],
  },
  {
    method: 'post',
    path: '/v1/items/{code}/applications',
    id: 'apply',
    tag: 'submissions',
    access: 'token',
    summary: both('提交申请', 'File an application'),
    about: both(
      '产生办件。得到办件编号后，办件不会丢失；同一个 Idempotency-Key 只产生一个办件，重试请用同一个。请求体须符合地址中所写事项的模式。',
      'Opens a case. Once you have its number it cannot be lost; one Idempotency-Key makes one case, so repeat with the same key. The body must fit the schema of the item in the address.',
    ),
    parameters: [
      CODE,
      {
        name: 'Idempotency-Key',
        in: 'header',
        required: true,
        about: both(
          '每份申请一个唯一的值，1 至 128 个可见 ASCII 字符，可加双引号。',
          'Unique for each application: 1 to 128 visible ASCII characters, quoted or bare.',
        ),
        schema: { type: 'string', minLength: 1, maxLength: 130 },
      },
      {
        name: 'Prefer',
        in: 'header',
        required: false,
        about: both('愿意等待城市答复的秒数（RFC 7240）。', 'How many seconds to wait for the city (RFC 7240).'),
        schema: { type: 'string', examples: ['wait=5'] },
      },
    ],
    takes: 'applications',
    answers: {
      201: filed('城市已收到，或不予受理（原因见 reasons）。', 'The city has it, or refused it (see reasons).'),
      202: filed(
        '已收件，尚未送达或尚未确认；网关会继续送达。请按 Location 查看。',
        'Kept, not delivered or not confirmed yet; the gateway goes on. Follow it at Location.',
        ['Retry-After'],
      ),
    },
    faults: [
      ...SUBMISSION,
      'ITEM_IS_QUERY',
      'HANDLING_MODE_NOT_ALLOWED',
      'IDEMPOTENCY_KEY_REQUIRED',
      'IDEMPOTENCY_KEY_INVALID',
      'IDEMPOTENCY_KEY_REUSED',
      'IDEMPOTENCY_IN_PROGRESS',
      'CASE_UNKNOWN',
    ],
  },
]

const CASE_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/cases',
    id: 'listCases',
    tag: 'cases',
    access: 'token',
    summary: both('办件列表', 'List cases'),
    about: both(
      '居民看本人的，窗口人员看本大厅的，城市看其经办的；最新的在前。有筛选条件时一页可能不满，请按 next 继续。',
      'Residents see their own, clerks those of their hall, cities those they handle; newest first. Where a filter is given a page may be short: go on by next.',
    ),
    parameters: [
      parameter('item', '事项代码。', 'Code of an item.'),
      parameter('state', '办件状态。', 'State of the case.', { enum: CASE_STATES }),
      parameter(
        'due',
        'soon：某个期限在两个工作日之内；overdue：已经过期。一页可能不满，请按 next 继续。',
        'soon = something is due within two working days, overdue = something was due before today. A page may be short: go on by next.',
        { enum: DUE },
      ),
      ...PAGE,
    ],
    takes: null,
    answers: ok('CasePage', '一页办件。', 'A page of cases.'),
    faults: TOKEN,
  },
  {
    method: 'get',
    path: '/v1/cases/{caseNo}',
    id: 'getCase',
    tag: 'cases',
    access: 'token',
    summary: both('一个办件', 'One case'),
    about: both('办件的状态、各环节和经过。', 'Its state, its legs and what happened so far.'),
    parameters: [inPath('caseNo', '办件编号。', 'Case number.')],
    takes: null,
    answers: ok('Case', '办件。', 'The case.'),
    faults: [...TOKEN, 'CASE_UNKNOWN'],
  },
  ...CASE_SEARCH_OPERATIONS,
  ...RECEIPT_OPERATIONS,
  ...DISCLOSURE_OPERATIONS,
  ...CASE_RESULT_OPERATIONS,
  ...CASE_ACT_OPERATIONS,
  CASE_NEWS_OPERATION,
  ...STREAM_OPERATIONS,
  {
    method: 'post',
    path: '/v1/cities/{city}/events',
    id: 'tell',
    tag: 'cases',
    access: 'signed',
    summary: both('城市通知办件进展', 'A city tells what happened to a case'),
    about: both(
      '只供城市系统调用：以约定的签名代替令牌，请求体和答复按该城市自己的协议，见 docs/wire。重复或迟到的通知无妨。',
      'For city systems only: their agreed signature stands for a token, and body and answer follow the city’s own protocol, see docs/wire. Events may come twice and late.',
    ),
    parameters: [inPath('city', '城市标识。', 'Key of the city.')],
    takes: null,
    answers: {
      200: { about: both('已收到，不必再发。', 'Received; need not be sent again.'), schema: null, headers: [] },
      204: { about: both('已收到，不必再发。', 'Received; need not be sent again.'), schema: null, headers: [] },
    },
    faults: ['CITY_UNKNOWN'],
  },
]

const PLATFORM_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/healthz',
    id: 'health',
    tag: 'platform',
    access: 'platform',
    summary: both('存活检查', 'Is it alive'),
    about: both('进程能够应答。', 'The process answers.'),
    parameters: [],
    takes: null,
    answers: ok('Health', '存活。', 'Alive.'),
    faults: HEAD,
  },
  {
    method: 'get',
    path: '/readyz',
    id: 'readiness',
    tag: 'platform',
    access: 'platform',
    summary: both('就绪检查', 'Is it ready'),
    about: both(
      '存储可写且未在停止时为 200；城市故障不影响就绪。',
      '200 while the store takes writes and the gateway is not stopping; a sick city does not matter.',
    ),
    parameters: [],
    takes: null,
    answers: {
      ...ok('Readiness', '就绪。', 'Ready.'),
      503: { about: both('未就绪。', 'Not ready.'), schema: 'Readiness', headers: [] },
    },
    faults: HEAD,
  },
  {
    method: 'get',
    path: '/metrics',
    id: 'metrics',
    tag: 'platform',
    access: 'platform',
    summary: both('运行指标', 'Metrics'),
    about: both('Prometheus 文本格式，不含个人信息。', 'In Prometheus’ text format; holds nothing personal.'),
    parameters: [],
    takes: null,
    answers: ok(null, '指标。', 'The metrics.'),
    faults: HEAD,
  },
]

export const OPERATIONS: readonly Operation[] = [
  ...CATALOGUE_OPERATIONS,
  ...SUBMISSION_OPERATIONS,
  ...DRAFT_OPERATIONS,
  ...CASE_OPERATIONS,
  ...MATERIAL_OPERATIONS,
  ...ROUTING_OPERATIONS,
  ...OPERATOR_OPERATIONS,
  ...AUDIT_OPERATIONS,
  ...AUDIT_LOG_OPERATIONS,
  ...ERASURE_OPERATIONS,
  ...PLATFORM_OPERATIONS,
]

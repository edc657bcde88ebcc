// Writes the OpenAPI 3.1 document of the gateway from its operations, its faults and the schemas that validate.

import packageJson from '../../package.json' with { type: 'json' }
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Item } from '../domain/item.ts'
import type { Sentence } from '../domain/words.ts'
import { ANSWER_SCHEMAS } from './openapi-answers.ts'
import { FILE_BODY } from './openapi-materials.ts'
import { CASE_ACT_BODIES, CASE_ACT_SCHEMAS } from './openapi-case-acts.ts'
import { CASE_NEWS_SCHEMAS } from './openapi-case-news.ts'
import { CASE_SEARCH_SCHEMAS } from './openapi-case-search.ts'
import { DRAFT_BODIES } from './openapi-drafts.ts'
import { answerName, bodyName, itemComponents, type ItemSchemas } from './openapi-items.ts'
import type { Answer, Operation, Tag, TakenBody } from './openapi-operation.ts'
import { DELIVERY_BODY } from './openapi-deliveries.ts'
import { HOLD_BODY } from './openapi-lines.ts'
import { REDRIVE_BODY } from './openapi-webhooks.ts'
import { OPERATIONS } from './openapi-operations.ts'
import { headerRefs, problemExamples, problems, RESPONSE_HEADERS } from './openapi-problems.ts'
import { componentRef, inBoth, type Schema } from './openapi-schema.ts'

export interface OpenApiOptions {
  readonly catalogue: Pick<Catalogue, 'items' | 'bodySchema' | 'answerSchema' | 'citiesOffering' | 'sample'>
  /** The longest `Prefer: wait=N` that is honoured. */
  readonly patienceMsMax: number
}

/** The document as it is served: OpenAPI 3.1, every reference within it. Takes some milliseconds for each item: keep it. */
export function openApiDocument({ catalogue, patienceMsMax }: OpenApiOptions): object {
  const items = catalogue.items.map((item) => itemSchemas(catalogue, item))
  const queries = items.filter(({ item }) => item.interaction === 'query')
  const applications = items.filter(({ item }) => item.interaction === 'application')
  const bodies = { queries, applications }

  const own: Readonly<Record<string, Schema>> = {
    ...ANSWER_SCHEMAS,
    ...CASE_ACT_SCHEMAS,
    ...CASE_NEWS_SCHEMAS,
    ...CASE_SEARCH_SCHEMAS,
    ...DRAFT_BODIES,
    Form: {
      type: 'object',
      description: 'JSON Schema 2020-12，引用均为 #/$defs/… · JSON Schema 2020-12, every reference is #/$defs/…',
      properties: { $defs: { type: 'object' } },
    },
    QueryAnswer: { title: '查询的答复 · Answer to a query', oneOf: refs(queries, answerName) },
    // Two items may ask for the same fields, and oneOf would then refuse what both take.
    Query: { title: '查询 · Query', anyOf: refs(queries, bodyName) },
    Application: { title: '申请 · Application', anyOf: refs(applications, bodyName) },
  }
  return {
    openapi: '3.1.1',
    info: {
      title: '沈阳都市圈政务服务跨域通办网关 · Shenyang Cross-City Service Gateway',
      version: packageJson.version,
      license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
      description: about(patienceMsMax),
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    tags: Object.entries(TAGS).map(([name, sentence]) => ({ name, description: inBoth(sentence) })),
    paths: paths(bodies),
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: inBoth({
            zh: '身份平台签发的访问令牌，决定角色：窗口人员、居民、审计、运维或城市。',
            en: 'Access token of an identity provider. It says the role: clerk, resident, auditor, operator or city.',
          }),
        },
      },
      headers: RESPONSE_HEADERS,
      schemas: { ...own, ...itemComponents(items, new Set(Object.keys(own))) },
      examples: problemExamples(OPERATIONS),
    },
  }
}

type Bodies = Readonly<Record<'queries' | 'applications', readonly ItemSchemas[]>>

const TAGS: Readonly<Record<Tag, Sentence>> = {
  catalogue: { zh: '事项和城市，对所有人开放。', en: 'Items and cities, open to all.' },
  submissions: { zh: '查询和申请。', en: 'Queries and applications.' },
  drafts: { zh: '尚未提交的表单。', en: 'Forms that are not filed yet.' },
  cases: { zh: '办件。', en: 'Cases.' },
  materials: { zh: '申请材料的文件。', en: 'Files of materials.' },
  operations: {
    zh: '线路的状态、未送达的消息和人工处理。',
    en: 'How the lines stand, what has not arrived, and what operators decide.',
  },
  routing: { zh: '由哪个城市办理，依据什么。', en: 'Which city is competent, and why.' },
  audit: { zh: '审计记录，仅限审计人员。', en: 'Audit records, for auditors.' },
  platform: { zh: '供运行平台使用，不记入审计。', en: 'For the platform that runs the gateway; not recorded.' },
}

const about = (patienceMsMax: number): string =>
  inBoth({
    zh: `在一个城市提交、由另一个城市办理：一个接口对接都市圈各城市。

**本目录为示范目录，依据国家和区域公开清单编制，不是官方公布的 117 项清单。**

- 错误均为 RFC 9457 的 application/problem+json：code 为错误代码，source 说明责任方，action 说明应对办法；请求头 Accept-Language 选择中文或英文，默认中文。
- 每个带有效令牌的请求都有审计记录，编号见 Audit-Record 响应头。
- 地址中没有的接口答 404（ROUTE_UNKNOWN），不支持的方法答 405（METHOD_NOT_ALLOWED）。
- Prefer: wait=N 最多 ${patienceMsMax / 1000} 秒。`,
    en: `Filed in one city, decided in another: one API for all places of the metropolitan area.

**This catalogue stands in for the official list of 117 items; it was compiled from public national and regional lists.**

- Every error is application/problem+json (RFC 9457): code names it, source says whose fault it is, action what to do. Accept-Language chooses Chinese (the default) or English.
- Each request with a valid token has an audit record; its id is in the Audit-Record response header.
- An address that does not exist answers 404 (ROUTE_UNKNOWN), another method 405 (METHOD_NOT_ALLOWED).
- Prefer: wait=N is honoured up to ${patienceMsMax / 1000} seconds.`,
  })

function itemSchemas(catalogue: OpenApiOptions['catalogue'], item: Item): ItemSchemas {
  const whole = catalogue.bodySchema(item, null)
  // Where a city asks for more, its sample does not fit the schema of all.
  const city = catalogue.citiesOffering(item).find((one) => catalogue.bodySchema(item, one) === whole)
  return {
    item,
    body: whole,
    result: item.interaction === 'query' ? catalogue.answerSchema(item) : null,
    sample: city === undefined ? undefined : catalogue.sample(item, city),
  }
}

function refs(items: readonly ItemSchemas[], nameOf: (code: string) => string): readonly object[] {
  return items.map(({ item }) => componentRef(nameOf(item.code)))
}

function paths(bodies: Bodies): object {
  const byPath: Record<string, Record<string, object>> = {}
  for (const operation of OPERATIONS) {
    byPath[operation.path] = { ...byPath[operation.path], [operation.method]: operationObject(operation, bodies) }
  }
  return byPath
}

function operationObject(operation: Operation, bodies: Bodies): object {
  const { access, takes } = operation
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: `${operation.summary.zh} · ${operation.summary.en}`,
    description: inBoth(operation.about),
    ...(access === 'token' ? {} : { security: access === 'open' ? [{}, { bearer: [] }] : [] }),
    parameters: [...operation.parameters, ...(access === 'platform' ? [] : COMMON_HEADERS)].map(
      ({ about, ...parameter }) => ({ ...parameter, description: inBoth(about) }),
    ),
    ...(takes === null ? {} : { requestBody: bodyOf(takes, bodies) }),
    responses: { ...answers(operation), ...problems(operation) },
  }
}

function bodyOf(
  takes: NonNullable<Operation['takes']>,
  bodies: Readonly<Record<'queries' | 'applications', readonly ItemSchemas[]>>,
): object {
  if (typeof takes === 'object') return takenBody(takes)
  if (takes === 'routing') return ROUTING_BODY
  if (takes === 'hold') return HOLD_BODY
  if (takes === 'redrive') return REDRIVE_BODY
  if (takes === 'delivery-decision') return DELIVERY_BODY
  if (takes === 'file') return FILE_BODY
  if (takes === 'withdrawal' || takes === 'rerouting' || takes === 'mailing' || takes === 'rating')
    return CASE_ACT_BODIES[takes]
  return requestBody(takes, bodies[takes])
}

function takenBody({ schema, about, examples }: TakenBody): object {
  return {
    required: true,
    description: inBoth(about),
    content: {
      'application/json': {
        schema: componentRef(schema),
        examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])),
      },
    },
  }
}

const COMMON_HEADERS: Operation['parameters'] = [
  {
    name: 'Accept-Language',
    in: 'header',
    required: false,
    about: { zh: '说明文字的语言：zh（默认）或 en。', en: 'Language of sentences: zh (the default) or en.' },
    schema: { type: 'string', examples: ['zh', 'en'] },
  },
  {
    name: 'X-Request-Id',
    in: 'header',
    required: false,
    about: {
      zh: '调用方的请求编号；不合格式时由网关另编。',
      en: 'Your id of the request; one is made where it has another form.',
    },
    schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,64}$' },
  },
]

const ROUTING_BODY = {
  required: true,
  description: inBoth({
    zh: '事项代码，以及请求体或其中确定属地的字段。',
    en: 'The code of an item, and a body or those fields of it by which the city is found.',
  }),
  content: {
    'application/json': {
      schema: componentRef('RoutingQuestion'),
      examples: {
        'ss-personal-rights-record': {
          value: { item: 'ss-personal-rights-record', body: { form: { insuredDivision: '210402' } } },
        },
      },
    },
  },
}

function requestBody(takes: 'queries' | 'applications', items: readonly ItemSchemas[]): object {
  return {
    required: true,
    description: inBoth({
      zh: '按地址中所写事项的模式填写；模式名为“事项代码.body”。',
      en: 'By the schema of the item in the address; its name is the item’s code and .body.',
    }),
    content: {
      'application/json': {
        schema: componentRef(takes === 'queries' ? 'Query' : 'Application'),
        examples: Object.fromEntries(
          items
            .filter(({ sample }) => sample !== undefined)
            .map(({ item, sample }) => [item.code, { summary: `${item.name.zh} · ${item.name.en}`, value: sample }]),
        ),
      },
    },
  }
}

function answers({ answers, access }: Operation): object {
  const common = access === 'platform' ? [] : ['Audit-Record', 'X-Request-Id']
  return Object.fromEntries(
    Object.entries(answers).map(([status, { about, schema, files, headers }]: [string, Answer]) => [
      status,
      {
        description: inBoth(about),
        headers: headerRefs([...common, ...headers]),
        content:
          schema === null
            ? filesOf(files ?? ['text/plain'])
            : { 'application/json': { schema: componentRef(schema) }, ...filesOf(files ?? []) },
      },
    ]),
  )
}

const filesOf = (types: readonly string[]): object =>
  Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' } }]))

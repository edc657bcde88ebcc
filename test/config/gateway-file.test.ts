// Holds schemas/config/gateway.schema.json, the type GatewayFile and config/gateway.yaml together.

import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { JSONSchemaType } from 'ajv/dist/2020.js'
import t from 'tap'
import { parse } from 'yaml'
import type { GatewayFile, IssuerEntry, WebhookEntry } from '../../src/config/gateway-file.ts'
import { ROLES } from '../../src/domain/words.ts'
import { SIGNING_ALGORITHMS } from '../../src/identity/keys.ts'

const integer = { type: 'integer' } as const
const string = { type: 'string' } as const

/** What tsc demands of a schema of this type: each member named, required, and of its own type. */
const issuer: JSONSchemaType<IssuerEntry> = {
  type: 'object',
  additionalProperties: false,
  required: ['issuer', 'keys', 'algorithms', 'audience', 'roles', 'speaksFor', 'maxTtlSeconds'],
  properties: {
    issuer: string,
    keys: string,
    algorithms: { type: 'array', items: { type: 'string', enum: SIGNING_ALGORITHMS } },
    audience: string,
    roles: { type: 'array', items: { type: 'string', enum: ROLES } },
    speaksFor: string,
    maxTtlSeconds: integer,
  },
}
const webhook: JSONSchemaType<WebhookEntry> = {
  type: 'object',
  additionalProperties: false,
  required: ['key', 'address', 'secretFile', 'cases', 'events'],
  properties: {
    key: string,
    address: string,
    secretFile: string,
    cases: string,
    events: { type: 'array', items: string },
  },
}
const shape: JSONSchemaType<GatewayFile> = {
  type: 'object',
  additionalProperties: false,
  required: [
    'listen',
    'publicAddress',
    'helpDesk',
    'dataDir',
    'log',
    'limits',
    'materials',
    'streams',
    'webhooks',
    'drafts',
    'retention',
    'delivery',
    'courier',
    'news',
    'deadlines',
    'reconciliation',
    'store',
    'auditLog',
    'identity',
  ],
  properties: {
    listen: {
      type: 'object',
      additionalProperties: false,
      required: ['host', 'port'],
      properties: { host: string, port: integer },
    },
    publicAddress: string,
    helpDesk: {
      type: 'object',
      additionalProperties: false,
      required: ['name', 'telephone'],
      properties: {
        name: {
          type: 'object',
          additionalProperties: false,
          required: ['zh', 'en'],
          properties: { zh: string, en: string },
        },
        telephone: string,
      },
    },
    dataDir: string,
    log: string,
    limits: {
      type: 'object',
      additionalProperties: false,
      required: [
        'bodyBytesMax',
        'depthMax',
        'headerBytesMax',
        'requestTimeoutMs',
        'answerTimeoutMs',
        'connectionsMax',
        'patienceMs',
        'patienceMsMax',
        'drainMs',
      ],
      properties: {
        bodyBytesMax: integer,
        depthMax: integer,
        headerBytesMax: integer,
        requestTimeoutMs: integer,
        answerTimeoutMs: integer,
        connectionsMax: integer,
        patienceMs: integer,
        patienceMsMax: integer,
        drainMs: integer,
      },
    },
    materials: {
      type: 'object',
      additionalProperties: false,
      required: ['bytesMax', 'uploadsMax', 'uploadTimeoutMs', 'waitingMax', 'keptWaitingDays'],
      properties: {
        bytesMax: integer,
        uploadsMax: integer,
        uploadTimeoutMs: integer,
        waitingMax: integer,
        keptWaitingDays: integer,
      },
    },
    streams: {
      type: 'object',
      additionalProperties: false,
      required: ['openMax', 'perCallerMax', 'heartbeatMs', 'unreadMs'],
      properties: { openMax: integer, perCallerMax: integer, heartbeatMs: integer, unreadMs: integer },
    },
    webhooks: {
      type: 'object',
      additionalProperties: false,
      required: [
        'attemptTimeoutMs',
        'perEndpointMax',
        'attemptsMax',
        'retryBaseMs',
        'retryMaxMs',
        'privateHosts',
        'endpoints',
      ],
      properties: {
        attemptTimeoutMs: integer,
        perEndpointMax: integer,
        attemptsMax: integer,
        retryBaseMs: integer,
        retryMaxMs: integer,
        privateHosts: { type: 'array', items: string },
        endpoints: { type: 'array', items: webhook },
      },
    },
    drafts: {
      type: 'object',
      additionalProperties: false,
      required: ['bytesMax', 'hallMax', 'personMax', 'keptDays'],
      properties: { bytesMax: integer, hallMax: integer, personMax: integer, keptDays: integer },
    },
    retention: {
      type: 'object',
      additionalProperties: false,
      required: ['accessDays', 'handOverDays'],
      properties: { accessDays: integer, handOverDays: integer },
    },
    delivery: {
      type: 'object',
      additionalProperties: false,
      required: ['leaseMarginMs'],
      properties: { leaseMarginMs: integer },
    },
    news: {
      type: 'object',
      additionalProperties: false,
      required: ['pollMs', 'pageMax', 'pagesMax'],
      properties: {
        pollMs: integer,
        pageMax: integer,
        pagesMax: integer,
      },
    },
    courier: {
      type: 'object',
      additionalProperties: false,
      required: ['tickMs', 'perCityMax', 'backoffBaseMs', 'backoffMaxMs', 'stuckAfterMs', 'rampStepMs'],
      properties: {
        tickMs: integer,
        perCityMax: integer,
        backoffBaseMs: integer,
        backoffMaxMs: integer,
        stuckAfterMs: integer,
        rampStepMs: integer,
      },
    },
    reconciliation: {
      type: 'object',
      additionalProperties: false,
      required: ['hour', 'lookMs', 'againMs'],
      properties: { hour: integer, lookMs: integer, againMs: integer },
    },
    deadlines: {
      type: 'object',
      additionalProperties: false,
      required: ['recountMs'],
      properties: { recountMs: integer },
    },
    store: {
      type: 'object',
      additionalProperties: false,
      required: ['queueMax', 'stallMs', 'place', 'postgres'],
      properties: {
        queueMax: integer,
        stallMs: integer,
        place: string,
        postgres: {
          type: 'object',
          additionalProperties: false,
          required: [
            'passwordFile',
            'caFile',
            'certFile',
            'keyFile',
            'lookupConnections',
            'connectTimeoutMs',
            'statementTimeoutMs',
          ],
          properties: {
            passwordFile: string,
            caFile: string,
            certFile: string,
            keyFile: string,
            lookupConnections: integer,
            connectTimeoutMs: integer,
            statementTimeoutMs: integer,
          },
        },
      },
    },
    auditLog: {
      type: 'object',
      additionalProperties: false,
      required: ['origin', 'checkpointMs', 'witnesses'],
      properties: {
        origin: string,
        checkpointMs: integer,
        witnesses: {
          type: 'object',
          additionalProperties: false,
          required: ['required', 'askMs', 'timeoutMs', 'list'],
          properties: {
            required: integer,
            askMs: integer,
            timeoutMs: integer,
            list: {
              type: 'array',
              items: {
                type: 'object',
                additionalProperties: false,
                required: ['key', 'address'],
                properties: { key: string, address: string },
              },
            },
          },
        },
      },
    },
    identity: {
      type: 'object',
      additionalProperties: false,
      required: ['clockToleranceSeconds', 'cachedTokensMax', 'issuers'],
      properties: {
        clockToleranceSeconds: integer,
        cachedTokensMax: integer,
        issuers: { type: 'array', items: issuer },
      },
    },
  },
}

const fileOf = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const schema = JSON.parse(fileOf('schemas/config/gateway.schema.json')) as Record<string, unknown>

// The bounds are the schema's own; what is compared is what a type can say.
const BOUNDS = [
  '$schema',
  'title',
  'description',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'pattern',
]
function skeleton(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(skeleton)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([key, member]) => !BOUNDS.includes(key) || typeof member === 'object')
  return Object.fromEntries(members.map(([key, member]) => [key, skeleton(member)]))
}

t.test('the schema and the type of config/gateway.yaml name the same members', async (t) => {
  t.strictSame(skeleton(schema), JSON.parse(JSON.stringify(shape)))
})

t.test('every number and list of config/gateway.yaml is bounded', async (t) => {
  const open: string[] = []
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return
    const node = value as Record<string, unknown>
    if (node['type'] === 'integer' && !('minimum' in node && 'maximum' in node)) open.push(path)
    if (node['type'] === 'array' && !('maxItems' in node || node['uniqueItems'] === true)) open.push(path)
    if (node['type'] === 'string' && !('maxLength' in node || 'pattern' in node || 'enum' in node)) open.push(path)
    for (const [key, member] of Object.entries(node)) walk(member, `${path}/${key}`)
  }
  walk(schema, '')
  t.strictSame(open, [])
})

t.test('config/gateway.yaml as it is shipped fits', async (t) => {
  const validate = new Ajv2020({ strict: true }).compile(schema)
  t.ok(validate(parse(fileOf('config/gateway.yaml'))), JSON.stringify(validate.errors))
})

// Reads the served description of the API, and holds answers of the gateway against it.

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Test } from 'tap'
import { ANSWER_SCHEMAS } from '../../../src/http/openapi-answers.ts'

export type Json = Record<string, unknown>

export interface Operation {
  readonly operationId: string
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Json }[]
  readonly requestBody?: {
    readonly content: Record<string, { readonly schema: Json; readonly examples: Record<string, { value: unknown }> }>
  }
  readonly responses: Record<
    string,
    { readonly headers: Json; readonly content: Record<string, { readonly schema: Json; readonly examples?: Json }> }
  >
}

export interface Document {
  readonly openapi: string
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: Record<'schemas' | 'examples', Record<string, Json>>
}

export interface Asked {
  readonly headers?: Record<string, string>
  /** Sent as it is if a string, else as JSON. */
  readonly body?: unknown
  readonly query?: string
}

export interface Description {
  readonly document: Document
  /** `name` = method and path, e.g. `GET /v1/items/{code}`. */
  readonly operations: readonly { readonly name: string; readonly path: string; readonly operation: Operation }[]
  /** A validator for a schema whose references lead into the document. */
  readonly fits: (schema: Json) => ValidateFunction
  /** Asks, and holds the answer against what the document says of it. `values` fill in the path, in order. */
  readonly ask: (t: Test, status: number, name: string, values?: readonly string[], asked?: Asked) => Promise<Json>
}

const TOLD = ['audit-record', 'location', 'retry-after', 'idempotency-replayed', 'preference-applied', 'allow']

export async function readDescription(address: string): Promise<Description> {
  const document = (await (await fetch(`${address}/openapi.json`)).json()) as Document
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      path,
      operation,
    })),
  )
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false, code: { optimize: false } })
  ajv.addSchema({ ...document, components: { schemas: closed(document.components.schemas) } }, 'api')
  const known = new Map<string, ValidateFunction>()

  function fits(schema: Json): ValidateFunction {
    const text = JSON.stringify(schema).replaceAll('"#/', '"api#/')
    const validate = known.get(text) ?? ajv.compile(JSON.parse(text) as Json)
    known.set(text, validate)
    return validate
  }

  return {
    document,
    operations,
    fits,
    async ask(t, status, name, values = [], { headers = {}, body, query = '' } = {}) {
      const found = operations.find((one) => one.name === name)
      if (found === undefined) throw new Error(`${name} is not described`)
      const left = [...values]
      const response = await fetch(address + found.path.replaceAll(/\{\w+\}/g, () => left.shift() ?? '') + query, {
        method: name.split(' ')[0] ?? '',
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      t.equal(response.status, status, `${name} answers ${status}`, { text })
      const described = found.operation.responses[response.status]
      const type = response.headers.get('content-type')?.split(';')[0] ?? ''
      const media = described?.content[type]
      if (described === undefined || media === undefined) throw new Error(`${name}: ${status} ${type} is not described`)

      const headersKnown = Object.keys(described.headers).map((header) => header.toLowerCase())
      const told = TOLD.filter((header) => response.headers.has(header))
      t.strictSame(
        told.filter((header) => !headersKnown.includes(header)),
        [],
        `${name} ${status} has no header that is not described`,
      )
      const answer = (type.endsWith('json') ? JSON.parse(text) : text) as Json
      const valid = fits(media.schema)
      t.ok(valid(answer), `${name} ${status} answers as described`, { errors: valid.errors, answer })
      return answer
    },
  }
}

/** References that lead to nothing within the document. */
export function danglingReferences(document: Document): readonly unknown[] {
  const dangling: unknown[] = []
  const leads = (ref: string): boolean =>
    ref.startsWith('#/') &&
    ref
      .slice(2)
      .split('/')
      .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>((value, step) => (value as Json | undefined)?.[step], document) !== undefined
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, one] of Object.entries(value)) {
      if (key === '$ref' && (typeof one !== 'string' || !leads(one))) dangling.push(one)
      walk(one)
    }
  }
  walk(document)
  return dangling
}

/** Callers must bear members they do not know, so the document does not forbid them; here each must be named in it. */
function closed(schemas: Record<string, Json>): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const own = name in ANSWER_SCHEMAS || name.endsWith('.answer')
      return [name, own ? closedSchema(schema) : schema]
    }),
  )
}

function closedSchema(schema: Json): Json {
  const copy: Json = { ...schema }
  if ('items' in copy) copy['items'] = closedSchema(copy['items'] as Json)
  if (!('properties' in copy)) return copy
  const properties = Object.entries(copy['properties'] as Record<string, Json>)
  copy['properties'] = Object.fromEntries(properties.map(([name, property]) => [name, closedSchema(property)]))
  return 'additionalProperties' in copy ? copy : { ...copy, unevaluatedProperties: false }
}

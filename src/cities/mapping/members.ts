// Finds in a schema which members its instances may have, however deep, and what each of them carries.

import type { Kind } from '../mapping.ts'

export interface Member {
  readonly name: string
  /** Null where this place does not declare it (a condition, say). */
  readonly kind: Kind | null
  /** The texts that it may have here, or null where they are not listed. */
  readonly values: readonly string[] | null
}

export interface Members {
  readonly all: readonly Member[]
  /** Names that some instance must have. */
  readonly required: ReadonlySet<string>
}

type Schema = Readonly<Record<string, unknown>>
interface Place {
  readonly schema: Schema
  /** Where its own `$ref`s begin. */
  readonly document: Schema
}

const FORMATS: Readonly<Record<string, Kind>> = {
  date: 'date',
  'past-date': 'date',
  month: 'month',
  'date-time': 'time',
  yuan: 'amount',
  'positive-yuan': 'amount',
}
const TYPES: Readonly<Record<string, Kind>> = { object: 'object', boolean: 'flag', number: 'number', integer: 'number' }

const SINGLE = ['items', 'contains', 'if', 'then', 'else', 'not', 'additionalProperties', 'unevaluatedProperties']
const SEVERAL = ['allOf', 'anyOf', 'oneOf', 'prefixItems']

/** `schemaOf` finds a schema by its absolute `$id`. Pure. */
export function membersOf(root: object, schemaOf: (id: string) => object | undefined): Members {
  const all: Member[] = []
  const required = new Set<string>()
  const seen = new Set<unknown>()

  function visit(value: unknown, document: Schema): void {
    if (!isSchema(value) || seen.has(value)) return
    seen.add(value)
    for (const [name, member] of Object.entries(isSchema(value['properties']) ? value['properties'] : {})) {
      all.push({ name, kind: kindOf(member, document), values: valuesOf(member, document) })
      visit(member, document)
    }
    for (const name of Array.isArray(value['required']) ? value['required'] : []) required.add(String(name))
    for (const keyword of SINGLE) visit(value[keyword], document)
    for (const keyword of SEVERAL) {
      const list = value[keyword]
      if (Array.isArray(list)) for (const entry of list) visit(entry, document)
    }
    for (const entry of Object.values(isSchema(value['dependentSchemas']) ? value['dependentSchemas'] : {})) {
      visit(entry, document)
    }
    const target = follow(value['$ref'], document)
    if (target !== null) visit(target.schema, target.document)
  }

  function kindOf(value: unknown, document: Schema): Kind | null {
    const type = keyword('type', value, document)?.value
    if (type === 'string') return FORMATS[String(keyword('format', value, document)?.value)] ?? 'text'
    if (type !== 'array') return TYPES[String(type)] ?? null
    const items = keyword('items', value, document)
    if (items === null) return null
    return kindOf(items.value, items.document) === 'object' ? 'list' : 'texts'
  }

  function valuesOf(value: unknown, document: Schema): readonly string[] | null {
    const items = keyword('items', value, document)
    if (items !== null) return valuesOf(items.value, items.document)
    const constant = keyword('const', value, document)?.value
    if (typeof constant === 'string') return [constant]
    const listed = keyword('enum', value, document)?.value
    if (Array.isArray(listed)) return listed.filter((one) => typeof one === 'string')
    const choices = keyword('oneOf', value, document)?.value
    const consts = Array.isArray(choices) ? choices.map((one: unknown) => (isSchema(one) ? one['const'] : null)) : []
    return consts.length > 0 && consts.every((one) => typeof one === 'string') ? consts : null
  }

  /** What a schema, or the one that it refers to, says under `name`. */
  function keyword(
    name: string,
    value: unknown,
    document: Schema,
  ): { readonly value: unknown; readonly document: Schema } | null {
    if (!isSchema(value)) return null
    if (value[name] !== undefined) return { value: value[name], document }
    const target = follow(value['$ref'], document)
    return target === null ? null : keyword(name, target.schema, target.document)
  }

  /** The schema that a `$ref` names: in this document by `#/…`, or in another by its `$id`. */
  function follow(reference: unknown, document: Schema): Place | null {
    if (typeof reference !== 'string') return null
    const [address = '', pointer = ''] = reference.split('#')
    const other = address === '' ? document : schemaOf(new URL(address, String(document['$id'])).href)
    let schema: unknown = other
    for (const step of pointer.split('/').slice(1)) {
      schema = isSchema(schema) ? schema[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined
    }
    return isSchema(schema) && isSchema(other) ? { schema, document: other } : null
  }

  visit(root, root as Schema)
  return { all, required }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

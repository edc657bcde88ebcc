// Finds, before the first call, what a city's field dictionary could not write or read of the forms and answers it will meet.

import type { CityConfig, CityProblem } from './config.ts'
import type { FieldType } from './mapping.ts'

/** One item with its schemas, as parsed; `answer` is null for an application. */
export interface MappedItem {
  readonly code: string
  readonly domain: string
  readonly form: object
  readonly answer: object | null
}

type Schema = Readonly<Record<string, unknown>>

/** Which JSON types a dictionary's type can stand for. */
const JSON_TYPES: Readonly<Record<FieldType, readonly string[]>> = {
  text: ['string'],
  date: ['string'],
  month: ['string'],
  time: ['string'],
  fen: ['string'],
  flag: ['boolean'],
  number: ['number', 'integer'],
  object: ['object'],
  list: ['array'],
}

/**
 * Problems of every dictionary of `city`: a member of a form or an answer without a tag or with one of another type, and two
 * members with one tag. `schemaOf` finds a schema by its absolute `$id`. Pure.
 */
export function checkMapping(
  city: CityConfig,
  items: readonly MappedItem[],
  schemaOf: (id: string) => object | undefined,
): readonly CityProblem[] {
  const problems: CityProblem[] = []
  const taken = new Set(city.backends.flatMap(({ domains }) => domains))

  city.backends.forEach((backend, index) => {
    if (backend.protocol !== 'fushun') return
    const { dictionary } = backend.protocolOptions
    const at = ['backends', index, 'protocolOptions', 'dictionary'] as const
    const nameOf = new Map<string, string>()
    for (const [name, { tag }] of Object.entries(dictionary)) {
      const other = nameOf.get(tag)
      if (other !== undefined) {
        const message = { zh: `标签 ${tag} 已用于 ${other}`, en: `the tag ${tag} is used for ${other} already` }
        problems.push({ path: [...at, name, 'tag'], message })
      }
      nameOf.set(tag, name)
    }

    const said = new Set<string>()
    const handles = ({ domain }: MappedItem): boolean =>
      backend.domains.length === 0 ? !taken.has(domain) : backend.domains.includes(domain)
    for (const item of items.filter(handles)) {
      for (const schema of [item.form, item.answer]) {
        if (schema === null) continue
        for (const { name, type } of membersOf(schema as Schema, schemaOf)) {
          const rule = Object.hasOwn(dictionary, name) ? dictionary[name] : undefined
          if (rule !== undefined && (type === null || JSON_TYPES[rule.type].includes(type))) continue
          if (said.has(`${name} ${type}`)) continue
          said.add(`${name} ${type}`)
          problems.push(
            rule === undefined
              ? {
                  path: at,
                  message: {
                    zh: `事项 ${item.code} 的字段 ${name} 没有对应的标签`,
                    en: `the field ${name} of item ${item.code} has no tag`,
                  },
                }
              : {
                  path: [...at, name, 'type'],
                  message: {
                    zh: `事项 ${item.code} 的字段 ${name} 是 ${type}，不能写成 ${rule.type}`,
                    en: `the field ${name} of item ${item.code} is ${type}, which ${rule.type} cannot write`,
                  },
                },
          )
        }
      }
    }
  })
  return problems
}

interface Member {
  readonly name: string
  /** As declared; null where this place declares none (a condition, say). */
  readonly type: string | null
}

/** Every member that an instance of `root` may have, however deep. */
function membersOf(root: Schema, schemaOf: (id: string) => object | undefined): readonly Member[] {
  const members: Member[] = []
  const seen = new Set<unknown>()

  function visit(value: unknown, document: Schema): void {
    if (!isSchema(value) || seen.has(value)) return
    seen.add(value)
    for (const [name, member] of Object.entries(isSchema(value['properties']) ? value['properties'] : {})) {
      members.push({ name, type: typeOf(member, document) })
      visit(member, document)
    }
    for (const keyword of [
      'items',
      'contains',
      'if',
      'then',
      'else',
      'not',
      'additionalProperties',
      'unevaluatedProperties',
    ]) {
      visit(value[keyword], document)
    }
    for (const keyword of ['allOf', 'anyOf', 'oneOf', 'prefixItems']) {
      const list = value[keyword]
      if (Array.isArray(list)) for (const entry of list) visit(entry, document)
    }
    for (const entry of Object.values(isSchema(value['dependentSchemas']) ? value['dependentSchemas'] : {})) {
      visit(entry, document)
    }
    const target = follow(value['$ref'], document)
    if (target !== null) visit(target.schema, target.document)
  }

  function typeOf(value: unknown, document: Schema): string | null {
    if (!isSchema(value)) return null
    if (typeof value['type'] === 'string') return value['type']
    const target = follow(value['$ref'], document)
    return target === null ? null : typeOf(target.schema, target.document)
  }

  /** The schema that a `$ref` names: in this document by `#/…`, or in another by its `$id`. */
  function follow(
    reference: unknown,
    document: Schema,
  ): { readonly schema: unknown; readonly document: Schema } | null {
    if (typeof reference !== 'string') return null
    const [address = '', pointer = ''] = reference.split('#')
    const other = address === '' ? document : schemaOf(new URL(address, String(document['$id'])).href)
    if (!isSchema(other)) return null
    let schema: unknown = other
    for (const step of pointer.split('/').slice(1)) {
      schema = isSchema(schema) ? schema[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined
    }
    return { schema, document: other }
  }

  visit(root, root)
  return members
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

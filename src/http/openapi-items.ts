// Brings the items' own schemas into one document: each shared part once, every reference local to the document.

import type { Item } from '../domain/item.ts'
import type { Sentence } from '../domain/words.ts'
import { componentRef, type Schema } from './openapi-schema.ts'

export interface ItemSchemas {
  readonly item: Item
  /** A bundle: every `$ref` in it is `#` or `#/$defs/…`. */
  readonly body: object
  /** Of the result of a query, a bundle too; null for applications. */
  readonly result: object | null
  readonly sample: unknown
}

interface Bundle {
  /** Name of the root among the components. */
  readonly name: string
  readonly title: Sentence
  readonly root: Schema
  readonly parts: ReadonlyMap<string, unknown>
}

/** Component names of an item's schemas; the form, a part of the body, goes by the item's code alone. */
export const bodyName = (code: string): string => `${code}.body`
export const resultName = (code: string): string => `${code}.result`
export const answerName = (code: string): string => `${code}.answer`

/**
 * All items' bodies, results and answers as components. A part that all bundles agree on stands there once, under its own
 * name; where two disagree, each bundle keeps its own as `<part>.<bundle>`, and so does whatever refers to such a part.
 * `taken` are the names that the document uses for itself.
 */
export function itemComponents(
  items: readonly ItemSchemas[],
  taken: ReadonlySet<string>,
): Readonly<Record<string, Schema>> {
  const bundles = items.flatMap(({ item, body, result }) => [
    bundleOf(bodyName(item.code), item.name, body),
    ...(result === null ? [] : [bundleOf(resultName(item.code), resultTitle(item), result)]),
  ])
  const roots = new Set(bundles.map(({ name }) => name))
  const apart = partsApart(bundles, (name) => taken.has(name) || roots.has(name))

  const components: Record<string, Schema> = {}
  for (const { name, title, root, parts } of bundles) {
    const place = (part: string): string => (apart.has(part) ? `${safe(part)}.${name}` : safe(part))
    const { $schema: _dialect, $id: _address, $defs: _parts, ...own } = root
    components[name] = relocate({ ...own, title: title.zh, 'x-title-en': title.en }, name, place) as Schema
    for (const [part, schema] of parts) components[place(part)] = relocate(schema, name, place) as Schema
  }
  for (const { item, result } of items) {
    if (result !== null) components[answerName(item.code)] = answerSchema(item)
  }
  return components
}

const resultTitle = ({ name }: Item): Sentence => ({ zh: `${name.zh}：结果`, en: `${name.en}: result` })

/** What handling/query.ts answers with: finding nothing is an answer that says so. */
function answerSchema({ code, name }: Item): Schema {
  return {
    title: `${name.zh}：答复`,
    'x-title-en': `${name.en}: answer`,
    type: 'object',
    properties: {
      item: { type: 'string', const: code },
      city: { type: 'string', description: '答复的城市 · The city that answered' },
      found: { type: 'boolean', description: '是否查到 · Whether anything was found' },
      result: componentRef(resultName(code)),
    },
    required: ['item', 'city', 'found'],
    oneOf: [
      { properties: { found: { const: true } }, required: ['result'] },
      { properties: { found: { const: false } }, not: { required: ['result'] } },
    ],
  }
}

function bundleOf(name: string, title: Sentence, schema: object): Bundle {
  const root = schema as Schema
  return { name, title, root, parts: new Map(Object.entries((root['$defs'] ?? {}) as Schema)) }
}

/** Parts that cannot be shared: bundles say different things under one name, or say the same by way of a part that differs. */
function partsApart(bundles: readonly Bundle[], isTaken: (name: string) => boolean): ReadonlySet<string> {
  const apart = new Set<string>()
  const texts = new Map<string, string>()
  const owners = new Map<string, string>()
  const uses = new Map<string, Set<string>>()
  for (const { parts } of bundles) {
    for (const [part, schema] of parts) {
      const text = JSON.stringify(schema)
      const known = texts.get(part) ?? text
      const owner = owners.get(safe(part)) ?? part
      texts.set(part, known)
      owners.set(safe(part), owner)
      if (known !== text || owner !== part || isTaken(safe(part))) apart.add(part)
      const used = uses.get(part) ?? new Set()
      uses.set(part, used)
      // A part that points at its bundle's root means another thing in each bundle.
      walkReferences(schema, (ref) => (splitReference(ref)?.part == null ? apart.add(part) : used.add(partOf(ref))))
    }
  }
  for (let before = -1; before !== apart.size;) {
    before = apart.size
    for (const [part, used] of uses) if ([...used].some((one) => apart.has(one))) apart.add(part)
  }
  return apart
}

/** A copy of `schema` in which every reference points to where its target stands in the document. */
function relocate(schema: unknown, root: string, place: (part: string) => string): unknown {
  if (Array.isArray(schema)) return schema.map((entry) => relocate(entry, root, place))
  if (typeof schema !== 'object' || schema === null) return schema
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (key !== '$ref' || typeof value !== 'string') return [key, relocate(value, root, place)]
      const split = splitReference(value)
      if (split === null) throw new Error(`schema of ${root} refers outside itself: ${value}`)
      const name = split.part === null ? root : place(split.part)
      return [key, componentRef(name).$ref + split.rest]
    }),
  )
}

function walkReferences(schema: unknown, visit: (ref: string) => void): void {
  if (typeof schema !== 'object' || schema === null) return
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$ref' && typeof value === 'string') visit(value)
    else walkReferences(value, visit)
  }
}

/** `#/$defs/<part><rest>` or `#<rest>` (the root, `part` null); null for what is not local. */
function splitReference(ref: string): { readonly part: string | null; readonly rest: string } | null {
  const found = /^#(?:\/\$defs\/([^/]+))?((?:\/.*)?)$/.exec(ref)
  if (found === null) return null
  const [, part, rest = ''] = found
  return {
    part: part === undefined ? null : decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'),
    rest,
  }
}

const partOf = (ref: string): string => splitReference(ref)?.part ?? ''

/** Component names are restricted by OpenAPI 3.1, 4.8.7. */
const safe = (part: string): string => part.replaceAll(/[^A-Za-z0-9._-]/g, '-')

// Finds every mistake in items, schemas and samples before a request does.

import { Fault } from '../domain/fault.ts'
import type { CatalogueCity } from '../domain/city-item.ts'
import type { Item, LegRule } from '../domain/item.ts'
import type { Sentence } from '../domain/words.ts'
import type { Catalogue, ConfigProblem } from './catalogue.ts'
import { faultsInCondition, faultsInConditions } from './check-conditions.ts'
import { checkDifferences } from './check-differences.ts'
import { checkLegs } from './check-legs.ts'
import { compileCondition, openSchemaProof } from './compile.ts'
import { answerId, formId } from './documents.ts'
import { pointerOf, stepsOf } from './fields.ts'
import { isUnfilled, lintSchema } from './schema-lint.ts'
import { COLLECTING_CITY } from './route.ts'
import { isObject } from './schemas.ts'
import type { SchemaFile, Schemas } from './schemas.ts'
import type { Validation } from './validate.ts'
import type { Variants } from './variants.ts'

export interface CheckOptions {
  readonly catalogue: Catalogue
  readonly schemas: Schemas
  readonly validation: Validation
  readonly files: readonly SchemaFile[]
  readonly samples: ReadonlyMap<string, unknown>
  readonly variants: Variants
  readonly cities: readonly CatalogueCity[]
}

/** Says `message` about the value at these steps. */
export type Say = (steps: readonly (string | number)[], zh: string, en: string) => void

export function checkCatalogue(options: CheckOptions): readonly ConfigProblem[] {
  const { catalogue, files, schemas } = options
  const problems: ConfigProblem[] = []
  const sayIn =
    (file: string, above: readonly (string | number)[]): Say =>
    (steps, zh, en) => {
      problems.push({ file, pointer: pointerOf([...above, ...steps].map(String)), message: { zh, en } })
    }

  const proof = openSchemaProof()
  const ids = new Map<unknown, string>()
  for (const { file, schema } of files) {
    const say = sayIn(file, [])
    const id = schema['$id']
    const first = ids.get(id)
    if (typeof id !== 'string') say([], '缺少 $id', 'has no $id')
    else if (first !== undefined) say(['$id'], `与 ${first} 的 $id 相同`, `has the same $id as ${first}`)
    else ids.set(id, file)
    const fault = proof(schema)
    if (fault !== null) say([], `不是有效的 JSON Schema：${fault}`, `is no JSON Schema: ${fault}`)
    for (const { pointer, message } of lintSchema(schema)) problems.push({ file, pointer, message })
    if (typeof id !== 'string') continue
    const lost = lostReferences(schema, id, schemas)
    for (const { path, reference } of lost) {
      say(path, `没有这个模式：${reference}`, `there is no such schema: ${reference}`)
    }
    if (lost.length === 0 && fault === null) {
      for (const { path, message } of conditionFaults(schemas, id)) say(path, message.zh, message.en)
    }
  }

  const codes = new Set<string>()
  const counts = new Map<string, number>()
  for (const item of catalogue.items) {
    // Items carry no file; those of a domain stand in the file of its name, in their order.
    const index = counts.get(item.domain) ?? 0
    counts.set(item.domain, index + 1)
    const say = sayIn(`config/items/${item.domain}.yaml`, ['items', index])
    if (codes.has(item.code)) say(['code'], `事项代码 ${item.code} 重复`, `the code ${item.code} stands twice`)
    codes.add(item.code)
    checkWords(item, say)
    checkLegs(item, options.cities, say)
    checkMaterials(item, say)
    if (checkSchemas(item, options, say, sayIn)) checkSample(item, options, say, sayIn)
  }
  problems.push(...options.cities.flatMap((city) => checkDifferences(city, catalogue)))
  return problems
}

/** Names of people's words that a new item's skeleton leaves open. */
function checkWords(item: Item, say: Say): void {
  const words = { name: item.name, department: item.department, legalBasis: item.legalBasis, source: item.source }
  for (const [key, word] of Object.entries(words)) {
    const texts = typeof word === 'string' ? [word] : [word.zh, word.en]
    if (texts.some(isUnfilled)) say([key], '尚待填写', 'is still to be filled in')
  }
  for (const [index, part] of (item.legalBasis.unverified ?? []).entries()) {
    if (item.legalBasis.zh.includes(part)) continue
    say(['legalBasis', 'unverified', index], `依据中没有“${part}”`, `the Chinese legal basis has no ${part}`)
  }
}

function checkMaterials(item: Item, say: Say): void {
  const codes = new Set<string>()
  for (const [index, rule] of item.materials.entries()) {
    if (codes.has(rule.code))
      say(['materials', index, 'code'], `材料代码 ${rule.code} 重复`, `the code ${rule.code} stands twice`)
    codes.add(rule.code)
    if (rule.requiredWhen === undefined) continue
    try {
      compileCondition(rule.requiredWhen)
    } catch (error) {
      const why = wordsOf(error)
      say(['materials', index, 'requiredWhen'], `条件无法编译：${why}`, `the condition does not compile: ${why}`)
    }
  }
}

/** False where the item cannot be used at all. */
function checkSchemas(
  item: Item,
  { schemas, validation, variants }: CheckOptions,
  say: Say,
  sayIn: (file: string, above: readonly string[]) => Say,
): boolean {
  const form = schemas.find(formId(item))
  if (form === null) {
    say(['code'], `缺少表单模式 ${formId(item)}`, `the schema of its form is missing: ${formId(item)}`)
    return false
  }
  if (item.interaction === 'query' && schemas.find(answerId(item)) === null) {
    say(['code'], `缺少答复模式 ${answerId(item)}`, `the schema of its answer is missing: ${answerId(item)}`)
    return false
  }
  try {
    validation.prepare(variants.of(item, null))
  } catch (error) {
    const why = wordsOf(error)
    sayIn(schemas.fileOf(formId(item)) ?? '', [])(
      [],
      `表单或答复无法编译：${why}`,
      `form or answer does not compile: ${why}`,
    )
    return false
  }
  const bundle = validation.bodySchema(variants.of(item, null))
  for (const [index, { requiredWhen }] of item.materials.entries()) {
    for (const { message } of faultsInCondition(requiredWhen, bundle)) {
      say(['materials', index, 'requiredWhen'], message.zh, message.en)
    }
  }
  for (const [index, leg] of item.legs.entries()) {
    const fault = routingFault(bundle, leg)
    if (fault !== null) say(['legs', index, 'routing', 'field'], fault.zh, fault.en)
  }
  return true
}

/** A field that routing reads must exist in the schema, and nothing on the way to it may be left out. */
function routingFault(bundle: Record<string, unknown>, leg: LegRule): Sentence | null {
  const defs = isObject(bundle['$defs']) ? bundle['$defs'] : {}
  let schema: unknown = bundle
  // Left out by a clerk it means the clerk's own city, so it need not be required.
  if (leg.routing.field === COLLECTING_CITY) return null
  for (const step of stepsOf(leg.routing.field)) {
    const properties = isObject(schema) ? schema['properties'] : undefined
    if (!isObject(schema) || !isObject(properties) || !Object.hasOwn(properties, step)) {
      return { zh: `表单中没有字段 ${leg.routing.field}`, en: `the form has no field ${leg.routing.field}` }
    }
    if (!Array.isArray(schema['required']) || !schema['required'].includes(step)) {
      return { zh: `字段 ${leg.routing.field} 在表单中须为必填`, en: `the form must require ${leg.routing.field}` }
    }
    schema = properties[step]
    while (isObject(schema) && typeof schema['$ref'] === 'string')
      schema = defs[schema['$ref'].slice('#/$defs/'.length)]
  }
  return null
}

function checkSample(
  item: Item,
  { catalogue, samples, cities }: CheckOptions,
  say: Say,
  sayIn: (file: string, above: readonly string[]) => Say,
): void {
  if (!samples.has(item.code)) {
    say(['code'], `缺少样例 ${item.code}`, `its golden sample is missing: ${item.code}`)
    return
  }
  for (const key of catalogue.citiesOffering(item)) {
    try {
      const body = catalogue.sample(item, key)
      const city = catalogue.decidingCity(item, catalogue.route(item, body))
      if (city !== key)
        say(['code'], `样例应由 ${key} 决定，却到了 ${city}`, `its sample leads to ${city}, not to ${key}`)
      catalogue.validate(item, key, body)
    } catch (error) {
      const errors = error instanceof Fault ? (error.details.errors ?? []) : []
      const zh = errors.map((entry) => `${entry.pointer} ${entry.message.zh}`).join('；') || wordsOf(error)
      const en = errors.map((entry) => `${entry.pointer} ${entry.message.en}`).join('; ') || wordsOf(error)
      const own = cities.find((city) => city.key === key)?.items?.[item.code]
      if (own === undefined) {
        say(['code'], `样例不能提交到 ${key}：${zh}`, `its sample cannot be submitted to ${key}: ${en}`)
        return // the other cities would only say the same
      }
      const sayOwn = sayIn(`config/cities/${key}.yaml`, ['items', item.code])
      sayOwn(['sample'], `样例不能提交到本地：${zh}`, `the item’s sample cannot be submitted here: ${en}`)
    }
  }
}

function conditionFaults(schemas: Schemas, id: string): ReturnType<typeof faultsInConditions> {
  try {
    return faultsInConditions(schemas.bundle(id))
  } catch {
    return [] // a document further on is missing, and is named where it is referred to
  }
}

/** Every `$ref` that leads to no document. */
function lostReferences(
  document: unknown,
  id: string,
  schemas: Schemas,
  path: readonly string[] = [],
): { readonly path: readonly string[]; readonly reference: string }[] {
  if (typeof document !== 'object' || document === null) return []
  return Object.entries(document).flatMap(([key, value]: [string, unknown]) => {
    if (key !== '$ref' || typeof value !== 'string') return lostReferences(value, id, schemas, [...path, key])
    const target = new URL(value, id)
    target.hash = ''
    return target.href === id || schemas.find(target.href) !== null ? [] : [{ path: [...path, key], reference: value }]
  })
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

// Finds conditions that can never hold or speak of fields that do not exist, and fields that no answers ever lead to.

import type { Sentence } from '../domain/words.ts'
import { isCodeTable } from './compile.ts'
import { isObject } from './schemas.ts'
import type { Schema } from './schemas.ts'

/** `path` leads into the document or the condition that was looked at. */
export interface ConditionFault {
  readonly path: readonly string[]
  readonly message: Sentence
}

/** Everything wrong with the conditions in the root of `bundle`; what it refers to are documents of their own. */
export function faultsInConditions(bundle: Schema): ConditionFault[] {
  const faults: ConditionFault[] = []
  const resolve = resolverOf(bundle)

  /** `holder`: the value that `schema` and its branches speak of. */
  function visit(schema: unknown, path: readonly string[], holder: readonly Schema[]): void {
    if (!isObject(schema)) return
    if (isObject(schema['if'])) {
      faults.push(...faultsOf(schema['if'], [...path, 'if'], holder, resolve))
      const lost = refusedBy(schema, true)
      if (lost.length > 0) faults.push(unreachable(path, lost))
    }
    if (path.length > 0 && isBranch(path)) faults.push(...namesUnknown(schema, path, holder, resolve))
    for (const branch of ['then', 'else']) visit(schema[branch], [...path, branch], holder)
    const parts = schema['allOf']
    if (Array.isArray(parts))
      for (const [index, part] of parts.entries()) visit(part, [...path, 'allOf', String(index)], holder)
    if (isObject(schema['properties'])) {
      for (const [name, property] of Object.entries(schema['properties'])) {
        const inner = holder.flatMap((one) => membersOf(one, resolve).get(name) ?? []).filter(isObject)
        visit(property, [...path, 'properties', name], inner)
      }
    }
    if (isObject(schema['items'])) visit(schema['items'], [...path, 'items'], [schema['items']])
  }

  visit(bundle, [], [bundle])
  return faults
}

/** Everything wrong with a condition over the whole body, such as that of a material. */
export function faultsInCondition(condition: unknown, bundle: Schema): ConditionFault[] {
  return faultsOf(condition, [], [bundle], resolverOf(bundle))
}

type Resolve = (reference: string) => unknown

function resolverOf(bundle: Schema): Resolve {
  const defs = isObject(bundle['$defs']) ? bundle['$defs'] : {}
  return (reference) => (reference === '#' ? bundle : defs[reference.slice('#/$defs/'.length)])
}

/** The schema with all that may ever hold for the same value: its $ref and its branches. */
function everyLayer(schema: unknown, resolve: Resolve, depth = 0): Schema[] {
  if (!isObject(schema) || depth > 12) return []
  const below = [
    schema['then'],
    schema['else'],
    ...(Array.isArray(schema['allOf']) ? (schema['allOf'] as unknown[]) : []),
  ]
  if (typeof schema['$ref'] === 'string') below.push(resolve(schema['$ref']))
  return [schema, ...below.flatMap((one) => everyLayer(one, resolve, depth + 1))]
}

/** Every field that a value can have, with what is said of it anywhere. */
function membersOf(schema: unknown, resolve: Resolve): Map<string, unknown[]> {
  const members = new Map<string, unknown[]>()
  for (const { properties } of everyLayer(schema, resolve)) {
    for (const [name, property] of Object.entries(isObject(properties) ? properties : {})) {
      members.set(name, [...(members.get(name) ?? []), property])
    }
  }
  return members
}

function faultsOf(
  condition: unknown,
  path: readonly string[],
  holder: readonly Schema[],
  resolve: Resolve,
): ConditionFault[] {
  if (!isObject(condition)) return []
  const members = new Map(holder.flatMap((one) => [...membersOf(one, resolve)]))
  const faults = namesUnknown(condition, path, holder, resolve)
  for (const [name, rule] of Object.entries(isObject(condition['properties']) ? condition['properties'] : {})) {
    const inner = (members.get(name) ?? []).filter(isObject)
    if (inner.length > 0) faults.push(...faultsOf(rule, [...path, 'properties', name], inner, resolve))
  }
  const entries = holder
    .flatMap((one) => everyLayer(one, resolve))
    .flatMap(({ items }) => (isObject(items) ? [items] : []))
  if (entries.length > 0) faults.push(...faultsOf(condition['contains'], [...path, 'contains'], entries, resolve))
  for (const word of ['allOf', 'anyOf']) {
    const parts: unknown = condition[word]
    if (!Array.isArray(parts)) continue
    for (const [index, part] of parts.entries())
      faults.push(...faultsOf(part, [...path, word, String(index)], holder, resolve))
  }
  faults.push(...faultsOf(condition['not'], [...path, 'not'], holder, resolve))
  return [...faults, ...valuesUnknown(condition, path, holder, resolve)]
}

/** A branch that asks for or speaks of a field that the object does not have could never be met. */
function namesUnknown(
  schema: Schema,
  path: readonly string[],
  holder: readonly Schema[],
  resolve: Resolve,
): ConditionFault[] {
  const names = new Set(holder.flatMap((one) => declaredIn(one, resolve)))
  if (names.size === 0) return []
  const { properties, required } = schema
  const spoken = [
    ...(isObject(properties) ? Object.keys(properties) : []),
    ...(Array.isArray(required) ? required.map(String) : []),
  ]
  return [...new Set(spoken)]
    .filter((name) => !names.has(name))
    .map((name) => ({
      path,
      message: {
        zh: `条件提到的字段 ${name} 不存在`,
        en: `the condition speaks of a field that does not exist: ${name}`,
      },
    }))
}

/** The fields that a closed object lists: branches may only speak of these. */
function declaredIn(schema: Schema, resolve: Resolve): string[] {
  return everyLayer(schema, resolve)
    .filter((layer) => layer['additionalProperties'] === false)
    .flatMap(({ properties }) => (isObject(properties) ? Object.keys(properties) : []))
}

function valuesUnknown(
  condition: Schema,
  path: readonly string[],
  holder: readonly Schema[],
  resolve: Resolve,
): ConditionFault[] {
  const known = holder.flatMap((one) => everyLayer(one, resolve)).flatMap(valuesOf)
  if (known.length === 0) return []
  const wanted = Object.hasOwn(condition, 'const')
    ? [condition['const']]
    : Array.isArray(condition['enum'])
      ? (condition['enum'] as unknown[])
      : []
  return wanted
    .filter((value) => !known.includes(value))
    .map((value) => ({
      path,
      message: {
        zh: `条件中的代码 ${String(value)} 不在代码表中，永远不会成立`,
        en: `the code ${String(value)} is not in the field's table: the condition can never hold`,
      },
    }))
}

function valuesOf(schema: Schema): unknown[] {
  if (isCodeTable(schema['oneOf'])) return schema['oneOf'].map((row) => row['const'])
  return Array.isArray(schema['enum']) ? (schema['enum'] as unknown[]) : []
}

/** Fields refused whatever the answers: by both branches of a condition, or outright. */
function refusedBy(schema: unknown, both: boolean): string[] {
  if (!isObject(schema)) return []
  const { properties } = schema
  const outright = isObject(properties) ? Object.keys(properties).filter((name) => properties[name] === false) : []
  const parts = Array.isArray(schema['allOf']) ? schema['allOf'].flatMap((part) => refusedBy(part, false)) : []
  const otherwise = new Set(refusedBy(schema['else'], false))
  const branched = isObject(schema['if']) ? refusedBy(schema['then'], false).filter((name) => otherwise.has(name)) : []
  return both ? branched : [...outright, ...parts, ...branched]
}

function unreachable(path: readonly string[], names: readonly string[]): ConditionFault {
  const list = names.join(', ')
  return {
    path,
    message: {
      zh: `字段 ${list} 在任何情形下都不能填写`,
      en: `whatever the answers, these fields may not be given: ${list}`,
    },
  }
}

function isBranch(path: readonly string[]): boolean {
  const last = path.at(-1)
  return last === 'then' || last === 'else'
}

// Finds what a bundled schema asks of one value: the schema itself, what it refers to, and the branches that hold.

import { isObject } from './schemas.ts'
import type { Schema } from './schemas.ts'

export interface Layers {
  /** The schema itself and every schema that holds for the same value: its $ref, its branches. Nearest first. */
  of(schema: unknown, value: unknown): Schema[]
  /** Those of the member `step` of a value that `schemas` hold for; `value` is the member. */
  next(schemas: readonly Schema[], step: string, value: unknown): Schema[]
  /** Those of the value at `path` in `body`. */
  at(path: readonly string[], body: unknown): Schema[]
}

export function openLayers(bundle: Schema): Layers {
  const defs = isObject(bundle['$defs']) ? bundle['$defs'] : {}
  const target = (reference: string): unknown => defs[reference.slice('#/$defs/'.length)]

  function of(schema: unknown, value: unknown): Schema[] {
    // As a schema, false is one that nothing fits.
    if (schema === false) return [NOTHING]
    if (!isObject(schema)) return []
    const found: Schema[] = [schema]
    if (typeof schema['$ref'] === 'string') found.push(...of(target(schema['$ref']), value))
    if (isObject(schema['if'])) found.push(...of(holds(schema['if'], value) ? schema['then'] : schema['else'], value))
    if (Array.isArray(schema['allOf'])) for (const part of schema['allOf']) found.push(...of(part, value))
    return found
  }

  function next(schemas: readonly Schema[], step: string, value: unknown): Schema[] {
    return schemas.flatMap((schema) => {
      const properties = schema['properties']
      if (isObject(properties) && Object.hasOwn(properties, step)) return of(properties[step], value)
      return /^[0-9]+$/.test(step) && schema['items'] !== undefined ? of(schema['items'], value) : []
    })
  }

  return {
    of,
    next,
    at(path, body) {
      let value = body
      let schemas = of(bundle, value)
      for (const step of path) {
        value = memberOf(value, step)
        schemas = next(schemas, step, value)
      }
      return schemas
    },
  }
}

/** Stands for the schema `false`. */
export const NOTHING: Schema = { not: {} }

export function memberOf(value: unknown, step: string): unknown {
  if (Array.isArray(value)) return value[Number(step)] as unknown
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
}

/** Whether a condition (an `if`) holds, by the keywords that conditions are written with; any other counts as held. */
function holds(condition: unknown, value: unknown): boolean {
  if (typeof condition === 'boolean') return condition
  if (!isObject(condition)) return true
  return Object.entries(condition).every(([keyword, rule]) => keywordHolds(keyword, rule, value))
}

function keywordHolds(keyword: string, rule: unknown, value: unknown): boolean {
  switch (keyword) {
    case 'const':
      return value === rule
    case 'enum':
      return !Array.isArray(rule) || rule.includes(value)
    case 'required':
      return !isObject(value) || !Array.isArray(rule) || rule.every((name) => Object.hasOwn(value, String(name)))
    case 'properties':
      if (!isObject(value) || !isObject(rule)) return true
      return Object.entries(rule).every(([name, inner]) => !Object.hasOwn(value, name) || holds(inner, value[name]))
    case 'contains':
      return !Array.isArray(value) || value.some((entry) => holds(rule, entry))
    case 'items':
      return !Array.isArray(value) || value.every((entry) => holds(rule, entry))
    case 'minItems':
      return !Array.isArray(value) || value.length >= Number(rule)
    case 'maxItems':
      return !Array.isArray(value) || value.length <= Number(rule)
    case 'minimum':
      return typeof value !== 'number' || value >= Number(rule)
    case 'maximum':
      return typeof value !== 'number' || value <= Number(rule)
    case 'exclusiveMinimum':
      return typeof value !== 'number' || value > Number(rule)
    case 'exclusiveMaximum':
      return typeof value !== 'number' || value < Number(rule)
    case 'pattern':
      return typeof value !== 'string' || new RegExp(String(rule), 'u').test(value)
    case 'type':
      return [rule].flat().some((type) => isOfType(value, type))
    case 'allOf':
      return !Array.isArray(rule) || rule.every((part) => holds(part, value))
    case 'anyOf':
      return !Array.isArray(rule) || rule.some((part) => holds(part, value))
    case 'not':
      return !holds(rule, value)
    default:
      return true
  }
}

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isObject(value)
    case 'null':
      return value === null
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}

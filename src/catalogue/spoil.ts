// Spoils an accepted body in one place, and knows which mistake must then be named: for invalid samples and for tests.

import type { Formats } from './formats.ts'
import { stepsOf } from './fields.ts'
import { placesIn } from './generate.ts'
import { memberOf, NOTHING } from './layers.ts'
import { isCodeTable } from './compile.ts'
import { isObject } from './schemas.ts'
import type { Schema } from './schemas.ts'

export interface Spoiled {
  /** What must be mended, and by which rule: the mistake that is told of `body`, perhaps among others. */
  readonly pointer: string
  readonly rule: string
  readonly body: unknown
}

/** What is done in one place: another value, or none. */
interface Change {
  readonly pointer: string
  readonly rule: string
  readonly value: unknown
}

/** Every single change that the schema must refuse, from the outside in. `body` itself stays as it is. */
export function spoil(schema: Schema, body: unknown, formats: Formats): readonly Spoiled[] {
  return placesIn(schema, body)
    .filter(({ pointer }) => pointer !== '' && !pointer.startsWith('/materials/'))
    .flatMap(({ pointer, schemas, value }) => [
      ...missing(pointer, schemas, value),
      ...changed(pointer, schemas, value, formats),
    ])
    .map(({ pointer, rule, value }) => ({ pointer, rule, body: withValue(body, stepsOf(pointer), value) }))
}

function missing(pointer: string, schemas: readonly Schema[], value: unknown): Change[] {
  if (!isObject(value)) return []
  const required = new Set(schemas.flatMap(({ required: names }) => (Array.isArray(names) ? names.map(String) : [])))
  const gone = [...required].filter((name) => Object.hasOwn(value, name))
  const closed = schemas.some((schema) => schema['additionalProperties'] === false)
  return [
    ...gone.map((name) => ({ pointer: `${pointer}/${name}`, rule: 'required', value: undefined })),
    ...(closed ? [{ pointer: `${pointer}/unknownField`, rule: 'additionalProperties', value: 'x' }] : []),
    ...tooEarly(schemas, value).map(([name, day]) => ({
      pointer: `${pointer}/${name}`,
      rule: 'x-not-before',
      value: day,
    })),
    ...dependants(schemas, value).map((name) => ({
      pointer: `${pointer}/${name}`,
      rule: 'dependentRequired',
      value: undefined,
    })),
    ...refusedMembers(schemas, value).map((name) => ({
      pointer: `${pointer}/${name}`,
      rule: 'not-allowed',
      value: 'x',
    })),
  ]
}

function refusedMembers(schemas: readonly Schema[], value: Record<string, unknown>): string[] {
  return schemas.flatMap(({ properties }) =>
    isObject(properties)
      ? Object.keys(properties).filter((name) => properties[name] === false && !Object.hasOwn(value, name))
      : [],
  )
}

/** Days and months that must not be before another one, with one that is. */
function tooEarly(schemas: readonly Schema[], value: Record<string, unknown>): [name: string, day: string][] {
  return schemas.flatMap(({ 'x-not-before': pairs }) =>
    Object.entries(isObject(pairs) ? pairs : {}).flatMap(([name, earlier]): [string, string][] => {
      const [later, first] = [value[name], value[String(earlier)]]
      if (typeof later !== 'string' || typeof first !== 'string') return []
      const day = later.length === 7 ? '1949-01' : '1850-01-01'
      return day < first ? [[name, day]] : []
    }),
  )
}

/** What may be left out by itself, but not while another field is there. */
function dependants(schemas: readonly Schema[], value: Record<string, unknown>): string[] {
  const required = schemas.flatMap((schema) => (Array.isArray(schema['required']) ? schema['required'] : []))
  return schemas.flatMap(({ dependentRequired: pairs }) =>
    Object.entries(isObject(pairs) ? pairs : {})
      .filter(([name]) => Object.hasOwn(value, name))
      .flatMap(([, names]) => (Array.isArray(names) ? names.map(String) : []))
      .filter((name) => Object.hasOwn(value, name) && !required.includes(name)),
  )
}

function changed(pointer: string, schemas: readonly Schema[], value: unknown, formats: Formats): Change[] {
  if (schemas.length === 0 || schemas.includes(NOTHING)) return []
  const change = (rule: string, spoiled: unknown): Change => ({ pointer, rule, value: spoiled })
  const changes = [change('type', typeof value === 'string' ? 17 : 'x')]
  const bound = (keyword: string, choose: (...all: number[]) => number): number | null => {
    const found = schemas.map((schema) => schema[keyword]).filter((one) => typeof one === 'number')
    return found.length === 0 ? null : choose(...found)
  }
  if (isChoice(schemas)) {
    const fixed = schemas.some((schema) => Object.hasOwn(schema, 'const'))
    if (typeof value === 'string')
      changes.push(change(hasTable(schemas) ? 'enum' : fixed ? 'const' : 'enum', 'no-such-code'))
    return changes
  }
  if (typeof value === 'string') {
    const [most, least] = [bound('maxLength', Math.min), bound('minLength', Math.max)]
    const plain = schemas.every(({ pattern, format }) => pattern === undefined && isGeneral(format))
    if (plain && most !== null) changes.push(change('maxLength', '字'.repeat(most + 1)))
    if (plain && least !== null && least > 1) changes.push(change('minLength', '字'.repeat(least - 1)))
    const format = schemas.map((schema) => schema['format']).find((word) => typeof word === 'string')
    const wrong = value.length > 1 ? lastChanged(value) : null
    if (typeof format === 'string' && wrong !== null && schemas.every(({ pattern }) => pattern === undefined)) {
      if (!isGeneral(format) && formats.checks.get(format)?.(wrong) != null) changes.push(change('format', wrong))
      else if (isGeneral(format))
        changes.push(change('format', value.slice(0, 1) + '\u0001'.repeat(Math.max(1, (least ?? 1) - 1))))
    }
    if (!plain && schemas.some(({ pattern }) => pattern !== undefined))
      changes.push(change('pattern', '～'.repeat(Math.max(least ?? 1, 1))))
  }
  if (typeof value === 'number') {
    const [most, least] = [bound('maximum', Math.min), bound('minimum', Math.max)]
    if (most !== null) changes.push(change('maximum', most + 1))
    if (least !== null) changes.push(change('minimum', least - 1))
    const above = bound('exclusiveMinimum', Math.max)
    if (above !== null && (least === null || least <= above)) changes.push(change('exclusiveMinimum', above))
  }
  if (Array.isArray(value) && value.length > 0) {
    const [most, least] = [bound('maxItems', Math.min), bound('minItems', Math.max)]
    const unique = schemas.some((schema) => schema['uniqueItems'] === true)
    if (most !== null && !unique)
      changes.push(
        change(
          'maxItems',
          Array.from({ length: most + 1 }, () => value[0] as unknown),
        ),
      )
    if (least !== null && least > 0) changes.push(change('minItems', []))
    if (unique && (most === null || most > value.length)) changes.push(change('uniqueItems', [...value, value[0]]))
  }
  return changes
}

function isGeneral(format: unknown): boolean {
  return format === undefined || format === 'line' || format === 'text'
}

function isChoice(schemas: readonly Schema[]): boolean {
  return hasTable(schemas) || schemas.some((schema) => Object.hasOwn(schema, 'const') || Object.hasOwn(schema, 'enum'))
}

function hasTable(schemas: readonly Schema[]): boolean {
  return schemas.some((schema) => isCodeTable(schema['oneOf']) || Object.hasOwn(schema, 'enum'))
}

/** The slip that check digits are for: one digit read wrongly. */
function lastChanged(text: string): string {
  const last = text.at(-1) ?? ''
  return text.slice(0, -1) + (last === '9' ? '8' : /[0-8]/.test(last) ? String(Number(last) + 1) : '0')
}

/** A copy of the body with another value at `path`, or without one. */
function withValue(body: unknown, path: readonly string[], value: unknown): unknown {
  const copy = structuredClone(body)
  const last = path.at(-1) ?? ''
  const parent = path.slice(0, -1).reduce<unknown>(memberOf, copy)
  if (Array.isArray(parent)) parent[Number(last)] = value
  else if (isObject(parent) && value === undefined) delete parent[last]
  else if (isObject(parent)) parent[last] = value
  return copy
}

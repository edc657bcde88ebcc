// Spoils an accepted body in one place, and knows which mistake must then be named: for invalid samples and for tests.

import type { Formats } from './formats.ts'
import { stepsOf } from './fields.ts'
import { placesIn } from './generate.ts'
import { memberOf, NOTHING, openLayers } from './layers.ts'
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
  /** Where the value goes, if not where the mistake is told. */
  readonly at?: string
}

/** Every single change that the schema must refuse, from the outside in. `body` itself stays as it is. */
export function spoil(schema: Schema, body: unknown, formats: Formats): readonly Spoiled[] {
  const layers = openLayers(schema)
  return placesIn(schema, body)
    .flatMap(({ pointer, schemas, value }) => [
      ...missing(pointer, schemas, value),
      ...tooYoung(pointer, schemas, value, formats),
      ...(pointer === '' ? [] : changed(pointer, schemas, value, formats)),
      ...absent(schemas, value).flatMap((name) =>
        changed(`${pointer}/${name}`, layers.next(schemas, name, undefined), undefined, formats),
      ),
    ])
    .map(({ pointer, rule, value, at = pointer }) => ({
      pointer,
      rule,
      // Made when looked at: most ways are only counted.
      get body() {
        return withValue(body, stepsOf(at), value)
      },
    }))
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

/** A child without the guardian that anybody so young must have. */
function tooYoung(pointer: string, schemas: readonly Schema[], value: unknown, formats: Formats): Change[] {
  if (!isObject(value)) return []
  return schemas.flatMap(({ 'x-guardian-under': rule }): Change[] => {
    if (!isObject(rule)) return []
    const [birthDate, guardian] = [String(rule['birthDate']), String(rule['guardian'])]
    const change = { pointer: `${pointer}/${guardian}`, rule: 'x-guardian-under' }
    if (!Object.hasOwn(value, guardian)) return [{ ...change, at: `${pointer}/${birthDate}`, value: formats.today() }]
    const born = String(value[birthDate])
    const ofAge = `${Number(born.slice(0, 4)) + Number(rule['ageYears'])}${born.slice(4)}`
    return formats.today() < ofAge ? [{ ...change, value: undefined }] : []
  })
}

/** Members that might be there and are not. */
function absent(schemas: readonly Schema[], value: unknown): string[] {
  if (!isObject(value)) return []
  const names = schemas.flatMap(({ properties }) => (isObject(properties) ? Object.keys(properties) : []))
  return [...new Set(names)].filter((name) => !Object.hasOwn(value, name))
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

/** What this value must not be; where there is none (undefined), what none may be put there. */
function changed(pointer: string, schemas: readonly Schema[], value: unknown, formats: Formats): Change[] {
  if (schemas.length === 0 || schemas.includes(NOTHING)) return []
  const change = (rule: string, spoiled: unknown): Change => ({ pointer, rule, value: spoiled })
  const kind =
    value === undefined ? schemas.map(({ type }) => type).find((word) => typeof word === 'string') : typeof value
  const wrongType = change('type', kind === 'string' ? 17 : 'x')
  const bound = (keyword: string, choose: (...all: number[]) => number): number | null => {
    const found = schemas.map((schema) => schema[keyword]).filter((one) => typeof one === 'number')
    return found.length === 0 ? null : choose(...found)
  }
  if (isChoice(schemas)) {
    const other = kind === 'string' ? 'no-such-code' : kind === 'boolean' ? value === false : 1_000_000
    return [wrongType, change(hasTable(schemas) ? 'enum' : 'const', other)]
  }
  if (kind === 'string') {
    const told = (text: string): string | null => firstRuleBroken(text, schemas, formats)
    const most = bound('maxLength', Math.min) ?? 0
    const texts = wrongTexts(typeof value === 'string' ? value : '', most, bound('minLength', Math.max) ?? 0)
    const wrong = texts.map((text) => ({ text, rule: told(text) }))
    return [wrongType, ...wrong.flatMap(({ text, rule }) => (rule === null ? [] : [change(rule, text)]))]
  }
  const changes = [wrongType]
  if (kind === 'number' || kind === 'integer') {
    const [most, least, above] = [
      bound('maximum', Math.min),
      bound('minimum', Math.max),
      bound('exclusiveMinimum', Math.max),
    ]
    if (most !== null) changes.push(change('maximum', most + 1))
    if (least !== null) changes.push(change('minimum', least - 1))
    if (above !== null && (least === null || least <= above)) changes.push(change('exclusiveMinimum', above))
  }
  if (Array.isArray(value)) {
    const [most, least] = [bound('maxItems', Math.min), bound('minItems', Math.max)]
    const unique = schemas.some((schema) => schema['uniqueItems'] === true)
    if (most !== null && value.length > 0) changes.push(change('maxItems', repeated(value, most + 1)))
    if (least !== null && least > 0) changes.push(change('minItems', []))
    if (unique && value.length > 0 && (most === null || most > value.length)) {
      changes.push(change('uniqueItems', [...value, value[0]]))
    }
  }
  return changes
}

/** Slips and nonsense of which a text rule should refuse some: too long, too short, one character wrong. */
function wrongTexts(value: string, most: number, least: number): string[] {
  const filler = /[0-9]$/.test(value) ? '0' : '字'
  return [
    value.padEnd(most + 1, filler),
    '字'.repeat(most + 1),
    '字'.repeat(Math.max(least - 1, 0)),
    ...(value.length > 1 ? [lastChanged(value), value.slice(0, 1) + '\u0001'.repeat(Math.max(1, least - 1))] : []),
    '～'.repeat(Math.max(least, 1)),
  ]
}

/** The rule that is told of where a text breaks several; null where it breaks none. */
function firstRuleBroken(text: string, schemas: readonly Schema[], formats: Formats): string | null {
  const length = Array.from(text).length
  const breaks: readonly (readonly [rule: string, broken: (schema: Schema) => boolean])[] = [
    ['minLength', (schema) => length < Number(schema['minLength'] ?? 0)],
    ['pattern', ({ pattern }) => typeof pattern === 'string' && !new RegExp(pattern, 'u').test(text)],
    ['format', ({ format }) => typeof format === 'string' && formats.checks.get(format)?.(text) != null],
    ['maxLength', (schema) => length > Number(schema['maxLength'] ?? Number.POSITIVE_INFINITY)],
  ]
  return breaks.find(([, broken]) => schemas.some(broken))?.[0] ?? null
}

function repeated(values: readonly unknown[], length: number): unknown[] {
  return Array.from({ length }, (_, index) => values[index % values.length])
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

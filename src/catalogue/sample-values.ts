// Makes up a value for a schema: what must be there, some of what may be, by the conditions as they come to hold.

import { isCodeTable } from './compile.ts'
import { NOTHING } from './layers.ts'
import type { Layers } from './layers.ts'
import { textFitting } from './patterns.ts'
import { textOf } from './sample-texts.ts'
import { isObject } from './schemas.ts'
import type { Schema } from './schemas.ts'
import type { Choices } from './seeded.ts'

export interface ValueMaker {
  /** `schemas` all hold for the value; `name` is its property. It may miss a rule between two fields: see `mend`. */
  make(schemas: readonly unknown[], name: string): unknown
}

// Of what may be left out, so much is there.
const OPTIONAL_PERCENT = 55
// Formats that say little: where a schema has another one or a pattern too, that one decides.
const GENERAL = new Set(['line', 'text'])

export function openValueMaker(layers: Layers, choices: Choices): ValueMaker {
  function make(schemas: readonly unknown[], name: string): unknown {
    const active = schemas.flatMap((schema) => layers.of(schema, undefined))
    const chosen = active.find((schema) => Object.hasOwn(schema, 'const'))
    if (chosen !== undefined) return structuredClone(chosen['const'])
    const allowed = allowedValues(active)
    if (allowed !== null) return choices.oneOf(allowed)
    const type = active.map((schema) => schema['type']).find((word) => typeof word === 'string')
    switch (type) {
      case 'object':
        return object(schemas)
      case 'array':
        return array(active, name)
      case 'boolean':
        return choices.chance(50)
      case 'integer':
      case 'number':
        return number(active, type === 'integer')
      case undefined:
      default:
        return text(active, name)
    }
  }

  function object(schemas: readonly unknown[]): Record<string, unknown> {
    const made: Record<string, unknown> = {}
    const left = new Set<string>()
    // What one field is decides whether the next is asked for, so the conditions are looked at again and again.
    for (let pass = 0; pass < 3; pass += 1) {
      for (const name of namesIn(layersOf(schemas, made))) {
        const active = layersOf(schemas, made)
        const inner = active.flatMap((schema) => propertyOf(schema, name))
        const refused = inner.some((schema) => schema === false || schema === NOTHING)
        if (refused) delete made[name]
        if (refused || Object.hasOwn(made, name)) continue
        if (!isRequired(active, name) && (left.has(name) || !choices.chance(OPTIONAL_PERCENT))) left.add(name)
        else made[name] = make(inner, name)
      }
    }
    return made
  }

  function layersOf(schemas: readonly unknown[], value: unknown): Schema[] {
    return schemas.flatMap((schema) => layers.of(schema, value))
  }

  function array(active: readonly Schema[], name: string): unknown[] {
    const least = Math.max(0, ...numbersOf(active, 'minItems'))
    const most = Math.min(least + 2, ...numbersOf(active, 'maxItems'))
    const items = active.flatMap((schema) => (schema['items'] === undefined ? [] : [schema['items']]))
    const wanted = active.flatMap((schema) => (schema['contains'] === undefined ? [] : [schema['contains']]))
    const made = wanted.map((schema) => make([schema, ...items], name))
    const length = Math.max(least, made.length, least + choices.pick(most - least + 1))
    const unique = active.some((schema) => schema['uniqueItems'] === true)
    for (let tries = 0; made.length < length && tries < 40; tries += 1) {
      const entry = make(items, name)
      if (!unique || !made.includes(entry)) made.push(entry)
    }
    return made
  }

  function number(active: readonly Schema[], whole: boolean): number {
    const least = Math.max(
      ...numbersOf(active, 'minimum'),
      ...numbersOf(active, 'exclusiveMinimum').map((bound) => (whole ? bound + 1 : bound + 0.5)),
    )
    const most = Math.min(
      ...numbersOf(active, 'maximum'),
      ...numbersOf(active, 'exclusiveMaximum').map((bound) => (whole ? bound - 1 : bound - 0.5)),
    )
    if (choices.chance(10)) return least
    if (choices.chance(10)) return most
    // Small numbers are likelier in life than great ones.
    const span = choices.chance(60) ? Math.min(20, most - least) : most - least
    const value = least + choices.pick(Math.floor(span) + 1)
    return whole || value + 0.5 > most || choices.chance(50) ? value : value + 0.5
  }

  function text(active: readonly Schema[], name: string): string {
    const examples = active.flatMap(({ examples: list }) => (Array.isArray(list) ? (list as unknown[]) : []))
    const patterns = active.flatMap(({ pattern }) => (typeof pattern === 'string' ? [pattern] : []))
    const formats = active.flatMap(({ format }) => (typeof format === 'string' ? [format] : []))
    const special = formats.filter((format) => !GENERAL.has(format))
    const least = Math.max(0, ...numbersOf(active, 'minLength'))
    const most = Math.min(4000, ...numbersOf(active, 'maxLength'))
    const title = active.map((schema) => schema['title']).find((word) => typeof word === 'string') ?? name
    if (patterns.length > 0) {
      const fitting = examples.filter((one) => patterns.every((pattern) => new RegExp(pattern, 'u').test(String(one))))
      if (fitting.length > 0 && choices.chance(40)) return String(choices.oneOf(fitting))
      for (let tries = 0; tries < 60; tries += 1) {
        const made = textFitting(patterns.at(-1) ?? '', choices.pick)
        const fits = patterns.every((pattern) => new RegExp(pattern, 'u').test(made))
        if (fits && made.length >= least && made.length <= most) return made
      }
    }
    const [format = formats[0] ?? 'line'] = special
    if (special.length === 0 && examples.length > 0 && choices.chance(70)) return String(choices.oneOf(examples))
    const made = textOf(format, choices, name, title)
    if (!GENERAL.has(format)) return made
    return made.slice(0, most).padEnd(least, '示例')
  }

  return { make }
}

/** The values that every code table and enum among these allows; null where there is none. */
function allowedValues(active: readonly Schema[]): readonly unknown[] | null {
  const lists = active.flatMap((schema) => {
    if (Array.isArray(schema['enum'])) return [schema['enum'] as unknown[]]
    return isCodeTable(schema['oneOf']) ? [schema['oneOf'].map((row) => row['const'])] : []
  })
  const [first, ...others] = lists
  if (first === undefined) return null
  const common = first.filter((value) => others.every((list) => list.includes(value)))
  return common.length > 0 ? common : first
}

function numbersOf(active: readonly Schema[], keyword: string): number[] {
  return active.map((schema) => schema[keyword]).filter((value) => typeof value === 'number')
}

function namesIn(active: readonly Schema[]): Set<string> {
  return new Set(active.flatMap((schema) => (isObject(schema['properties']) ? Object.keys(schema['properties']) : [])))
}

function propertyOf(schema: Schema, name: string): unknown[] {
  const { properties } = schema
  return isObject(properties) && Object.hasOwn(properties, name) ? [properties[name]] : []
}

function isRequired(active: readonly Schema[], name: string): boolean {
  return active.some(({ required }) => Array.isArray(required) && required.includes(name))
}

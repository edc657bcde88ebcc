// Finds a field's names and code table in a bundled schema, by the JSON Pointer to it in a body.

import type { Sentence } from '../domain/words.ts'
import { isCodeTable } from './compile.ts'
import { isObject } from './schemas.ts'
import type { Schema } from './schemas.ts'

export interface Field {
  /** What people call it: the titles from the outermost named part down, joined. */
  readonly name: Sentence
  /** Labels of its code table by code; null if it has none. */
  readonly labels: ReadonlyMap<unknown, Sentence> | null
}

export interface Fields {
  /** `body` decides between branches (person or organization); a pointer that the schema does not know gets its last step as name. */
  find(path: readonly string[], body: unknown): Field
}

/** The steps of a JSON Pointer (RFC 6901), unescaped. */
export function stepsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

export function pointerOf(steps: readonly string[]): string {
  return steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

// Holds all others, and would be noise in front of every field's name.
const SILENT = 'form'

export function openFields(bundle: Schema): Fields {
  const defs = isObject(bundle['$defs']) ? bundle['$defs'] : {}

  /** The schema itself and every schema that holds for the same value: its $ref, its branches. Nearest first. */
  function layers(schema: unknown, value: unknown): Schema[] {
    if (!isObject(schema)) return []
    const found: Schema[] = [schema]
    const reference = schema['$ref']
    if (typeof reference === 'string') found.push(...layers(defs[reference.slice('#/$defs/'.length)], value))
    if (isObject(schema['if']))
      found.push(...layers(holds(schema['if'], value) ? schema['then'] : schema['else'], value))
    if (Array.isArray(schema['allOf'])) for (const part of schema['allOf']) found.push(...layers(part, value))
    return found
  }

  function next(schemas: readonly Schema[], step: string, value: unknown): Schema[] {
    return schemas.flatMap((schema) => {
      const properties = schema['properties']
      if (isObject(properties) && Object.hasOwn(properties, step)) return layers(properties[step], value)
      return /^[0-9]+$/.test(step) && schema['items'] !== undefined ? layers(schema['items'], value) : []
    })
  }

  return {
    find(path, body) {
      let value: unknown = body
      let schemas = layers(bundle, value)
      const zh: string[] = []
      const en: string[] = []
      for (const [depth, step] of path.entries()) {
        value = child(value, step)
        schemas = next(schemas, step, value)
        const last = depth === path.length - 1
        if (/^[0-9]+$/.test(step) && zh.length > 0) {
          zh.push(`${zh.pop() ?? ''}第 ${Number(step) + 1} 项`)
          en.push(`${en.pop() ?? ''} ${Number(step) + 1}`)
        } else if (last || depth > 0 || step !== SILENT) {
          zh.push(wordOf(schemas, 'title') ?? shortened(step))
          en.push(wordOf(schemas, 'x-title-en') ?? shortened(step))
        }
      }
      return { name: { zh: zh.join('·') || '提交内容', en: en.join(' · ') || 'Submission' }, labels: labelsOf(schemas) }
    },
  }
}

/** Whether an `if` made of consts and enums over properties holds; other conditions count as held. */
function holds(condition: Schema, value: unknown): boolean {
  const properties = condition['properties']
  if (!isObject(properties)) return true
  return Object.entries(properties).every(([name, rule]) => {
    if (!isObject(rule)) return true
    const actual = child(value, name)
    if (Object.hasOwn(rule, 'const')) return actual === rule['const']
    return Array.isArray(rule['enum']) ? rule['enum'].includes(actual) : true
  })
}

function child(value: unknown, step: string): unknown {
  if (Array.isArray(value)) return value[Number(step)] as unknown
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
}

function wordOf(schemas: readonly Schema[], keyword: string): string | undefined {
  for (const schema of schemas) if (typeof schema[keyword] === 'string') return schema[keyword]
  return undefined
}

function labelsOf(schemas: readonly Schema[]): ReadonlyMap<unknown, Sentence> | null {
  const table = schemas.map((schema) => schema['oneOf']).find(isCodeTable)
  if (table === undefined) return null
  return new Map(table.map((row) => [row['const'], { zh: String(row['title']), en: String(row['x-title-en']) }]))
}

// A caller's own unknown name may be as long as the body.
export function shortened(name: string): string {
  return name.length <= 60 ? name : `${name.slice(0, 60)}…`
}

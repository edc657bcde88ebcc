// Finds a field's names and code table in a bundled schema, by the JSON Pointer to it in a body.

import type { Sentence } from '../domain/words.ts'
import { isCodeTable } from './compile.ts'
import { memberOf, openLayers } from './layers.ts'
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
  const layers = openLayers(bundle)

  return {
    find(path, body) {
      let value: unknown = body
      let schemas = layers.of(bundle, value)
      const zh: string[] = []
      const en: string[] = []
      for (const [depth, step] of path.entries()) {
        value = memberOf(value, step)
        schemas = layers.next(schemas, step, value)
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

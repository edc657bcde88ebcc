// Keeps count of where the keywords of a schema stand, and of those that inputs have kept and broken.

import type { ErrorObject } from 'ajv/dist/2020.js'
import { isCodeTable } from '../../src/catalogue/compile.ts'
import { pointerOf } from '../../src/catalogue/fields.ts'
import { placesIn } from '../../src/catalogue/generate.ts'
import { isObject } from '../../src/catalogue/schemas.ts'
import type { Schema } from '../../src/catalogue/schemas.ts'

/** `where it stands` → `keyword`, as `#/$defs/person/properties/name/maxLength`. */
export interface KeywordPlaces {
  /** `bundle` as the catalogue gives it, `compiled` as the validator has it: both count as the same places. */
  add(bundle: Schema, compiled: Schema): void
  /** What an accepted body has kept. */
  keep(bundle: Schema, body: unknown): void
  /** Counts what a refused body has broken; true where that is news. */
  breakBy(errors: readonly ErrorObject[]): boolean
  readonly all: ReadonlySet<string>
  readonly state: (place: string) => PlaceState
}

/**
 * `with-others`: of a field that decides what else is asked for; what depends on it goes wrong with it. Anywhere else an
 * input is missed that has no other mistake.
 */
export type PlaceState = 'alone' | 'with-others' | 'never kept' | 'never broken' | 'never broken alone'

// Words for people, containers whose members are looked at themselves, and conditions, which refuse nothing.
const NO_RULES = new Set(
  (
    'title description examples x-title-en x-description-en x-order x-hint x-hint-en x-materials $schema $id $defs ' +
    'properties items allOf $ref if then else'
  ).split(' '),
)
// Bounds that nothing lies below ask for nothing.
const OPEN_BOUNDS = new Set(['minLength', 'minItems'])

export function openKeywordPlaces(): KeywordPlaces {
  const [all, kept, broken, alone] = [new Set<string>(), new Set<string>(), new Set<string>(), new Set<string>()]
  // Names of the fields that some condition looks at.
  const deciding = new Set<string>()
  // The field that was told of when a place was broken.
  const fieldAt = new Map<string, string>()
  const pathOf = new Map<unknown, string>()

  function walk(schema: unknown, path: string, each: (schema: Schema, path: string) => void): void {
    if (!isObject(schema)) return
    each(schema, path)
    for (const [name, inner] of Object.entries(schema)) {
      if (name === 'properties' || name === '$defs') {
        for (const [key, member] of Object.entries(isObject(inner) ? inner : {})) {
          // A form with a city's own fields is the catalogue's in all the others.
          walk(member, `${path}/${name}/${name === '$defs' ? key.replace(/@.*/, '') : key}`, each)
        }
      } else if (name === 'allOf' && Array.isArray(inner)) {
        for (const [index, part] of inner.entries()) walk(part, `${path}/allOf/${index}`, each)
      } else if (name === 'items' || name === 'then' || name === 'else') walk(inner, `${path}/${name}`, each)
    }
  }

  function rulesOf(schema: Schema): string[] {
    const own = Object.keys(schema).filter(
      (name) => !NO_RULES.has(name) && !(OPEN_BOUNDS.has(name) && schema[name] === 0),
    )
    return own.map((name) => (name === 'oneOf' && isCodeTable(schema[name]) ? 'enum' : name))
  }

  function refusedBy(schema: Schema): string[] {
    const { properties } = schema
    return isObject(properties) ? Object.keys(properties).filter((name) => properties[name] === false) : []
  }

  function placesOf(schema: Schema): string[] {
    const path = pathOf.get(schema) ?? ''
    return [
      ...rulesOf(schema).map((rule) => `${path}/${rule}`),
      ...refusedBy(schema).map((name) => `${tailOf(path)}/properties/${name}/not-allowed`),
    ]
  }

  function placeOf({ keyword, parentSchema, schema, schemaPath }: ErrorObject): string {
    if (keyword === 'false schema') return `${tailOf(schemaPath).replace(/\/false schema$/, '')}/not-allowed`
    return `${pathOf.get(parentSchema ?? schema) ?? schemaPath}/${keyword}`
  }

  return {
    add(bundle, compiled) {
      walk(compiled, '#', (schema, path) => {
        pathOf.set(schema, path)
        // Rules of our own report their value, not the schema that it stands in.
        for (const [name, value] of Object.entries(schema)) if (name.startsWith('x-')) pathOf.set(value, path)
      })
      walk(bundle, '#', (schema, path) => {
        pathOf.set(schema, path)
        for (const place of placesOf(schema)) all.add(place)
        namesIn(schema['if'], deciding)
      })
    },
    keep(bundle, body) {
      for (const { schemas } of placesIn(bundle, body)) {
        for (const schema of schemas) for (const place of placesOf(schema)) kept.add(place)
      }
    },
    breakBy(errors) {
      const told = errors.filter(({ keyword }) => keyword !== 'if')
      const single = new Set(told.map(fieldOf)).size === 1
      const news = told
        .map((error) => ({ place: placeOf(error), field: fieldOf(error) }))
        .filter(({ place }) => !broken.has(place) || (single && !alone.has(place)))
      for (const { place, field } of news) {
        broken.add(place)
        fieldAt.set(place, field)
        if (single) alone.add(place)
      }
      return news.length > 0
    },
    all,
    state(place) {
      if (!broken.has(place)) return 'never broken'
      if (!kept.has(place)) return 'never kept'
      if (alone.has(place)) return 'alone'
      return (fieldAt.get(place) ?? '').split('/').some((step) => deciding.has(step))
        ? 'with-others'
        : 'never broken alone'
    },
  }
}

/** Errors about what must not be there name their place within the document that it stands in. */
function tailOf(path: string): string {
  return path.replace(/^#(\/\$defs\/[^/]+)?/, '…')
}

function fieldOf({ instancePath, keyword, params }: ErrorObject): string {
  const found: Record<string, unknown> = params
  const name = found['missingProperty'] ?? found['additionalProperty'] ?? (keyword.startsWith('x-') && found['field'])
  return typeof name === 'string' ? instancePath + pointerOf([name]) : instancePath
}

function namesIn(condition: unknown, found: Set<string>): void {
  if (Array.isArray(condition)) for (const part of condition) namesIn(part, found)
  if (!isObject(condition)) return
  if (isObject(condition['properties'])) for (const name of Object.keys(condition['properties'])) found.add(name)
  if (Array.isArray(condition['required'])) for (const name of condition['required']) found.add(String(name))
  for (const inner of Object.values(condition)) namesIn(inner, found)
}

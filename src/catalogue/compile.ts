// Compiles a bundled schema into a validator that changes nothing and reports every mistake.

import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ValidateFunction } from 'ajv/dist/2020.js'
import type { Formats } from './formats.ts'
import { guardianUnder, NOT_BEFORE } from './keywords.ts'
import { isObject } from './schemas.ts'

// Left out of what is compiled: nobody reads them in an error's schema, the bundle has them all.
const SPOKEN = new Set([
  'title',
  'description',
  'examples',
  'x-title-en',
  'x-description-en',
  'x-order',
  '$schema',
  '$id',
])

// Keywords whose value has names of properties as keys, and schemas or plain values below them.
const NAMING = new Set(['properties', '$defs'])
const PLAIN = new Set(['dependentRequired', 'x-not-before', 'x-guardian-under', 'const', 'enum'])

/**
 * Compiles for use on requests; whether it is a schema at all is not asked here (see `openSchemaProof`).
 * Each validator has an Ajv of its own: ajv never lets go of what it compiled, and a dropped validator should be.
 * Throws an Error where the schema is not strict or names an unknown format.
 */
export function compileSchema(bundle: Readonly<Record<string, unknown>>, formats: Formats): ValidateFunction {
  return strictAjv(formats).compile(compact(bundle) as Record<string, unknown>)
}

/** Says what keeps a document from being a schema, null if nothing does. Compiles the meta-schema once: slow at first. */
export function openSchemaProof(): (document: Readonly<Record<string, unknown>>) => string | null {
  const ajv = new Ajv2020({ strict: false, meta: true, logger: false })
  return (document) => (ajv.validateSchema(document) === true ? null : ajv.errorsText(ajv.errors))
}

/** For the conditions of materials, which look at a part of the body without repeating its types. */
export function compileCondition(condition: object): ValidateFunction {
  const ajv = new Ajv2020({ ...SETTINGS, strictTypes: false, allErrors: false, verbose: false })
  return ajv.compile(condition)
}

const SETTINGS = {
  strict: true,
  strictTuples: false,
  strictRequired: false,
  allErrors: true,
  verbose: true, // errors then carry the value and the schema, which the sentences are made from
  coerceTypes: false,
  removeAdditional: false,
  useDefaults: false,
  meta: false,
  validateSchema: false,
  code: { optimize: false },
  logger: false,
} as const

function strictAjv(formats: Formats): Ajv2020 {
  const ajv = new Ajv2020(SETTINGS)
  for (const annotation of ['x-title-en', 'x-description-en', 'x-order', 'x-hint', 'x-hint-en']) {
    ajv.addKeyword(annotation)
  }
  ajv.addKeyword(NOT_BEFORE)
  ajv.addKeyword(guardianUnder(formats.today))
  for (const [name, check] of formats.checks) {
    ajv.addFormat(name, { type: 'string', validate: (text) => check(text) === null })
  }
  return ajv
}

/** The schema without its words for people, and code tables (`oneOf` of labelled consts) as `enum`: one comparison, one error. */
function compact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(compact)
  if (!isObject(value)) return value
  const copy: Record<string, unknown> = {}
  for (const [key, entry] of Object.entries(value)) {
    if (PLAIN.has(key)) copy[key] = entry
    else if (SPOKEN.has(key)) continue
    else if (NAMING.has(key) && isObject(entry)) copy[key] = mapped(entry)
    else if (key === 'oneOf' && isCodeTable(entry)) copy['enum'] = entry.map((row) => row['const'])
    else copy[key] = compact(entry)
  }
  return copy
}

function mapped(schemas: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, compact(schema)]))
}

/** Whether a `oneOf` is a code table: nothing but labelled consts. */
export function isCodeTable(value: unknown): value is Record<string, unknown>[] {
  return Array.isArray(value) && value.length > 0 && value.every((row) => isObject(row) && Object.hasOwn(row, 'const'))
}

// Checks a body against everything that an item asks for, and a city's result against its answer schema.

import { createHash } from 'node:crypto'
import type { ValidateFunction } from 'ajv/dist/2020.js'
import { LRUCache } from 'lru-cache'
import type { FieldError } from '../domain/fault.ts'
import type { Item } from '../domain/item.ts'
import { compileSchema } from './compile.ts'
import { answerId, bodyDocument } from './documents.ts'
import { openFields } from './fields.ts'
import type { Fields } from './fields.ts'
import type { Formats } from './formats.ts'
import { openGuardianCheck } from './guardians.ts'
import { openMaterialCheck } from './materials.ts'
import type { MaterialCheck } from './materials.ts'
import type { Schemas } from './schemas.ts'
import { describeErrors } from './sentences.ts'
import type { Variant } from './variants.ts'

/** More are not told at once: nobody mends more than a page of them. */
export const ERRORS_MAX = 20

// Two for each of the 117 items, and room for those that follow. What falls out is compiled again when asked for.
const COMPILED_MAX = 400

export interface Findings {
  readonly errors: readonly FieldError[]
  /** There were more than ERRORS_MAX. */
  readonly more: boolean
}

export interface Validation {
  /** Null if the body fits. Nothing in it is ever changed. */
  checkBody(variant: Variant, body: unknown): Findings | null
  /** Null if the result fits, or the item has no answer schema. */
  checkAnswer(item: Item, result: unknown): Findings | null
  /** Bundles and compiles all that the item needs. Throws an Error where something does not compile. */
  prepare(variant: Variant): void
  /** SHA-256 (base64url) of the document that bodies of this item are checked against. */
  bodyDigest(variant: Variant): string
  bodySchema(variant: Variant): Record<string, unknown>
  answerSchema(item: Item): Record<string, unknown> | null
  bodyFields(variant: Variant): Fields
}

/** A schema made ready: bundled once, compiled when first used. */
interface Ready {
  readonly document: Record<string, unknown>
  readonly digest: string
  readonly fields: Fields
}

interface ReadyBody extends Ready {
  readonly materials: MaterialCheck
  readonly guardian: (body: unknown) => FieldError[]
}

export function openValidation(options: { readonly schemas: Schemas; readonly formats: Formats }): Validation {
  const { schemas, formats } = options
  const compiled = new LRUCache<string, ValidateFunction>({ max: COMPILED_MAX })
  const bodies = new LRUCache<string, ReadyBody>({ max: COMPILED_MAX })
  const answers = new LRUCache<string, Ready>({ max: COMPILED_MAX })

  function bodyOf(variant: Variant): ReadyBody {
    const known = bodies.get(variant.key)
    if (known !== undefined) return known
    const body = {
      ...ready(bodyDocument(variant, schemas)),
      materials: openMaterialCheck(variant.item),
      guardian: openGuardianCheck(variant.item, formats.today),
    }
    bodies.set(variant.key, body)
    return body
  }

  function answerOf(item: Item): Ready | null {
    const known = answers.get(item.code)
    if (known !== undefined) return known
    const id = answerId(item)
    if (schemas.find(id) === null) return null
    const answer = ready(schemas.bundle(id))
    answers.set(item.code, answer)
    return answer
  }

  function validatorOf({ document, digest }: Ready): ValidateFunction {
    const known = compiled.get(digest)
    if (known !== undefined) return known
    const { 'x-materials': _, 'x-guardian-needed-under': _years, ...schema } = document
    const validate = compileSchema(schema, formats)
    compiled.set(digest, validate)
    return validate
  }

  function findingsOf(validate: ValidateFunction, fields: Fields, body: unknown): Findings {
    return describeErrors(validate.errors ?? [], { fields, formats, body, limit: ERRORS_MAX })
  }

  return {
    checkBody(variant, body) {
      const prepared = bodyOf(variant)
      const validate = validatorOf(prepared)
      const fits = validate(body)
      const beside = [...prepared.guardian(body), ...prepared.materials(body)]
      if (fits && beside.length === 0) return null
      const found = fits ? { errors: [], more: false } : findingsOf(validate, prepared.fields, body)
      const errors = [...found.errors, ...beside]
      return { errors: errors.slice(0, ERRORS_MAX), more: found.more || errors.length > ERRORS_MAX }
    },
    checkAnswer(item, result) {
      const prepared = answerOf(item)
      if (prepared === null) return null
      const validate = validatorOf(prepared)
      return validate(result) ? null : findingsOf(validate, prepared.fields, result)
    },
    prepare(variant) {
      validatorOf(bodyOf(variant))
      const answer = answerOf(variant.item)
      if (answer !== null) validatorOf(answer)
    },
    bodyDigest: (variant) => bodyOf(variant).digest,
    bodySchema: (variant) => bodyOf(variant).document,
    answerSchema: (item) => answerOf(item)?.document ?? null,
    bodyFields: (variant) => bodyOf(variant).fields,
  }
}

function ready(document: Record<string, unknown>): Ready {
  const digest = createHash('sha256').update(JSON.stringify(document)).digest('base64url')
  return { document, digest, fields: openFields(document) }
}

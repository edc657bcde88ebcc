// Names the schema documents of an item, and joins its form with the envelope that every submission has.

import type { Item } from '../domain/item.ts'
import { guardianUnder } from './guardians.ts'
import { consentSchema } from './consent.ts'
import { isObject, SCHEMA_BASE } from './schemas.ts'
import type { Schema, Schemas } from './schemas.ts'
import type { Variant } from './variants.ts'

const ENVELOPE = `${SCHEMA_BASE}parts/submission.json`

export function formId(item: Item): string {
  return `${SCHEMA_BASE}items/${item.domain}/${item.code}.json`
}

export function answerId(item: Item): string {
  return `${SCHEMA_BASE}answers/${item.code}.json`
}

/**
 * One document for the whole body: the envelope, with the item's form and those who may apply for it.
 * `x-materials` repeats the item's list of materials and `x-guardian-needed-under` the age, so that the document's digest covers
 * all that is checked.
 */
export function bodyDocument({ item, key, formId: form }: Variant, schemas: Schemas): Record<string, unknown> {
  const envelope = schemas.find(ENVELOPE)
  if (envelope === null) throw new Error(`no schema has the $id ${ENVELOPE}`)
  const properties = isObject(envelope['properties']) ? envelope['properties'] : {}
  const document = schemas.bundleOf({
    ...envelope,
    title: item.name.zh,
    'x-title-en': item.name.en,
    properties: {
      ...properties,
      applicant: applicantOf(item, properties['applicant']),
      ...(item.consent === undefined ? {} : { consent: consentSchema(item.consent) }),
      form: { title: '表单', 'x-title-en': 'Form', $ref: form },
    },
    ...(item.consent === undefined ? {} : withConsent(envelope)),
  })
  // Named by the item, so that twelve bodies can stand in one OpenAPI document.
  const years = guardianUnder(item)
  return {
    ...document,
    $id: `${SCHEMA_BASE}bodies/${key}.json`,
    'x-materials': item.materials,
    ...(years === null ? {} : { 'x-guardian-needed-under': years }),
  }
}

function withConsent(envelope: Schema): Schema {
  const [order, required] = [envelope['x-order'], envelope['required']].map((list) => (Array.isArray(list) ? list : []))
  return { 'x-order': [...(order ?? []), 'consent'], required: [...(required ?? []), 'consent'] }
}

function applicantOf(item: Item, either: unknown): unknown {
  if (item.applicantType === 'both') return either
  return { title: '申请人', 'x-title-en': 'Applicant', $ref: `${item.applicantType}.json` }
}

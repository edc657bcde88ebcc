// Words for writing down JSON Schemas, each description in both languages.

import type { Sentence } from '../domain/words.ts'

export type Schema = Readonly<Record<string, unknown>>

export const componentRef = (name: string): { readonly $ref: string } => ({ $ref: `#/components/schemas/${name}` })

export const inBoth = ({ zh, en }: Sentence): string => `${zh}\n\n${en}`

export const said = (zh: string, en: string): string => `${zh} · ${en}`
export const text = (zh: string, en: string): Schema => ({ type: 'string', description: said(zh, en) })
export const count = (zh: string, en: string): Schema => ({ type: 'integer', minimum: 0, description: said(zh, en) })
export const moment = (zh: string, en: string): Schema => ({
  type: 'string',
  format: 'date-time',
  description: said(zh, en),
})
export const oneOf = (values: readonly string[], zh: string, en: string): Schema => ({
  type: 'string',
  enum: values,
  description: said(zh, en),
})
export const list = (entry: Schema, zh: string, en: string): Schema => ({
  type: 'array',
  items: entry,
  description: said(zh, en),
})
/** A reference has no type of its own to widen, and an enumeration must name null among its values. */
export function orNull(schema: Schema): Schema {
  if ('$ref' in schema) return { anyOf: [schema, { type: 'null' }] }
  const { type, ...more } = schema
  const values = schema['enum']
  return { ...more, type: [type, 'null'], ...(Array.isArray(values) ? { enum: [...(values as string[]), null] } : {}) }
}
export const localized = (zh: string, en: string): Schema => ({
  ...componentRef('Sentence'),
  description: said(zh, en),
})

/** All members are always there but those named in `optional`. */
export function object(
  title: string,
  properties: Readonly<Record<string, Schema>>,
  optional: readonly string[] = [],
): Schema {
  return {
    title,
    type: 'object',
    properties,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
  }
}

export const page = (
  title: string,
  plural: string,
  entry: string,
  more: Readonly<Record<string, Schema>> = {},
): Schema =>
  object(title, {
    ...more,
    [plural]: { type: 'array', items: componentRef(entry) },
    next: orNull(text('下一页的 after 值，没有下一页时为 null', 'The after of the next page, null at the end')),
  })

export const telephone = text('电话', 'Telephone number')
export const city = text('城市标识', 'Key of a city')

// Fuxin's dictionary: the tag and the kind of each member of a form or a result, as docs/wire/fuxin-dictionary.tsv lists them.

import table from './fuxin-dictionary.json' with { type: 'json' }
import type { FieldKind } from './field-kinds.ts'

export interface Field {
  readonly name: string
  readonly tag: string
  readonly kind: FieldKind
  readonly zh: string
}

/** Sorted by name, each name and each tag once; the rows of the file are name, tag, kind and Chinese words. */
export const DICTIONARY: readonly Field[] = table.map((row) => {
  const [name, tag, kind, zh] = row as [string, string, FieldKind, string]
  return { name, tag, kind, zh }
})

export const BY_NAME: ReadonlyMap<string, Field> = new Map(DICTIONARY.map((field) => [field.name, field]))
export const BY_TAG: ReadonlyMap<string, Field> = new Map(DICTIONARY.map((field) => [field.tag, field]))

// Fushun's dictionary: the tag and the type of each member of a form or an answer, as docs/wire/fushun.md lists them.

import table from './fushun-dictionary.json' with { type: 'json' }

/** S text, D date, M month, T date-time, B boolean, N number, A amount in fen, O object, L list. */
export type FieldType = 'S' | 'D' | 'M' | 'T' | 'B' | 'N' | 'A' | 'O' | 'L'

export interface Field {
  readonly name: string
  readonly tag: string
  readonly type: FieldType
  readonly zh: string
}

/** Sorted by name, each name and each tag once; the rows of the file are name, tag, type and Chinese words. */
export const DICTIONARY: readonly Field[] = table.map((row) => {
  const [name, tag, type, zh] = row as [string, string, FieldType, string]
  return { name, tag, type, zh }
})

export const BY_NAME: ReadonlyMap<string, Field> = new Map(DICTIONARY.map((field) => [field.name, field]))
export const BY_TAG: ReadonlyMap<string, Field> = new Map(DICTIONARY.map((field) => [field.tag, field]))

// What kind of value each name in a form or an answer carries, however deep: the cities' own reading of the schemas.

import table from './field-kinds.json' with { type: 'json' }

export type FieldKind = 'text' | 'date' | 'month' | 'time' | 'amount' | 'flag' | 'number' | 'list' | 'object'

const KINDS: ReadonlyMap<string, string> = new Map(Object.entries(table))

/**
 * The kind of a field by our name. The file lists what is not text: no name has two kinds among all forms (with what the
 * cities ask besides) and answers; what it does not list, a field that only one city knows among them, is text.
 */
export function kindOf(name: string): FieldKind {
  return (KINDS.get(name) as FieldKind | undefined) ?? 'text'
}

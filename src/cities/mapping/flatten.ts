// Flattens a mapped form into the keys of a form-encoded body: a dot before each member, an index after each list.

import type { Tree } from '../mapping.ts'

/**
 * `form.a.b`, `form.list[0].x`, each with its value as text, in order. A list without entries is `form.list[]`, an object without
 * members `form.a{}`, both with an empty text; a text that is empty is left out.
 */
export function flatten(tree: Tree, key: string): readonly (readonly [key: string, value: string])[] {
  if (typeof tree !== 'object') return tree === '' ? [] : [[key, String(tree)]]
  if (Array.isArray(tree)) {
    const entries = tree as readonly Tree[]
    return entries.length === 0 ? [[`${key}[]`, '']] : entries.flatMap((entry, at) => flatten(entry, `${key}[${at}]`))
  }
  const members = Object.entries(tree)
  return members.length === 0 ? [[`${key}{}`, '']] : members.flatMap(([name, one]) => flatten(one, `${key}.${name}`))
}

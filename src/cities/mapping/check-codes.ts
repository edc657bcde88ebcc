// Finds code tables that could not be read back, or that no field has a use for.

import type { FieldUse, Say } from '../check-mapping.ts'
import type { Fields, MappingConfig } from '../mapping.ts'

/** A table's field carries text, its values are the field's, and each of theirs stands for one of ours. */
export function checkCodes(
  { codes = {} }: MappingConfig,
  { kinds }: Fields,
  uses: ReadonlyMap<string, FieldUse>,
  say: Say,
): void {
  for (const [name, table] of Object.entries(codes)) {
    const kind = kinds.get(name) ?? 'text'
    if (kind !== 'text' && kind !== 'texts') {
      say(['codes', name], `${name} 是 ${kind}，不能用代码表`, `${name} is ${kind}: it can have no codes`)
    }
    const values = uses.get(name)?.values ?? null
    const oursOf = new Map<string, string>()
    // What the table does not name is written as it is.
    for (const value of values ?? []) if (!Object.hasOwn(table, value)) oursOf.set(value, value)
    for (const [ours, theirs] of Object.entries(table)) {
      if (values !== null && !values.has(ours)) {
        say(['codes', name, ours], `${name} 没有 ${ours} 这个值`, `${name} has no value ${ours}`)
      }
      const other = oursOf.get(theirs)
      oursOf.set(theirs, ours)
      if (other === undefined) continue
      say(
        ['codes', name, ours],
        `${theirs} 同时表示 ${other} 和 ${ours}`,
        `${theirs} stands for both ${other} and ${ours}`,
      )
    }
  }
}

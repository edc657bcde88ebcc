// Reads JSON as strictly as docs/wire/liaoyang.md wants it: no member twice, and whole numbers told from those written otherwise.

import { hasRepeatedMembers } from './json-members.ts'
import { isObject } from './shape.ts'
import { readUtf8 } from './wire.ts'

type ReadNumber = (name: string, value: unknown, context: { readonly source?: string }) => unknown

/**
 * The one object in the bytes, null if there is none or if a member stands twice in any object. A number with a fraction or an
 * exponent comes as a symbol that describes it, so that `1.0` and `1e3` do not pass for whole numbers.
 */
export function readStrictObject(bytes: Buffer): Readonly<Record<string, unknown>> | null {
  const text = readUtf8(bytes)
  if (text === null || bytes[0] === 0xef) return null
  const read: ReadNumber = (_, value, { source }) =>
    typeof value === 'number' && /[.eE]/.test(source!) ? Symbol(source) : value
  try {
    const value: unknown = JSON.parse(text, read as (name: string, value: unknown) => unknown)
    return isObject(value) && !hasRepeatedMembers(text) ? value : null
  } catch {
    return null
  }
}

// Reads a small body by its members, and names those that it does not know.

import type { FieldError } from '../domain/fault.ts'

/** Of anything that is no object: no members, and an error that says so. */
export function membersOf(
  value: unknown,
  known: readonly string[],
): { readonly members: Readonly<Record<string, unknown>>; readonly errors: FieldError[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { members: {}, errors: [{ pointer: '', rule: 'type', message: NO_OBJECT }] }
  }
  const list = known.join(', ')
  const errors = Object.keys(value)
    .filter((name) => !known.includes(name))
    .slice(0, 20)
    .map((name) => ({
      pointer: `/${name.slice(0, 60)}`,
      rule: 'additionalProperties',
      message: { zh: `只接受 ${list}。`, en: `Only ${list} are taken.` },
    }))
  return { members: value as Readonly<Record<string, unknown>>, errors }
}

const NO_OBJECT = { zh: '须为 JSON 对象。', en: 'Must be a JSON object.' }

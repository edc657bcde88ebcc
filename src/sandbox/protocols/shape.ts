// Says whether what came has the members that a protocol prescribes, and names the first that has not.

export type Shape =
  | { readonly kind: 'text'; readonly pattern: RegExp }
  | { readonly kind: 'integer' }
  | { readonly kind: 'any-object' }
  | { readonly kind: 'list'; readonly of: Shape; readonly entriesMax: number }
  | { readonly kind: 'object'; readonly required: Members; readonly optional: Members }

export type Members = Readonly<Record<string, Shape>>

export const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/
export const CASE_REFERENCE = /^([0-9]{8}-[0-9A-HJKMNP-TV-Z]{12})\.([a-z][a-z0-9-]{0,31})$/

export const text = (pattern: RegExp): Shape => ({ kind: 'text', pattern })
export const integer: Shape = { kind: 'integer' }
/** Any words without control characters, at most `charactersMax`. */
export const words = (charactersMax: number): Shape =>
  text(new RegExp(`^[^\\u0000-\\u001f\\u007f]{1,${charactersMax}}$`, 'u'))
export const list = (of: Shape, entriesMax: number): Shape => ({ kind: 'list', of, entriesMax })
export const object = (required: Members, optional: Members = {}): Shape => ({ kind: 'object', required, optional })
export const anyObject: Shape = { kind: 'any-object' }

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The path of the first place that does not fit (`/applicant/name`, '' = the whole), null if all fits. Unknown members do not fit. */
export function misfit(value: unknown, shape: Shape, at = ''): string | null {
  switch (shape.kind) {
    case 'text':
      return typeof value === 'string' && shape.pattern.test(value) ? null : at
    case 'integer':
      return Number.isSafeInteger(value) ? null : at
    case 'any-object':
      return isObject(value) ? null : at
    case 'list':
      if (!Array.isArray(value) || value.length > shape.entriesMax) return at
      return first(value.map((entry, place) => () => misfit(entry, shape.of, `${at}/${place}`)))
    case 'object': {
      if (!isObject(value)) return at
      const named = { ...shape.optional, ...shape.required }
      return first([
        ...Object.keys(value).map((key) => () => (Object.hasOwn(named, key) ? null : `${at}/${key}`)),
        ...Object.keys(shape.required).map((key) => () => (Object.hasOwn(value, key) ? null : `${at}/${key}`)),
        ...Object.keys(value).map((key) => () => misfit(value[key], named[key]!, `${at}/${key}`)),
      ])
    }
  }
}

function first(checks: readonly (() => string | null)[]): string | null {
  for (const check of checks) {
    const found = check()
    if (found !== null) return found
  }
  return null
}

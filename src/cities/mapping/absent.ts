// For cities in whose JSON an absent value is an absent member, never an empty text.

/** `value` without the members that are empty texts, however deep. */
export function withoutEmptyTexts(value: object): Readonly<Record<string, unknown>>
export function withoutEmptyTexts(value: unknown): unknown
export function withoutEmptyTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry: unknown) => withoutEmptyTexts(entry))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member !== '')
  return Object.fromEntries(members.map(([name, member]) => [name, withoutEmptyTexts(member)]))
}

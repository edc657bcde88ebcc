// For cities to which an empty text is no value: leaves such members out.

/** The tree without members that are empty texts, however deep. */
export function withoutEmptyTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyTexts)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member !== '')
  return Object.fromEntries(members.map(([name, member]) => [name, withoutEmptyTexts(member)]))
}

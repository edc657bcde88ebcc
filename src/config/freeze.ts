// Freezes a snapshot to its depth, so that no request can change what another one sees.

/** Freezes plain objects, arrays and what maps hold, in place; whatever else (functions, buffers) stays as it is. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (value instanceof Map) {
    for (const member of value.values()) deepFreeze(member)
    return Object.freeze(value)
  }
  const plain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
  if (!plain) return value
  Object.freeze(value)
  for (const member of Object.values(value)) deepFreeze(member)
  return value
}

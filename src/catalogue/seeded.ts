// Choices that look random and are the same for the same seed, so that whoever has the seed has the sample.

export interface Choices {
  /** A whole number from 0 below `below`. */
  readonly pick: (below: number) => number
  readonly oneOf: <Value>(values: readonly Value[]) => Value
  /** True in so many of a hundred cases. */
  readonly chance: (percent: number) => boolean
  readonly digits: (count: number) => string
}

export function choicesFor(seed: string): Choices {
  // FNV-1a, then mulberry32: small, even enough for samples, good for nothing secret.
  let state = 0x811c9dc5
  for (let index = 0; index < seed.length; index += 1) state = Math.imul(state ^ seed.charCodeAt(index), 0x01000193)

  function pick(below: number): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }

  return {
    pick,
    oneOf<Value>(values: readonly Value[]): Value {
      if (values.length === 0) throw new Error('nothing to choose from')
      return values[pick(values.length)] as Value
    },
    chance: (percent) => pick(100) < percent,
    digits: (count) => Array.from({ length: count }, () => pick(10)).join(''),
  }
}

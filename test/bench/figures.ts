// Turns measured slices into figures that hold on a noisy machine: medians of ratios within one round, with their range.

/** `share` of the sorted values lies below. What could not be measured (NaN) does not count; NaN for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).toSorted((one, other) => one - other)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** Median and the quarter of the values on either side of it. */
export interface Range {
  readonly median: number
  readonly low: number
  readonly high: number
}

export function rangeOf(values: readonly number[]): Range {
  return { median: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75) }
}

/** Of the values of one round to each other: what the machine did in the meantime befell both. */
export function ratioOf(values: readonly number[], base: readonly number[]): Range {
  return rangeOf(values.map((value, round) => value / (base[round] ?? Number.NaN)))
}

/** Fisher and Yates. A mirrored order instead would favour those in the middle. */
export function shuffled<Value>(values: readonly Value[], chance: () => number): Value[] {
  const order = [...values]
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(chance() * (at + 1))
    const [one, two] = [order[at] as Value, order[other] as Value]
    order[at] = two
    order[other] = one
  }
  return order
}

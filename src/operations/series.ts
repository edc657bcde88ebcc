// Counts and times things while requests run, in plain numbers; Prometheus' text is made of them when somebody asks.

/** One name with one row of numbers for each combination of label values. */
interface Named {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
}

export interface Counter {
  /** `values` are those of the labels, in their order. */
  add(...values: readonly string[]): void
  addMany(count: number, ...values: readonly string[]): void
  /** In Prometheus' text format 0.0.4, without a line feed at the end. */
  text(): string
}

export interface Histogram {
  observe(value: number, ...values: readonly string[]): void
  text(): string
}

/** No value of a label holds it: they are words of ours, routes and codes. */
const BETWEEN = '\u0000'

export function openCounter(named: Named): Counter {
  const counts = new Map<string, number>()
  function addMany(count: number, ...values: readonly string[]): void {
    const key = keyOf(values)
    counts.set(key, (counts.get(key) ?? 0) + count)
  }
  return {
    add: (...values) => addMany(1, ...values),
    addMany,
    text: () =>
      exposition(
        named,
        'counter',
        [...counts].map(([key, count]) => `${named.name}${braced(named, key)} ${count}`),
      ),
  }
}

interface Observed {
  /** How many fell into each bucket and not into the one before; the last is for all that is greater. */
  readonly counts: number[]
  sum: number
}

/** `bounds` are the upper bounds of the buckets, ascending. */
export function openHistogram(named: Named & { readonly bounds: readonly number[] }): Histogram {
  const { name, bounds } = named
  const rows = new Map<string, Observed>()

  function lines([key, { counts, sum }]: readonly [string, Observed]): string[] {
    let total = 0
    const buckets = counts.map((count, index) => {
      total += count
      return `${name}_bucket${braced(named, key, `le="${bounds[index] ?? '+Inf'}"`)} ${total}`
    })
    return [...buckets, `${name}_sum${braced(named, key)} ${sum}`, `${name}_count${braced(named, key)} ${total}`]
  }

  return {
    observe(value, ...values) {
      const key = keyOf(values)
      let row = rows.get(key)
      if (row === undefined) rows.set(key, (row = { counts: [...bounds, 0].map(() => 0), sum: 0 }))
      let bucket = 0
      while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++
      row.counts[bucket] = (row.counts[bucket] ?? 0) + 1
      row.sum += value
    },
    text: () => exposition(named, 'histogram', [...rows].flatMap(lines)),
  }
}

function keyOf(values: readonly string[]): string {
  let key = ''
  for (const value of values) key += value + BETWEEN
  return key
}

function exposition({ name, help }: Named, type: string, lines: readonly string[]): string {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join('\n')
}

function braced({ labels }: Named, key: string, ...first: readonly string[]): string {
  const values = key.split(BETWEEN)
  const pairs = [...first, ...labels.map((label, index) => `${label}="${escaped(values[index] ?? '')}"`)]
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

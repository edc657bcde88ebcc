// What a simulation finds to be broken, and what it has counted.

export interface Findings {
  /** A promise is broken: which one, and by what. */
  broken(promise: string, by: string): void
  readonly all: readonly string[]
  count(what: string): void
  readonly counts: ReadonlyMap<string, number>
}

export function openFindings(note: (line: string) => void): Findings {
  const all: string[] = []
  const counts = new Map<string, number>()
  return {
    broken(promise, by) {
      const line = `${promise}: ${by}`
      all.push(line)
      note(`BROKEN ${line}`)
    },
    all,
    count(what) {
      counts.set(what, (counts.get(what) ?? 0) + 1)
    },
    counts,
  }
}

// What searches of the audit log cost in processor time: of that other work on the machine takes little away.

import type { CountQuestion, RecordFilter } from '../../src/domain/audit.ts'
import { databaseFile, openForReading } from '../../src/store/database.ts'
import { openRecordCounts } from '../../src/store/record-counts.ts'
import { openFindingSearch } from '../../src/store/search-findings.ts'
import { openRecordSearch } from '../../src/store/search-records.ts'
import { openSearch } from '../../src/store/search.ts'
import type { Filled } from './fill-records.ts'

const TRIES = 40
const LIMIT = 50
const DAY_MS = 86_400_000

export interface Cost {
  readonly name: string
  /** Milliseconds of this thread's processor time. */
  readonly took: readonly number[]
}

function costOf(name: string, tries: number, doing: (at: number) => unknown): Cost {
  const took: number[] = []
  // The first one makes the statement.
  for (let at = -1; at < tries; at++) {
    const before = process.threadCpuUsage()
    doing(at + 1)
    const { user, system } = process.threadCpuUsage(before)
    if (at >= 0) took.push((user + system) / 1000)
  }
  return { name, took }
}

const asked = (name: string, value: string): Partial<RecordFilter> => ({
  [name]: name === 'from' || name === 'until' ? Date.parse(value) : value,
})

/** The same code as the thread that searches runs, over the same file. */
export function* searchCosts(dataDir: string, { filters, subjectKeys }: Filled): Generator<Cost> {
  const database = openForReading(databaseFile(dataDir))
  try {
    const find = openRecordSearch(database, openSearch(database))
    for (const [name, values] of Object.entries({ ...filters, subjectKey: subjectKeys })) {
      yield costOf(`first page by ${name}`, TRIES, (at) =>
        find({ ...asked(name, values[at % values.length] ?? ''), limit: LIMIT }),
      )
    }
    const findings = openFindingSearch(database)
    const settledBefore = Date.now()
    yield costOf('first page of intents without an outcome', 10, () =>
      findings({ finding: 'no-outcome', settledBefore, limit: LIMIT }),
    )
    yield costOf('a page of gaps', 10, () => findings({ finding: 'gap', settledBefore, limit: LIMIT }))
    const count = openRecordCounts(database)
    const year: CountQuestion = {
      by: ['city', 'outcome'],
      from: 0,
      until: Math.floor(Date.now() / DAY_MS) * DAY_MS,
      limit: 1000,
    }
    yield costOf('statistics of a year by city and outcome', 5, () => count(year))
    yield costOf('statistics of 30 days by hour', 5, () =>
      count({ ...year, by: ['hour'], from: year.until - 60 * DAY_MS, until: year.until - 30 * DAY_MS }),
    )
  } finally {
    database.close()
  }
}

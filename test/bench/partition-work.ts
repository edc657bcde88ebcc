// What the product does with records and case events, by its own code over one connection to PostgreSQL.

import type { RecordFilter } from '../../src/domain/audit.ts'
import { openEventWriter } from '../../src/store/write-events.ts'
import { openFeedReader } from '../../src/store/read-feed.ts'
import { openLogReader } from '../../src/store/read-log.ts'
import { openRecordReader } from '../../src/store/read-records.ts'
import { openSearch } from '../../src/store/search.ts'
import { openRecordSearch } from '../../src/store/search-records.ts'
import { openRetainer } from '../../src/store/write-retention.ts'
import type { PreparedTables } from '../../src/store/prepare-tables.ts'
import type { PostgresConnection } from '../../src/store/postgres/connection.ts'
import { postgresReading } from '../../src/store/postgres/reading.ts'
import { numbers } from './fill-records.ts'
import { caseNo, commitRecords, openWriting, recordAt, type Counts } from './fill-months.ts'
import { END, MONTH_STARTS, MONTHS } from './partition-forms.ts'

const LIMIT = 50
const DAY_MS = 86_400_000
const SAMPLES = 200
/** Records whose salts one step of retention looks at. */
const RETAINED = 5000

/** The same for each form, so that all answer the same questions. */
export interface Samples {
  readonly ids: readonly string[]
  readonly requestIds: readonly string[]
  readonly subjectKeys: readonly string[]
  readonly cases: readonly number[]
  readonly days: readonly number[]
  readonly newest: number
  readonly newestEvent: number
  /** Up to when the salts of some thousand records are too old. */
  readonly accessBefore: number
}

/** Of a form that is full. */
export function samplesOf(connection: PostgresConnection, { records, made, cases, copies }: Counts): Samples {
  const next = numbers(11)
  const some = <Value>(of: () => Value): Value[] => Array.from({ length: SAMPLES }, of)
  const record = connection.prepare('SELECT id, request_id, time FROM records WHERE position = ?')
  const subject = connection.prepare('SELECT subject_key FROM subjects WHERE subject_id = ?')
  const rows = some(() => record.get(next(records) + 1) ?? {})
  const subjects = Number(connection.send('SELECT count(*) AS count FROM subjects').rows[0]?.['count'])
  return {
    ids: rows.map((row) => String(row['id'])),
    requestIds: rows.map((row) => String(row['request_id'])),
    subjectKeys: some(() => String(subject.get(next(subjects) + 1)?.['subject_key'])),
    cases: some(() => next(cases * copies) + 1),
    days: some(() => (MONTH_STARTS[next(MONTHS - 1)] ?? 0) + next(20) * DAY_MS),
    newest: records,
    newestEvent: Number(connection.send('SELECT max(position) AS last FROM case_events').rows[0]?.['last']),
    accessBefore: Number(record.get(Math.min(RETAINED, Math.ceil(made / 2)))?.['time']),
  }
}

export interface Work {
  /** By what they ask. Each gives its answer, by which the forms can be compared. */
  readonly reads: Readonly<Record<string, (at: number) => unknown>>
  /** A step of retention over the oldest records, rolled back, so that it can be taken again. */
  retain(): unknown
  /** In one transaction, at the end of the newest month. */
  insertRecords(count: number): void
  insertEvents(count: number): void
}

export function openWork(
  connection: PostgresConnection,
  prepared: PreparedTables,
  { samples, counts }: { readonly samples: Samples; readonly counts: Counts },
): Work {
  return { reads: openReads(connection, samples), ...openWrites(connection, prepared, samples, counts) }
}

function openReads(connection: PostgresConnection, samples: Samples): Work['reads'] {
  const reading = postgresReading(connection)
  const find = openRecordReader(reading)
  const list = openRecordSearch(reading, openSearch(reading))
  const log = openLogReader(reading)
  const feed = openFeedReader(reading)
  const of = <Value>(values: readonly Value[], at: number): Value => values[at % values.length] as Value
  const page = (filter: Omit<RecordFilter, 'limit'>) => reading.once(() => list({ ...filter, limit: LIMIT }))
  const week = (at: number) => ({ from: of(samples.days, at), until: of(samples.days, at) + 7 * DAY_MS })
  return {
    'a record by its id': (at) => reading.once(() => find(of(samples.ids, at))),
    'the 50 newest records': () => page({ after: samples.newest - LIMIT }),
    'the hashes of the 256 newest records, to be signed': () =>
      reading.once(() => log.tail(samples.newest - 256, 256).hashes.length),
    'a page of a week within one month': (at) => page(week(at)),
    'a page of an item within a week': (at) => page({ ...week(at), item: `item-${at % 117}` }),
    'a page of an actor within a week': (at) => page({ ...week(at), actor: `clerk-${at % 2000}` }),
    'a page of an item, all months': (at) => page({ item: `item-${at % 117}` }),
    'the records of a request': (at) => page({ requestId: of(samples.requestIds, at) }),
    'the records of a case': (at) => page({ caseNo: caseNo(of(samples.cases, at)) }),
    'a page of a person': (at) => page({ subjectKey: of(samples.subjectKeys, at) }),
    'the events of a case': (at) =>
      reading.once(() => feed.after(0, { caseNo: caseNo(of(samples.cases, at)), hall: 'shenyang/hall-1' }, LIMIT)),
    'the 50 newest events': () => reading.once(() => feed.after(samples.newestEvent - LIMIT, null, LIMIT)),
  }
}

const ENDED = { event: 'complete', leg: 'decide', city: 'fushun', by: 'city', hall: null, document: null } as const

function openWrites(
  connection: PostgresConnection,
  prepared: PreparedTables,
  samples: Samples,
  { people, cases, copies }: Counts,
): Omit<Work, 'reads'> {
  const next = numbers(13)
  const writer = openWriting(connection, prepared)
  const { writing, records, disclosed, sealer } = writer
  const retain = openRetainer({ database: connection, sealer, records, disclosed })
  const events = openEventWriter(connection)
  // Looked up now, so that no insert waits for it.
  const known = Math.min(people, SAMPLES)
  for (let one = 0; one < known; one++) writer.person(one)
  const all = cases * copies
  /** Of the last month: what happens happens to them. */
  const recent = Math.ceil(all / MONTHS)
  let n = 0
  const oneMore = () => recordAt(++n, END + n * 10, next)
  return {
    retain() {
      writing.begin(() => records.begin())
      const before = records.mark()
      const record = { ...oneMore(), kind: 'retention-applied' } as const
      const retained = retain({ accessBefore: samples.accessBefore, handOverBefore: 0 }, record)
      connection.flush()
      writing.rollback()
      records.rewind(before)
      return retained
    },
    insertRecords(count) {
      commitRecords(
        writer,
        Array.from({ length: count }, () => [oneMore(), writer.person(next(known))] as const),
      )
    },
    insertEvents(count) {
      writing.begin(() => records.begin())
      for (let at = 0; at < count; at++) {
        n += 1
        events.add(all - next(recent), { ...ENDED, at: END + n * 10, state: 'completed' })
      }
      writing.commit()
    },
  }
}

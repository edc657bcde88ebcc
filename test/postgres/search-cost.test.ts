// What searches of the audit log cost on PostgreSQL: they read the blocks that may hold a match, never all records.

import { Worker } from 'node:worker_threads'
import t from 'tap'
import type { AuditRecord, RecordFilter } from '../../src/domain/audit.ts'
import { makeTables } from '../../src/store/postgres/prepare.ts'
import { postgresReading } from '../../src/store/postgres/reading.ts'
import { openSearch } from '../../src/store/search.ts'
import { openFindingSearch } from '../../src/store/search-findings.ts'
import { openRecordSearch } from '../../src/store/search-records.ts'
import type { Sql, SqlValue } from '../../src/store/sql.ts'
import { systemClock, systemIds } from '../../src/system.ts'
import { countsOf, makeFirst } from '../bench/fill-months.ts'
import { connect } from '../bench/partition-figures.ts'
import { BEGIN } from '../bench/partition-forms.ts'
import { newFolder } from '../store/folder.ts'
import { startPostgres } from './server.ts'

const RECORDS = 12_800
const DAY_MS = 86_400_000

const server = await startPostgres(t)
const link = new Worker(new URL('../../src/store/postgres/link.ts', import.meta.url), { execArgv: [] })
t.teardown(() => link.terminate())
const connection = connect(link, await server.newStore(), 'search cost')
const bytes = (size: number): Buffer => systemIds.bytes(size)
const prepared = makeTables(connection, { dataDir: newFolder(t), now: systemClock.now(), bytes })
makeFirst(connection, prepared, countsOf(RECORDS))
connection.exec('ANALYZE')

const plans: string[] = []
const reading = postgresReading(connection)
/** Has each statement explained before it is carried out. */
const explained: Sql = {
  prepare(text) {
    const [statement, explain] = [reading.prepare(text), reading.prepare(`EXPLAIN ${text}`)]
    const look = (values: readonly SqlValue[]): void =>
      void plans.push(
        explain
          .all(...values)
          .map((row) => String(row['QUERY PLAN']))
          .join('\n'),
      )
    return {
      run: (...values) => statement.run(...values),
      get(...values) {
        look(values)
        return statement.get(...values)
      },
      all(...values) {
        look(values)
        return statement.all(...values)
      },
    }
  },
}
const list = openRecordSearch(explained, openSearch(explained))
const find = openFindingSearch(explained)

const person = prepared.keys.keyed.subjectKey({ certType: '414', certNo: 'E10000003' })
const month = { from: BEGIN + 200 * DAY_MS, until: BEGIN + 207 * DAY_MS }
const FILTERS: Readonly<Record<string, Omit<RecordFilter, 'limit'>>> = {
  'no filter': {},
  kind: { kind: 'forwarded' },
  city: { city: 'fushun' },
  'collecting city': { collectingCity: 'fushun' },
  hall: { hall: 'shenyang/hall-1' },
  item: { item: 'item-3' },
  outcome: { outcome: 'delivered' },
  actor: { actor: 'clerk-3' },
  role: { role: 'clerk' },
  source: { source: 'city' },
  'fault code': { faultCode: 'CITY_TIMEOUT' },
  person: { subjectKey: person },
  from: { from: month.from },
  until: { until: month.until },
  'a week': month,
  'an item and a city within a week': { ...month, item: 'item-3', city: 'fushun' },
}

t.test('a page of each filter reads no table of records from end to end', async (t) => {
  for (const [name, filter] of Object.entries(FILTERS)) {
    plans.length = 0
    const { entries } = reading.once(() => list({ ...filter, limit: 5 }))
    if (name !== 'an item and a city within a week') t.ok(entries.length > 0, `${name} finds something`)
    t.ok(plans.length > 0, name)
    for (const plan of plans) t.notMatch(plan, /Seq Scan on records\b/, name)
  }
})

t.test('what is asked block by block is answered as if every record had been looked at', async (t) => {
  const all: AuditRecord[] = []
  for (let after = 0; ;) {
    const { entries, next } = reading.once(() => list({ after, limit: 1000 }))
    all.push(...entries)
    if (next === null) break
    after = next
  }
  t.equal(all.length, RECORDS)
  for (const [member, value] of [
    ['item', 'item-3'],
    ['city', 'fushun'],
  ] as const) {
    const wanted = all.filter(({ leaf }) => leaf[member] === value).map(({ id }) => id)
    const found: string[] = []
    for (let after: number | null = 0; after !== null;) {
      const page = reading.once(() => list({ [member]: value, after: after ?? 0, limit: 40 }))
      found.push(...page.entries.map(({ id }) => id))
      after = page.next
    }
    t.strictSame(found, wanted, member)
  }
})

t.test('a page of findings does not either', async (t) => {
  for (const finding of ['no-outcome', 'outside-a-case', 'crash', 'gap'] as const) {
    plans.length = 0
    reading.once(() => find({ finding, settledBefore: systemClock.now(), limit: 5 }))
    t.ok(plans.length > 0, finding)
    for (const plan of plans) t.notMatch(plan, /Seq Scan on records\b/, finding)
  }
})

// What tables partitioned by month would cost and save on PostgreSQL, against those there are: `node test/bench/partitions.ts 2000000`.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { PostgresError } from '../../src/store/postgres/connection.ts'
import { makeTables as migrated } from '../../src/store/postgres/prepare.ts'
import { systemClock, systemIds } from '../../src/system.ts'
import { countsOf, fillForm, makeFirst } from './fill-months.ts'
import { compared, connect, openSession, planOf, rounded, schemaOf, sliceOf } from './partition-figures.ts'
import type { Session, Slice, Wish } from './partition-figures.ts'
import { END, FORMS, LARGE, newestPartition, sizesOf } from './partition-forms.ts'
import { openWork, samplesOf, type Work } from './partition-work.ts'
import { benchPostgres } from './postgres.ts'

const counts = countsOf(Number(process.argv[2] ?? 100_000))
const ROUNDS = Number(process.argv[3] ?? 15)
/** Of what is quick, in one slice of a round. */
const TIMES = Number(process.argv[4] ?? 200)

const tell = (name: string, figures: object): void => {
  process.stdout.write(`${JSON.stringify({ records: counts.records, name, ...figures })}\n`)
}

type Full = Session & { readonly work: Work }

const compare = (name: string, sessions: readonly Full[], wish: Wish<Full>): void =>
  tell(name, compared(sessions, wish))

const eachForm = <Of extends Session>(sessions: readonly Of[], of: (session: Of) => unknown): object =>
  Object.fromEntries(sessions.map((session) => [session.form, of(session)]))

/** Statements that name no month. */
const NAMELESS: readonly (readonly [string, string, readonly (string | number)[]])[] = [
  ['a record by its id', 'SELECT id, leaf, leaf_hash FROM records WHERE id = $1', ['none']],
  ['the end of the log', 'SELECT position, leaf FROM records ORDER BY position DESC LIMIT 1', []],
  ['the events of a case', 'SELECT at, event FROM case_events WHERE case_position = $1 ORDER BY ordinal', [1]],
]

/** Whether an id that has been given can be given once more, in another month. */
function isTakenTwice({ connection }: Session): boolean {
  const others = 'kind, role, outcome, leaf, leaf_hash'
  connection.exec('BEGIN')
  try {
    connection.exec(`
      INSERT INTO records (position, id, time, ${others})
      SELECT (SELECT max(position) FROM records) + 1, id, ${END}, ${others} FROM records WHERE position = 1`)
    return true
  } catch (error) {
    if (error instanceof PostgresError && error.code === '23505') return false
    throw error
  } finally {
    connection.exec('ROLLBACK')
  }
}

const vacuum = (session: Session, table: string, options: string): Slice =>
  sliceOf(session, 1000, () => session.connection.exec(`VACUUM (FREEZE${options}) ${table}`))

const milliseconds = ({ wallMicros, serverMicros }: Slice): object => ({
  wallMs: rounded(wallMicros),
  serverMs: rounded(serverMicros),
})

/** Of all that has come since the beginning: it can be had once only. */
function firstVacuum(session: Session, table: string): object {
  if (session.form === 'oneTable') return milliseconds(vacuum(session, table, ''))
  const newestMonth = milliseconds(vacuum(session, newestPartition(table), ''))
  return { newestMonth, others: milliseconds(vacuum(session, table, '')) }
}

/** Of its own tables alone: there are those of the other forms in the database. */
function analyzeOthers({ connection }: Session): void {
  const { rows } = connection.send(`
    SELECT string_agg(tablename, ', ') AS tables FROM pg_tables
    WHERE schemaname = current_schema() AND tablename !~ '^(records|case_events)(_\\d+)?$'`)
  connection.exec(`ANALYZE ${String(rows[0]?.['tables'])}`)
}

const newestOf = ({ form }: Session, table: string): string => (form === 'oneTable' ? table : newestPartition(table))

function compareVacuums(sessions: readonly Full[]): void {
  const rounds = Math.min(ROUNDS, 7)
  const before = ({ work }: Full): void => work.insertRecords(100)
  const all = (_: Session, table: string): string => table
  for (const [name, of, options] of [
    ['VACUUM (FREEZE) after 100 records, of one table or of the newest month', newestOf, ''],
    ['VACUUM (FREEZE) after 100 records, of all', all, ''],
    [
      'VACUUM (FREEZE, DISABLE_PAGE_SKIPPING), of one table or of the newest month',
      newestOf,
      ', DISABLE_PAGE_SKIPPING',
    ],
    ['VACUUM (FREEZE, DISABLE_PAGE_SKIPPING), of all', all, ', DISABLE_PAGE_SKIPPING'],
  ] as const) {
    const doing = (session: Full): void => void vacuum(session, of(session, 'records'), options)
    compare(name, sessions, { rounds, per: 1, doing, before })
  }
}

/** Answers have to be the same whatever the form, or nothing that is measured means anything. */
function compareReads(sessions: readonly Full[]): void {
  for (const name of Object.keys(sessions[0]?.work.reads ?? {})) {
    const read = ({ work }: Full, at: number): unknown => work.reads[name]?.(at)
    // After five times the server decides whether it goes on planning a prepared statement anew.
    for (let at = 0; at < 10; at++) {
      const answers = new Set(sessions.map((session) => JSON.stringify(read(session, at))))
      if (answers.size !== 1) throw new Error(`${name}: the forms give ${answers.size} different answers`)
    }
    const doing = (session: Full, round: number): void => {
      for (let at = 0; at < TIMES; at++) read(session, round * TIMES + at)
    }
    compare(name, sessions, { rounds: ROUNDS, per: TIMES, doing })
  }
}

function compareWrites(sessions: readonly Full[]): void {
  for (const [what, size] of [
    ['insertRecords', 1],
    ['insertRecords', 20],
    ['insertEvents', 1],
    ['insertEvents', 20],
  ] as const) {
    const transactions = Math.ceil(TIMES / (size === 1 ? 4 : 16))
    const doing = ({ work }: Full): void => {
      for (let at = 0; at < transactions; at++) work[what](size)
    }
    for (const session of sessions) doing(session)
    const name = what === 'insertRecords' ? 'a new record' : 'a new event'
    compare(`${name}, ${size} in a transaction`, sessions, { rounds: ROUNDS, per: transactions * size, doing })
  }
}

function compareAll(sessions: readonly Full[]): void {
  compareReads(sessions)
  const rounds = Math.min(ROUNDS, 7)
  compare('a step of retention', sessions, { rounds, per: 1, doing: ({ work }) => void work.retain() })
  compareWrites(sessions)
  compareVacuums(sessions)
  const first = ({ work }: Full, round: number): void => void work.reads['a record by its id']?.(round)
  compare('a record by its id, first of a session', sessions, {
    rounds,
    per: 1,
    doing: first,
    before: (session) => session.reconnect(),
  })
}

const folder = mkdtempSync(join(tmpdir(), 'partitions-'))
const link = new Worker(new URL('../../src/store/postgres/link.ts', import.meta.url), { execArgv: [] })
try {
  await using server = await benchPostgres(folder)
  // Nothing of the server's own comes between, and what is filled in is not written twice over and over.
  await server.query('ALTER SYSTEM SET autovacuum = off')
  await server.query("ALTER SYSTEM SET max_wal_size = '8GB'")
  await server.query('SELECT pg_reload_conf()')
  await wait(100)
  const filling = performance.now()
  const first = connect(link, await server.newStore(), 'source')
  const made = { dataDir: folder, now: systemClock.now(), bytes: (size: number) => systemIds.bytes(size), isNew: true }
  const prepared = migrated(first, made)
  const source = schemaOf(first)
  makeFirst(first, prepared, counts)
  first.close()
  tell('made', { seconds: rounded((performance.now() - filling) / 1000) })

  const sessions: Session[] = []
  for (const form of FORMS) {
    const session = openSession(connect(link, await server.newStore(), form), form)
    const begun = performance.now()
    await fillForm(server, { source, schema: session.schema, form }, counts)
    tell('filled', { [form]: { seconds: rounded((performance.now() - begun) / 1000) } })
    sessions.push(session)
  }
  await server.query('CHECKPOINT')
  for (const table of LARGE) {
    tell(
      `the first VACUUM (FREEZE) of ${table}`,
      eachForm(sessions, (session) => firstVacuum(session, table)),
    )
    const sizes = await Promise.all(sessions.map(({ schema }) => sizesOf(server, schema, table)))
    tell(`size of ${table}`, Object.fromEntries(sessions.map(({ form }, at) => [form, sizes[at]])))
    const analyze = (session: Session) =>
      milliseconds(sliceOf(session, 1000, () => session.connection.exec(`ANALYZE ${table}`)))
    tell(`ANALYZE ${table}`, eachForm(sessions, analyze))
  }
  for (const session of sessions) analyzeOthers(session)
  await server.query('CHECKPOINT')
  tell('an id taken twice', eachForm(sessions, isTakenTwice))
  for (const [name, statement, values] of NAMELESS) {
    tell(
      `plan: ${name}`,
      eachForm(sessions, (session) => planOf(session, statement, values)),
    )
  }
  const samples = samplesOf((sessions[0] as Session).connection, counts)
  compareAll(
    sessions.map((session) => ({ ...session, work: openWork(session.connection, prepared, { samples, counts }) })),
  )
  for (const { connection } of sessions) connection.close()
} finally {
  await link.terminate()
  rmSync(folder, { recursive: true, force: true })
}

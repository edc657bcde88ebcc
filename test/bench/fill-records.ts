// Fills a stopped gateway's store with made-up audit records, as they would have come over a year, all of them signed for.

import type { DatabaseSync } from 'node:sqlite'
import { openSequencer } from '../../src/audit/log/sequencer.ts'
import type { AuditKind, RecordDraft } from '../../src/domain/audit.ts'
import { databaseFile, openForWriting, prepareFolder } from '../../src/store/database.ts'
import { openDisclosedValues } from '../../src/store/disclosed-values.ts'
import * as recordCounts from '../../src/store/migrations/0086-record-counts.ts'
import { openRandom, SEED_BYTES } from '../../src/store/random.ts'
import { BLOCK_RECORDS } from '../../src/store/record-blocks.ts'
import { openSealer } from '../../src/store/sealed.ts'
import { openStore } from '../../src/store/sqlite.ts'
import { openSubjects } from '../../src/store/subjects.ts'
import { openRecordWriter } from '../../src/store/write-records.ts'
import { systemClock, systemIds } from '../../src/system.ts'
import { draft } from '../contract/fixture.ts'

/** As many as a busy second brings: salts of a commit lie together. */
const COMMITTED_AT_ONCE = 64
const YEAR_MS = 300 * 86_400_000
/** So many are made one by one, whole blocks of them; beyond that they are copied, with other ids and times. */
const MADE_MAX = 7813 * BLOCK_RECORDS

/** A generator of our own: the same numbers each time. */
export function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const CITIES = ['shenyang', 'anshan', 'fushun', 'benxi', 'fuxin', 'liaoyang', 'tieling', 'shenfu'] as const
const OUTCOMES = [
  'found',
  'found',
  'nothing-found',
  'delivered',
  'delivered',
  'refused',
  'no-answer',
  'stored',
] as const
const FAULTS = ['CITY_TIMEOUT', 'CITY_LINE_OPEN', 'CITY_ERROR', 'CITY_GARBLED'] as const

export interface Filled {
  /** One value of each filter that some records have. */
  readonly filters: Readonly<Record<string, readonly string[]>>
  /** Passports of some people that records are about. */
  readonly people: readonly string[]
  /** Keyed digests of the same. */
  readonly subjectKeys: readonly string[]
}

interface People {
  readonly subjectRef: string
  readonly foundBySubject: number
}

/**
 * `people` have some 50 records each. The product's own writer makes leaves, hashes, notes and indexes, but in one transaction that
 * no disk has to keep: a power cut would leave nothing of the folder. Beyond a million, rows are copied, so that their leaves say
 * other numbers and times than the columns do, and no such log would verify. What was in the store before goes. Resolves when a
 * checkpoint covers all of it.
 */
export async function fillRecords(dataDir: string, count: number, told: (done: number) => void): Promise<Filled> {
  const next = numbers(7)
  const begin = systemClock.now() - YEAR_MS - 86_400_000
  const names = Array.from(
    { length: Math.max(10, Math.floor(Math.min(count, MADE_MAX) / 50)) },
    (_, n) => `E${n + 10_000_000}`,
  )
  const { requests, keyOf } = writeAll(dataDir, count, { next, begin, names, told })
  await sign(dataDir)
  const some = (values: number, of: (n: number) => string): string[] =>
    Array.from({ length: 20 }, () => of(next(values)))
  const people = some(names.length, (n) => names[n] ?? '')
  return {
    people,
    subjectKeys: people.map(keyOf),
    filters: {
      kind: ['forwarded', 'city-answered', 'request-answered'],
      city: CITIES,
      collectingCity: CITIES,
      hall: some(6, (n) => `shenyang/hall-${n}`),
      item: some(117, (n) => `item-${n}`),
      outcome: [...new Set(OUTCOMES), 'sending'],
      actor: some(2000, (n) => `clerk-${n}`),
      role: ['clerk', 'auditor'],
      source: ['city'],
      faultCode: FAULTS,
      requestId: some(requests.length, (n) => requests[n] ?? ''),
      from: some(300, (n) => new Date(begin + n * 86_400_000).toISOString()),
      until: some(300, (n) => new Date(begin + n * 86_400_000).toISOString()),
    },
  }
}

interface Wish {
  readonly next: (below: number) => number
  readonly begin: number
  readonly names: readonly string[]
  readonly told: (done: number) => void
}

interface Written {
  /** Ids of some of the requests. */
  readonly requests: readonly string[]
  readonly keyOf: (certNo: string) => string
}

function writeAll(dataDir: string, count: number, { next, begin, names, told }: Wish): Written {
  const { keys, release, unlock } = prepareFolder({ dataDir, now: systemClock.now(), bytes: systemIds.bytes })
  const { keyed, dataKeys, newestDataKeyId } = keys
  release()
  const database = openForWriting(databaseFile(dataDir), null)
  database.exec(`
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA secure_delete = OFF;
    PRAGMA cache_size = -2000000;
  `)
  const keyOf = (certNo: string): string => keyed.subjectKey({ certType: '414', certNo })
  const bytes = openRandom(systemIds.bytes(SEED_BYTES))
  const sealer = openSealer({ keys: dataKeys, newestKeyId: newestDataKeyId, bytes })
  const subjectOf = openSubjects(database, bytes)
  const disclosed = openDisclosedValues(database, sealer, bytes)
  const boot = systemIds.lease()
  const records = openRecordWriter({ database, node: 'gateway-1', boot, sealer, disclosed, subjectOf })

  database.exec('BEGIN')
  // A start of today would stand before the year.
  for (const table of KEPT) database.exec(`DELETE FROM ${table}`)
  records.begin()
  const people: readonly People[] = names.map((certNo) => {
    const { subjectId, subjectRef } = subjectOf(keyOf(certNo))
    return { subjectRef, foundBySubject: subjectId }
  })
  const requests: string[] = []
  const copies = Math.ceil(count / MADE_MAX)
  const made = copies === 1 ? count : MADE_MAX
  const spanMs = Math.floor(YEAR_MS / copies)
  for (let n = 0; n < made; n++) {
    const one = madeUp(n, begin + Math.floor((n / made) * spanMs), next)
    if (n % 5000 === 0) requests.push(one.requestId ?? '')
    records.append(one, people[next(people.length)])
    if (n % COMMITTED_AT_ONCE === COMMITTED_AT_ONCE - 1) {
      records.finish()
      records.counted()
    }
    told(n)
  }
  records.finish()
  copyAll(database, copies, { spanMs, told })
  // As the migration does it over what there is already.
  database.exec('DELETE FROM record_hours; DELETE FROM record_days; DELETE FROM records_counted')
  database.exec(recordCounts.sql.slice(recordCounts.sql.indexOf('INSERT INTO records_counted')))
  database.exec('COMMIT')
  database.close()
  unlock()
  return { requests, keyOf }
}

const KEPT = [
  'log_nodes',
  'log_shards',
  'disclosures',
  'record_subjects',
  'record_terms',
  'record_block_minutes',
  'records',
]

/** What is there once more and once more, each time later by `spanMs`. */
function copyAll(
  database: DatabaseSync,
  copies: number,
  { spanMs, told }: { readonly spanMs: number; readonly told: (done: number) => void },
): void {
  const others =
    'kind, role, actor, item, city, case_position, strange_case_no, outcome, hall, collecting_city, source, fault_code'
  const newId = 'id || ?1'
  const copy = database.prepare(`
    INSERT INTO records (position, id, time, request_id, leaf, leaf_hash, ${others})
    SELECT position + ?1 * ${MADE_MAX}, ${newId}, time + ?1 * ${spanMs}, request_id || ?1, replace(leaf, id, ${newId}),
      leaf_hash, ${others}
    FROM records WHERE position <= ${MADE_MAX}`)
  const subjects = database.prepare(`
    INSERT INTO record_subjects SELECT position + ?1 * ${MADE_MAX}, subject_id FROM record_subjects
    WHERE position <= ${MADE_MAX}`)
  const salts = database.prepare(`
    INSERT INTO disclosures SELECT first_position + ?1 * ${MADE_MAX}, salts FROM disclosures
    WHERE first_position <= ${MADE_MAX}`)
  if (copies === 1) return
  for (let at = 1; at < copies; at++) {
    for (const statement of [copy, subjects, salts]) statement.run(at)
    told((at + 1) * 1_000_000)
  }
  const all = Array.from({ length: copies }, (_, at) => `(${at})`).join(', ')
  database.exec(`
    CREATE TEMP TABLE of_the_first AS SELECT term, block FROM record_terms;
    DELETE FROM record_terms;
    INSERT OR IGNORE INTO record_terms
      SELECT term, block + column1 * ${MADE_MAX / BLOCK_RECORDS} FROM of_the_first, (VALUES ${all}) ORDER BY 1, 2;
    DELETE FROM record_block_minutes;
    INSERT INTO record_block_minutes
      SELECT position / ${BLOCK_RECORDS}, min(time) / 60000, max(time) / 60000 FROM records GROUP BY 1;
  `)
}

/** One of those that a gateway writes most. */
export function madeUp(n: number, time: number, next: (below: number) => number): RecordDraft {
  const [city, home] = [CITIES[next(8)] ?? 'benxi', CITIES[next(8)] ?? 'benxi']
  const isIntent = n % 2 === 0
  const fails = !isIntent && next(40) === 0
  const kind: AuditKind = n % 10 === 9 ? 'request-answered' : isIntent ? 'forwarded' : 'city-answered'
  return draft({
    time,
    kind,
    city,
    collectingCity: home,
    item: `item-${next(117)}`,
    outcome: isIntent ? 'sending' : fails ? 'no-answer' : (OUTCOMES[next(8)] ?? 'found'),
    faultCode: fails ? (FAULTS[next(4)] ?? null) : null,
    source: fails ? 'city' : null,
    actor: {
      role: 'clerk',
      issuer: `urn:${home}`,
      subject: `clerk-${next(2000)}`,
      city: home,
      hall: `hall-${next(6)}`,
    },
  })
}

async function sign(dataDir: string): Promise<void> {
  await using store = await openStore({
    dataDir,
    node: 'gateway-1',
    boot: systemIds.lease(),
    clock: systemClock,
    ids: systemIds,
    queueMax: 1000,
    stallMs: 600_000,
    sizeBytesMax: null,
    onCommit: () => undefined,
    onFatal: (error) => {
      throw error
    },
  })
  await using sequencer = await openSequencer({
    store,
    clock: systemClock,
    origin: 'gateway.invalid/v1/audit/log',
    everyMs: 1000,
    onError: () => undefined,
    onBroken: (problem) => {
      throw problem
    },
  })
  await sequencer.catchUp()
}

// Fills a migrated store in PostgreSQL with made-up records and cases of 24 months, and copies of its tables with many times as many.

import type { Sealer } from '../../src/store/sealed.ts'
import { openDisclosedValues, type DisclosedValues } from '../../src/store/disclosed-values.ts'
import type { PreparedTables } from '../../src/store/prepare-tables.ts'
import { BLOCK_RECORDS } from '../../src/store/record-blocks.ts'
import { openSealer } from '../../src/store/sealed.ts'
import { openSubjects } from '../../src/store/subjects.ts'
import { openRecordWriter, type KnownToCaller, type RecordWriter } from '../../src/store/write-records.ts'
import type { PostgresConnection } from '../../src/store/postgres/connection.ts'
import { postgresWriting } from '../../src/store/postgres/writing.ts'
import type { WritingSql } from '../../src/store/sql.ts'
import type { RecordDraft } from '../../src/domain/audit.ts'
import { systemIds } from '../../src/system.ts'
import type { PostgresServer } from '../postgres/server.ts'
import { madeUp, numbers } from './fill-records.ts'
import { addReferences, BEGIN, END, LARGE, makeTables, type FormPlaces } from './partition-forms.ts'

/** So many at most are made by the product's own writer, whole blocks of them; the others are copies, with other ids and times. */
const MADE_MAX = 782 * BLOCK_RECORDS
const COMMITTED_AT_ONCE = 64
/** Of ten records four are of a case. */
const RECORDS_A_CASE = 10
const OF_A_CASE = 4
const RECORDS_A_PERSON = 50

export interface Counts {
  readonly copies: number
  /** Of one copy. */
  readonly made: number
  readonly people: number
  readonly cases: number
  readonly records: number
}

export function countsOf(wanted: number): Counts {
  const copies = Math.ceil(wanted / MADE_MAX)
  const made = copies === 1 ? wanted : MADE_MAX
  const people = Math.ceil(made / RECORDS_A_PERSON)
  return { copies, made, people, cases: Math.floor(made / RECORDS_A_CASE), records: copies * made }
}

/** As the product's ids, they begin with the time, so that they enter their indexes at the end; in SQL as well. */
const timePrefix = (time: number): string =>
  Math.floor(time / 16)
    .toString(16)
    .toUpperCase()
const withPrefix = (time: string, id: string): string => `upper(to_hex((${time}) / 16)) || substr(${id}, 11)`

/** One more record, of this time. */
export function recordAt(n: number, time: number, next: (below: number) => number): RecordDraft {
  const id = timePrefix(time) + systemIds.recordId(time).slice(10)
  const requestId = timePrefix(time) + systemIds.requestId().slice(10)
  return { ...madeUp(n, time, next), id, requestId }
}

export interface Writing {
  readonly writing: WritingSql
  readonly records: RecordWriter
  readonly disclosed: DisclosedValues
  readonly sealer: Sealer
  readonly person: (n: number) => KnownToCaller
}

/** The product's own writer over a connection. */
export function openWriting(connection: PostgresConnection, { keys }: PreparedTables): Writing {
  const bytes = (size: number): Buffer => systemIds.bytes(size)
  const sealer = openSealer({ keys: keys.dataKeys, newestKeyId: keys.newestDataKeyId, bytes })
  const subjectOf = openSubjects(connection, bytes)
  const disclosed = openDisclosedValues(connection, sealer, bytes)
  const options = { database: connection, node: 'gateway-1', boot: systemIds.lease(), sealer, disclosed, subjectOf }
  const known = new Map<number, KnownToCaller>()
  return {
    writing: postgresWriting(connection, 'gateway-1'),
    records: openRecordWriter(options),
    disclosed,
    sealer,
    person(n) {
      let one = known.get(n)
      if (one === undefined) {
        const { subjectId, subjectRef } = subjectOf(
          keys.keyed.subjectKey({ certType: '414', certNo: `E${n + 10_000_000}` }),
        )
        one = { subjectRef, foundBySubject: subjectId }
        known.set(n, one)
      }
      return one
    },
  }
}

/** One transaction, as the product's writer makes them. */
export function commitRecords(
  { writing, records }: Writing,
  all: readonly (readonly [RecordDraft, KnownToCaller])[],
): void {
  writing.begin(() => records.begin())
  for (const [draft, known] of all) records.append(draft, known)
  records.finish()
  writing.commit()
  records.counted()
}

/** What the copies are made from. */
export function makeFirst(connection: PostgresConnection, prepared: PreparedTables, counts: Counts): void {
  const { copies, made, people, cases } = counts
  const next = numbers(7)
  const writing = openWriting(connection, prepared)
  writing.writing.begin(() => {})
  for (let n = 0; n < people; n++) writing.person(n)
  writing.writing.commit()
  const spanMs = (END - BEGIN) / copies
  for (let first = 0; first < made; first += COMMITTED_AT_ONCE) {
    const size = Math.min(COMMITTED_AT_ONCE, made - first)
    const all = Array.from({ length: size }, (_, at) => {
      const n = first + at
      const draft = recordAt(n, BEGIN + Math.floor((n / made) * spanMs), next)
      const { subjectRef, ...found } = writing.person(next(people))
      const casePosition = Math.floor(n / RECORDS_A_CASE) + 1
      const isOfCase = n % RECORDS_A_CASE < OF_A_CASE && casePosition <= cases
      const known = { ...(subjectRef === undefined ? {} : { subjectRef }), ...(isOfCase ? { casePosition } : found) }
      return [isOfCase ? { ...draft, caseNo: caseNo(casePosition) } : draft, known] as const
    })
    commitRecords(writing, all)
  }
  connection.exec(casesSql(counts))
}

export const caseNo = (position: number): string => `20250101-${String(position).padStart(12, '0')}`

/** Cases evenly over the time, each with the events of up to some four weeks, in the order in which they happened. */
function casesSql({ copies, cases, people }: Counts): string {
  const all = copies * cases
  return `
    INSERT INTO cases (position, case_no, item, handling_mode, collecting_city, competent_city, hall, state, filed_at, updated_at,
      applicant_ref, schema_digest, config_version)
    SELECT n, '20250101-' || lpad(n::text, 12, '0'), 'item-' || n % 117, 'collect-and-forward', 'shenyang', 'fushun',
      'shenyang/hall-' || n % 6, 'completed', ${BEGIN} + (n - 1) * ${END - BEGIN} / ${all}, ${END},
      md5(n::text), md5('schema'), 'config-1'
    FROM generate_series(1, ${all}::bigint) AS n;
    INSERT INTO case_parties SELECT n % ${copies * people} + 1, n FROM generate_series(1, ${all}::bigint) AS n;
    INSERT INTO case_events (case_position, ordinal, at, event, leg, city, role, hall, state, document, position)
    SELECT case_position, ordinal, at, event, 'decide', 'fushun', role, hall, state, document,
      row_number() OVER (ORDER BY at, case_position, ordinal)
    FROM (
      SELECT c.position AS case_position, ordinal, c.filed_at + seconds * (500 + 10 * (c.position % 100)) AS at, event, role,
        CASE role WHEN 'clerk' THEN c.hall END AS hall, events.state, document
      FROM cases c, (VALUES
        (1, 0, 'filed', 'clerk', 'collected', 'receipt'), (2, 1, 'delivered', 'gateway', NULL, NULL),
        (3, 14400, 'pre-accept', 'city', 'pre-accepted', NULL), (4, 86400, 'accept', 'city', 'accepted', 'acceptance-notice'),
        (5, 950400, 'approve', 'city', 'approved', 'decision'), (6, 1555200, 'complete', 'city', 'completed', NULL)
      ) AS events (ordinal, seconds, event, role, state, document)
    ) AS happened
    WHERE at < ${END} ORDER BY at, case_position, ordinal;`
}

/** What each table is filled with: of the first ones `copy` times as many, one copy after the other. */
function insertsOf(table: string, source: string, { copies, made, people, cases }: Counts): readonly string[] {
  const spanMs = Math.floor((END - BEGIN) / copies)
  const times = Array.from({ length: copies }, (_, copy) => copy)
  const from = `FROM ${source}.${table}`
  switch (table) {
    case 'records':
      return times.map((copy) => {
        const time = `time + ${copy * spanMs}`
        const id = withPrefix(time, 'id')
        const others =
          'kind, role, actor, item, city, strange_case_no, outcome, hall, collecting_city, source, fault_code, leaf_hash'
        return `INSERT INTO records (position, id, time, request_id, leaf, case_position, ${others})
          SELECT position + ${copy * made}, ${id}, ${time}, ${withPrefix(time, 'request_id')}, replace(leaf, id, ${id}),
            case_position + ${copy * cases}, ${others} ${from} ORDER BY position`
      })
    case 'record_subjects':
      return times.map(
        (copy) =>
          `INSERT INTO ${table} SELECT position + ${copy * made}, subject_id + ${copy * people} ${from} ORDER BY 1`,
      )
    case 'subjects':
      return times.map(
        (copy) => `INSERT INTO ${table} (subject_id, subject_key, subject_ref, erasure_ref)
          SELECT subject_id + ${copy * people}, subject_key || '${copy === 0 ? '' : copy}', subject_ref, erasure_ref ${from} ORDER BY 1`,
      )
    case 'disclosures':
      return times.map(
        (copy) => `INSERT INTO ${table} SELECT first_position + ${copy * made}, salts ${from} ORDER BY 1`,
      )
    case 'record_terms':
      return times.map(
        (copy) => `INSERT INTO ${table} SELECT term, block + ${(copy * made) / BLOCK_RECORDS} ${from} ORDER BY 2, 1
          ON CONFLICT DO NOTHING`,
      )
    case 'record_block_minutes':
      return [
        `INSERT INTO ${table} SELECT position / ${BLOCK_RECORDS}, min(time) / 60000, max(time) / 60000
          FROM records GROUP BY 1 ORDER BY 1`,
      ]
    case 'case_events':
      return [`INSERT INTO ${table} SELECT * ${from} ORDER BY position`]
    default:
      return [`INSERT INTO ${table} SELECT * ${from}`]
  }
}

/** All of a form's tables, made and filled. */
export async function fillForm(server: PostgresServer, places: FormPlaces, counts: Counts): Promise<void> {
  const [row] = await server.query(`SELECT count(*)::float8 AS events FROM ${places.source}.case_events`)
  const rows = { records: counts.records, case_events: Number(row?.['events']) }
  const tables = await makeTables(server, places, rows)
  // Blocks are read from the records.
  const order = [...tables].sort((one, other) => Number(isLarge(other)) - Number(isLarge(one)))
  const inserts = order.flatMap((table) => insertsOf(table, places.source, counts))
  await server.query([`SET search_path = ${places.schema}`, ...inserts].join(';\n'))
  await addReferences(server, places)
}

const isLarge = (table: string): boolean => (LARGE as readonly string[]).includes(table)

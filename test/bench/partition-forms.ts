// Makes the store's tables in further schemas of one database: as they are, or with the large ones partitioned by month.

import type { PostgresServer } from '../postgres/server.ts'

/**
 * byTime: a month's rows by their own time, which every unique key has to take in. byPosition: by the positions that lie between one
 * month's begin and the next, so that at least the keys that are positions stay as they are.
 */
export const FORMS = ['oneTable', 'byTime', 'byPosition'] as const
export type Form = (typeof FORMS)[number]

/** Those with a time in them. What stands beside them (terms, blocks, salts, nodes of the log) has none. */
export const LARGE = ['records', 'case_events'] as const
type Large = (typeof LARGE)[number]

const COLUMN: Readonly<Record<Exclude<Form, 'oneTable'>, Readonly<Record<Large, string>>>> = {
  byTime: { records: 'time', case_events: 'at' },
  byPosition: { records: 'position', case_events: 'position' },
}

export const MONTHS = 24
const FIRST_YEAR = 2025
/** Of the months, and the end of the last one. */
export const MONTH_STARTS = Array.from({ length: MONTHS + 1 }, (_, month) => Date.UTC(FIRST_YEAR, month))
export const BEGIN = MONTH_STARTS[0] ?? 0
/** The last month is under way. */
export const END = Date.UTC(FIRST_YEAR, MONTHS - 1, 21)

export const newestPartition = (table: string): string => `${table}_${MONTHS}`

/** Where the months of a table begin, in the column that they are told apart by: one more than there are months. */
function boundsOf(column: string, rows: number): readonly string[] {
  const inner = MONTH_STARTS.slice(1, MONTHS).map((start) =>
    column === 'position' ? Math.ceil(((start - BEGIN) / (END - BEGIN)) * rows) + 1 : start,
  )
  return ['MINVALUE', ...inner.map(String), 'MAXVALUE']
}

/** A unique key over partitions has to hold the column that tells them apart. */
function indexOf(definition: string, table: string, column: string): string {
  const here = definition.replace(/ ON \S+ USING /, ` ON ${table} USING `)
  const [head = '', columns = ''] = /^CREATE UNIQUE INDEX [^(]*\(([^)]*)\)/.exec(here) ?? []
  const isUniqueWithout = head !== '' && !columns.split(', ').some((one) => one.replaceAll('"', '') === column)
  return isUniqueWithout ? here.replace(`(${columns})`, `(${columns}, ${column})`) : here
}

export interface FormPlaces {
  /** Of the migrated store that the tables are taken from. */
  readonly source: string
  /** An empty one. */
  readonly schema: string
  readonly form: Form
}

/** Tables and indexes, without what refers from one to the other: that is for when they are full. */
export async function makeTables(
  server: PostgresServer,
  { source, schema, form }: FormPlaces,
  rows: Readonly<Record<Large, number>>,
): Promise<readonly string[]> {
  const found = await server.query(`SELECT tablename FROM pg_tables WHERE schemaname = '${source}' ORDER BY 1`)
  const tables = found.map(({ tablename }) => String(tablename))
  const statements = [`SET search_path = ${schema}`]
  for (const table of tables) {
    const large = LARGE.find((one) => one === table)
    if (form === 'oneTable' || large === undefined) {
      statements.push(`CREATE TABLE ${table} (LIKE ${source}.${table} INCLUDING ALL)`)
      continue
    }
    const column = COLUMN[form][large]
    const bounds = boundsOf(column, rows[large])
    statements.push(
      `CREATE TABLE ${table} (LIKE ${source}.${table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (${column})`,
    )
    for (let month = 1; month <= MONTHS; month++) {
      const [from, to] = [bounds[month - 1], bounds[month]]
      statements.push(`CREATE TABLE ${table}_${month} PARTITION OF ${table} FOR VALUES FROM (${from}) TO (${to})`)
    }
    const indexes = await server.query(
      `SELECT indexdef FROM pg_indexes WHERE schemaname = '${source}' AND tablename = '${table}'`,
    )
    statements.push(...indexes.map(({ indexdef }) => indexOf(String(indexdef), table, column)))
  }
  await server.query(statements.join(';\n'))
  return tables
}

/** What refers from table to table, as in the source. */
export async function addReferences(server: PostgresServer, { source, schema }: FormPlaces): Promise<void> {
  const found = await server.query(`
    SELECT t.relname AS name, replace(pg_get_constraintdef(c.oid), '${source}.', '') AS definition
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
    WHERE c.contype = 'f' AND c.connamespace = '${source}'::regnamespace`)
  const statements = found.map(({ name, definition }) => `ALTER TABLE ${String(name)} ADD ${String(definition)}`)
  await server.query([`SET search_path = ${schema}`, ...statements].join(';\n'))
}

export interface Sizes {
  readonly rowsMB: number
  readonly indexesMB: number
  readonly relations: number
}

/** Of a table with all its partitions. */
export async function sizesOf(server: PostgresServer, schema: string, table: string): Promise<Sizes> {
  const [row] = await server.query(`
    SELECT sum(pg_table_size(relid))::float8 AS rows, sum(pg_indexes_size(relid))::float8 AS indexes,
      (count(*) + sum((SELECT count(*) FROM pg_index WHERE indrelid = relid)))::float8 AS relations
    FROM (SELECT relid FROM pg_partition_tree('${schema}.${table}') UNION SELECT '${schema}.${table}'::regclass) AS tree`)
  const mb = (bytes: unknown): number => Math.round(Number(bytes) / 1e5) / 10
  return { rowsMB: mb(row?.['rows']), indexesMB: mb(row?.['indexes']), relations: Number(row?.['relations']) }
}

// Copies an embedded store into an empty PostgreSQL database, whole and compared row by row, or not at all.

import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { databaseFile, prepareKeptFolder } from './database.ts'
import { migrate } from './migrate.ts'
import type { PostgresConnection } from './postgres/connection.ts'
import { MIGRATIONS, WRITERS } from './postgres/locks.ts'
import { StoreProblem } from './problem.ts'
import type { SqlRow, SqlValue } from './sql.ts'

export interface CopyOptions {
  readonly dataDir: string
  readonly now: number
  readonly bytes: (size: number) => Buffer
}

export interface CopiedTable {
  readonly table: string
  readonly rows: number
}

interface Table {
  readonly name: string
  readonly columns: readonly string[]
  /** By the primary key: the same order in both. */
  readonly order: string
}

/** Says which migrations the copy has had, and when. */
const VERSIONS = 'schema_version'
const PAGE_ROWS = 500

/**
 * Nobody may use the folder meanwhile, and the database must hold no tables: throws StoreProblem. All of it is one transaction there,
 * which is committed once each table reads the same in both; killed before that, the database is as empty as before. The folder
 * stays as it is.
 */
export function copyStore(connection: PostgresConnection, options: CopyOptions): readonly CopiedTable[] {
  const { release, unlock } = prepareKeptFolder(options)
  const source = new DatabaseSync(databaseFile(options.dataDir), { readOnly: true })
  try {
    connection.send('BEGIN')
    connection.send(`SELECT pg_advisory_xact_lock(${MIGRATIONS}, hashtext(current_schema()))`)
    connection.send(`SELECT pg_advisory_xact_lock(${WRITERS}, hashtext(current_schema()))`)
    refuseUsed(connection)
    migrate(connection, new Set(), options.now)
    const tables = tablesOf(source)
    // The rows that a migration makes are in the source, too.
    connection.send(`TRUNCATE ${tables.map(({ name }) => name).join(', ')}`)
    const copied = tables.map((table) => copyTable(source, connection, table))
    connection.send('COMMIT')
    return copied
  } finally {
    source.close()
    release()
    unlock()
  }
}

function refuseUsed(connection: PostgresConnection): void {
  if (connection.send("SELECT to_regclass('schema_version') IS NULL AS is_new").rows[0]?.['is_new'] === 1) return
  throw new StoreProblem(
    'STORE_USED',
    '目标数据库里已经有网关的数据；只能复制到空的数据库或模式。',
    'The database holds a gateway’s data already: a copy goes into an empty database or schema only.',
  )
}

/** In the order in which they were made: what a row refers to stands before it. */
function tablesOf(source: DatabaseSync): readonly Table[] {
  const names = source
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid")
    .all()
  return names
    .map(({ name }) => String(name))
    .filter((name) => name !== VERSIONS)
    .map((name) => {
      const columns = source.prepare(`PRAGMA table_info(${name})`).all() as unknown as readonly {
        readonly name: string
        readonly pk: number
      }[]
      const key = columns.filter(({ pk }) => pk > 0).toSorted((one, other) => one.pk - other.pk)
      return { name, columns: columns.map((column) => column.name), order: key.map((column) => column.name).join(', ') }
    })
}

function copyTable(source: DatabaseSync, connection: PostgresConnection, table: Table): CopiedTable {
  const { name, columns, order } = table
  const names = columns.join(', ')
  const insert = connection.prepare(`INSERT INTO ${name} (${names}) VALUES (${columns.map(() => '?').join(', ')})`)
  const [read, written] = [openDigest(columns), openDigest(columns)]
  let rows = 0
  for (const row of source.prepare(`SELECT ${names} FROM ${name} ORDER BY ${order}`).iterate()) {
    insert.run(...columns.map((column) => row[column] as SqlValue))
    read.add(row)
    rows += 1
    if (rows % PAGE_ROWS === 0) connection.flush()
  }
  connection.flush()
  connection.send(`DECLARE copied NO SCROLL CURSOR FOR SELECT ${names} FROM ${name} ORDER BY ${order}`)
  for (;;) {
    const page = connection.send(`FETCH ${PAGE_ROWS} FROM copied`).rows
    for (const row of page) written.add(row)
    if (page.length < PAGE_ROWS) break
  }
  connection.send('CLOSE copied')
  if (read.end() !== written.end()) throw new Error(`the copy of ${name} does not read as the table does`)
  return { table: name, rows }
}

/** Of rows in their order, whichever engine gives them. */
function openDigest(columns: readonly string[]) {
  const hash = createHash('sha256')
  const written = (value: SqlRow[string] | undefined): unknown =>
    value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('base64') } : value
  return {
    add(row: SqlRow) {
      hash.update(`${JSON.stringify(columns.map((column) => written(row[column])))}\n`)
    },
    end: () => hash.digest('base64'),
  }
}

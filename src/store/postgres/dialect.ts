// Says in PostgreSQL's words what the store's operations and migrations say in SQLite's. Every difference there is stands here.

import { MIGRATIONS } from '../migrate.ts'
import { BLOCK_RECORDS, inBlock } from '../record-blocks.ts'

/**
 * The column by which SQLite numbers the rows of a table by itself: one more than the greatest number there is. So it is done here: a
 * sequence would leave out what was rolled back and hand numbers out before the commits that they belong to, and the store's one
 * writer at a time needs neither.
 */
const NUMBERED = new Map(
  [
    ...MIGRATIONS.map(({ sql }) => sql)
      .join('')
      .matchAll(/CREATE TABLE (\w+) \(\s+(\w+) INTEGER PRIMARY KEY\b/g),
  ].map(([, table = '', column = '']) => [table, column]),
)

/** `?`, or `?3` where one value stands in several places. */
function numbered(sql: string): string {
  let next = 0
  return sql.replace(/\?(\d*)/g, (_, number: string) => `$${number === '' ? ++next : number}`)
}

const INSERT = /^\s*INSERT INTO (\w+)\s*\(([^)]*)\)\s*(VALUES\s*\(|SELECT\b)/

function withNumber(sql: string): string {
  const [head, table = '', columns = '', begin = ''] = INSERT.exec(sql) ?? []
  const column = NUMBERED.get(table)
  if (head === undefined || column === undefined || columns.split(',').some((one) => one.trim() === column)) return sql
  const next = `(SELECT coalesce(max(${column}), 0) + 1 FROM ${table})`
  const rest = sql.slice(head.length)
  return `INSERT INTO ${table} (${column}, ${columns}) ${begin} ${next}, ${rest} RETURNING ${column} AS rowid`
}

/** One statement of an operation. */
export function statementOf(sql: string): string {
  return numbered(
    withNumber(
      sql
        .replace(BLOCKS_LAST, (_, blocks: string) => `from ${blocks} AS b ${readBlock('records')}`)
        .replace(BLOCKS_FIRST, readBlock('r'))
        // The planner of each engine knows its own indexes.
        .replace(/ INDEXED BY \w+/g, '')
        // SQLite keeps the tables of a CROSS JOIN in their order, with a condition or without.
        .replace(/\bCROSS JOIN (\w+ \w+) ON\b/g, 'JOIN $1 ON')
        // A value that is only asked for its absence first has no type yet: such filters are texts.
        .replace(/\(\?(\d) IS NULL\b/g, '(CAST(?$1 AS TEXT) IS NULL')
        .replace(MEMBER, memberOf)
        .replace("unixepoch('subsec')", 'extract(epoch FROM clock_timestamp())'),
    ),
  )
}

const BLOCKS_FIRST = `JOIN records r ON ${inBlock('r')}`
const BLOCKS_LAST = new RegExp(
  `from "records" inner join (\\(.*\\)) as "b" on ${RegExp.escape(inBlock('records'))}`,
  's',
)

/** By the two bounds alone PostgreSQL takes a block for a ninth of all records, and reads them all instead. */
const readBlock = (alias: string): string => `CROSS JOIN LATERAL (
  SELECT * FROM records WHERE ${inBlock('records')} ORDER BY position LIMIT ${BLOCK_RECORDS}) AS ${alias}`

const MEMBER = /\bjson_extract\(([\w.]+), '\$\.([\w.]+)'\)/g
const memberOf = (_: string, document: string, path: string): string =>
  `(${document}::json #>> '{${path.replaceAll('.', ',')}}')`

/** The statements of a migration. Text is ordered by its bytes, whatever the language of the database. */
export function scriptOf(sql: string): string {
  return sql
    .replace(/--[^\n]*/g, '')
    .replace(/\) STRICT(, WITHOUT ROWID)?;?/g, ');')
    .replace(/\bINTEGER\b/g, 'BIGINT')
    .replace(/\bBLOB\b/g, 'BYTEA')
    .replace(/\bTEXT\b/g, 'TEXT COLLATE "C"')
    .replace(MEMBER, memberOf)
    .replaceAll('hex(randomblob(16))', "replace(gen_random_uuid()::text, '-', '')")
    .replace(/\bINSERT OR IGNORE INTO ([^;]+);/g, 'INSERT INTO $1 ON CONFLICT DO NOTHING;')
    .replace(/\biif\(([^(),]+), ([^(),]+), ([^(),]+)\)/g, 'CASE WHEN $1 THEN $2 ELSE $3 END')
}

// The rights that a gateway's role needs in the database: it adds to what is evidence, and can change nothing of it.

import type { PostgresConnection } from './connection.ts'

/** The audit log with its search terms and keys, and the history of cases: added to and read. */
export const KEPT_TABLES = ['records', 'record_terms', 'log_nodes', 'log_keys', 'store_keys', 'case_events'] as const

const READ_ONLY = 'schema_version'

/** A name as it can stand in a statement. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

function rightsOn(table: string): string {
  if (table === READ_ONLY) return 'SELECT'
  return (KEPT_TABLES as readonly string[]).includes(table) ? 'SELECT, INSERT' : 'SELECT, INSERT, UPDATE, DELETE'
}

/** What the owner of these tables says to give `role` what a gateway needs of them, and nothing that it was given before. */
export function rightsSql(schema: string, tables: readonly string[], role: string): readonly string[] {
  const [place, to] = [quoted(schema), quoted(role)]
  return [
    `GRANT USAGE ON SCHEMA ${place} TO ${to}`,
    `REVOKE ALL ON ALL TABLES IN SCHEMA ${place} FROM ${to}`,
    ...tables.map((table) => `GRANT ${rightsOn(table)} ON ${place}.${quoted(table)} TO ${to}`),
  ]
}

/** Within a session of the owner. Gives the statements that it has carried out. Throws PostgresError. */
export function giveRights(connection: PostgresConnection, role: string): readonly string[] {
  const { rows } = connection.send(`
    SELECT schemaname, tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename`)
  const schema = String(rows[0]?.['schemaname'] ?? 'public')
  const statements = rightsSql(
    schema,
    rows.map(({ tablename }) => String(tablename)),
    role,
  )
  for (const statement of statements) connection.send(statement)
  return statements
}

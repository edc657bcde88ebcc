// Finds one audit record by its id.

import type { AuditRecord } from '../domain/audit.ts'
import type { Sql } from './sql.ts'

export interface RecordRow {
  readonly id: string
  readonly leaf: string
  readonly leaf_hash: Uint8Array
}

export const auditRecord = (row: RecordRow): AuditRecord => ({
  id: row.id,
  leaf: JSON.parse(row.leaf) as Readonly<Record<string, unknown>>,
  leafHash: Buffer.from(row.leaf_hash).toString('base64'),
})

export function openRecordReader(database: Sql): (id: string) => AuditRecord | null {
  const find = database.prepare('SELECT id, leaf, leaf_hash FROM records WHERE id = ?')
  return (id) => {
    const row = find.get(id) as RecordRow | undefined
    return row === undefined ? null : auditRecord(row)
  }
}

// Finds where the numbers of a node's records do not follow each other: something is missing before that record.

import type { AuditRecord } from '../domain/audit.ts'
import type { Page } from '../domain/store.ts'
import { auditRecord, type RecordRow } from './read-records.ts'
import type { Sql } from './sql.ts'

/** Records that one page looks at, which takes some 10 ms: a page may be short, and the next one goes on behind them. */
const LOOKED_AT_MAX = 2000

interface Row extends RecordRow {
  readonly position: number
}

interface Numbered {
  readonly node: string
  readonly seq: number
}

const numberOf = ({ leaf }: Pick<RecordRow, 'leaf'>): Numbered => JSON.parse(leaf) as Numbered

/** Oldest first, after the position `after`. */
export function openGapSearch(database: Sql): (after: number, limit: number) => Page<AuditRecord> {
  const following = database.prepare(`
    SELECT position, id, leaf, leaf_hash FROM records WHERE position > ? ORDER BY position LIMIT ${LOOKED_AT_MAX}`)
  const before = database.prepare(`
    SELECT leaf FROM records WHERE position < ? AND json_extract(leaf, '$.node') = ? ORDER BY position DESC LIMIT 1`)

  /** The number of the node's last record before this position, 0 where there is none. */
  function seqBefore(position: number, node: string): number {
    const row = before.get(position, node)
    return row === undefined ? 0 : numberOf(row as unknown as RecordRow).seq
  }

  return (after, limit) => {
    const rows = following.all(after) as unknown as readonly Row[]
    const seqs = new Map<string, number>()
    const entries: AuditRecord[] = []
    let lookedAt = after
    for (const row of rows) {
      if (entries.length === limit) return { entries, next: lookedAt }
      lookedAt = row.position
      const { node, seq } = numberOf(row)
      if (seq !== (seqs.get(node) ?? seqBefore(row.position, node)) + 1) entries.push(auditRecord(row))
      seqs.set(node, seq)
    }
    return { entries, next: rows.length === LOOKED_AT_MAX ? lookedAt : null }
  }
}

// Finds drafts for their owners.

import type { Draft, DraftFilter, DraftOwner, DraftSummary } from '../domain/draft.ts'
import type { Page } from '../domain/store.ts'
import { draftPlace } from './places.ts'
import type { Sealer } from './sealed.ts'
import type { Sql, SqlValue, Statement } from './sql.ts'
import { openSubjectFinder } from './subjects.ts'

export interface DraftRow {
  readonly position: number
  readonly draft_id: string
  readonly item: string
  readonly version: string
  readonly size_bytes: number
  readonly saved_at: number
  readonly saved_by: string | null
  readonly content: Uint8Array
}

/** A statement about drafts of a hall and one about those of a person: each owner's own index answers it. */
export interface OfOwner {
  readonly hall: Statement
  readonly subject: Statement
}

/** `sql` with the word OWNER where the owner's column is compared. */
export const ofOwner = (database: Sql, sql: string): OfOwner => ({
  hall: database.prepare(sql.replace('OWNER', 'hall = ?')),
  subject: database.prepare(sql.replace('OWNER', 'subject_id = ?')),
})

export const FIND_DRAFT = 'SELECT * FROM drafts WHERE OWNER AND draft_id = ?'

const summaryOf = (row: DraftRow): DraftSummary => ({
  draftId: row.draft_id,
  item: row.item,
  version: row.version,
  sizeBytes: row.size_bytes,
  savedAt: row.saved_at,
  savedBy: row.saved_by,
})

export interface DraftReader {
  /** Null if the owner has none of this id. */
  find(draftId: string, owner: DraftOwner): Draft | null
  /** Without what they hold. */
  list(filter: DraftFilter): Page<DraftSummary>
}

export function openDraftReader(database: Sql, sealer: Sealer): DraftReader {
  const find = ofOwner(database, FIND_DRAFT)
  const list = ofOwner(
    database,
    `SELECT position, draft_id, item, version, size_bytes, saved_at, saved_by FROM drafts
     WHERE OWNER AND position < ? AND item = coalesce(?, item) ORDER BY position DESC LIMIT ? + 0`,
  )
  const subjectOf = openSubjectFinder(database)

  function all(statements: OfOwner, owner: DraftOwner, ...values: SqlValue[]): readonly DraftRow[] {
    if ('hall' in owner) return statements.hall.all(owner.hall, ...values) as unknown as readonly DraftRow[]
    const subject = subjectOf(owner.subjectKey)
    if (subject === null) return []
    return statements.subject.all(subject.subjectId, ...values) as unknown as readonly DraftRow[]
  }

  return {
    find(draftId, owner) {
      const [row] = all(find, owner, draftId)
      if (row === undefined) return null
      return { ...summaryOf(row), content: sealer.open(draftPlace(row.position), row.content) }
    },
    list({ owner, item, limit, before }) {
      const rows = all(list, owner, before ?? Number.MAX_SAFE_INTEGER, item ?? null, limit + 1)
      const shown = rows.slice(0, limit)
      return { entries: shown.map(summaryOf), next: rows.length > limit ? (shown.at(-1)?.position ?? null) : null }
    },
  }
}

// Keeps and deletes drafts, within the writer's transaction.

import type { RecordDraft } from '../domain/audit.ts'
import type { DraftDeleted, DraftKept, DraftOwner, NewDraft } from '../domain/draft.ts'
import { draftPlace } from './places.ts'
import { FIND_DRAFT, ofOwner, type DraftRow, type OfOwner } from './read-drafts.ts'
import type { Sealer } from './sealed.ts'
import type { Sql, SqlValue } from './sql.ts'
import type { Subject } from './subjects.ts'
import type { RecordWriter } from './write-records.ts'

export interface DraftWriter {
  keep(draft: NewDraft): DraftKept
  delete(draftId: string, owner: DraftOwner, version: string, record: RecordDraft): DraftDeleted
  /** Deletes those last saved before this time, at most `limit`; `record` with their number is appended where there were any. */
  forget(savedBefore: number, limit: number, record: RecordDraft): number
}

export function openDraftWriter(options: {
  readonly database: Sql
  readonly sealer: Sealer
  readonly records: RecordWriter
  readonly subjectOf: (subjectKey: string) => Subject
}): DraftWriter {
  const { database, sealer, records, subjectOf } = options
  const find = ofOwner(database, FIND_DRAFT)
  const count = ofOwner(database, 'SELECT count(*) AS kept FROM drafts WHERE OWNER')
  const insert = database.prepare(`
    INSERT INTO drafts (draft_id, hall, subject_id, item, version, size_bytes, saved_at, saved_by, content)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const seal = database.prepare('UPDATE drafts SET content = ? WHERE position = ?')
  const update = database.prepare(`
    UPDATE drafts SET item = ?, version = ?, size_bytes = ?, saved_at = ?, saved_by = ?, content = ? WHERE position = ?`)
  const remove = database.prepare('DELETE FROM drafts WHERE position = ?')
  const findOld = database.prepare('SELECT position FROM drafts WHERE saved_at < ? ORDER BY saved_at LIMIT ? + 0')

  /** The owner's columns: a hall, or a subject's number. */
  const columnsOf = (owner: DraftOwner): readonly [string | null, number | null] =>
    'hall' in owner ? [owner.hall, null] : [null, subjectOf(owner.subjectKey).subjectId]

  function one(statements: OfOwner, owner: DraftOwner, ...values: SqlValue[]): unknown {
    const [hall, subjectId] = columnsOf(owner)
    return hall === null ? statements.subject.get(subjectId, ...values) : statements.hall.get(hall, ...values)
  }

  const found = (draftId: string, owner: DraftOwner): DraftRow | undefined =>
    one(find, owner, draftId) as DraftRow | undefined

  function keepNew(draft: NewDraft): DraftKept {
    const { draftId, owner, content } = draft
    const { kept } = one(count, owner) as { readonly kept: number }
    if (kept >= draft.keptMax) return { kind: 'too-many' }
    const facts = [draft.item, draft.version, draft.sizeBytes, draft.savedAt, draft.savedBy] as const
    // Where it stands belongs to the seal, and is known with its position only.
    const { lastInsertRowid } = insert.run(draftId, ...columnsOf(owner), ...facts, new Uint8Array())
    const position = Number(lastInsertRowid)
    seal.run(sealer.seal(draftPlace(position), content), position)
    records.append(draft.record)
    return { kind: 'kept', isNew: true }
  }

  return {
    keep(draft) {
      const row = found(draft.draftId, draft.owner)
      if (row === undefined) return draft.from === null ? keepNew(draft) : { kind: 'changed', version: null }
      if (row.version !== draft.version && row.version !== draft.from) return { kind: 'changed', version: row.version }
      update.run(
        draft.item,
        draft.version,
        draft.sizeBytes,
        draft.savedAt,
        draft.savedBy,
        sealer.seal(draftPlace(row.position), draft.content),
        row.position,
      )
      records.append(draft.record)
      return { kind: 'kept', isNew: false }
    },

    delete(draftId, owner, version, record) {
      const row = found(draftId, owner)
      if (row === undefined) return { kind: 'unknown' }
      if (row.version !== version) return { kind: 'changed', version: row.version }
      remove.run(row.position)
      records.append({ ...record, item: row.item })
      return { kind: 'deleted' }
    },

    forget(savedBefore, limit, record) {
      const old = findOld.all(savedBefore, limit)
      for (const { position } of old) remove.run(Number(position))
      if (old.length > 0) records.append({ ...record, counts: { drafts: old.length } })
      return old.length
    },
  }
}

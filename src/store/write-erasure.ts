// Erases what is kept of a person and may go, within the writer's transaction: values, salts, drafts, uploads, the way to the person.

import type { Erased } from '../domain/disclosure.ts'
import type { RecordDraft } from '../domain/audit.ts'
import type { DisclosedValues } from './disclosed-values.ts'
import { openSaltRemover } from './salts.ts'
import type { Sealer } from './sealed.ts'
import type { Subject } from './subjects.ts'
import type { KnownToCaller, RecordWriter } from './write-records.ts'
import type { Sql, Statement } from './sql.ts'

export interface EraserOptions {
  readonly database: Sql
  readonly sealer: Sealer
  readonly records: RecordWriter
  readonly disclosed: DisclosedValues
  readonly subjectOf: (subjectKey: string) => Subject
}

export interface Eraser {
  erase(subjectKey: string, record: RecordDraft): Erased
  /** Whom an erasure of another state of the log has named so. */
  redo(erasureRef: string, record: RecordDraft): Erased
}

const NOTHING: Erased = { isKnown: false, values: 0, salts: 0, drafts: 0, uploads: 0, files: [], casesKept: 0 }

interface Row {
  readonly subject_id: number
  readonly subject_key: string
  readonly erasure_ref: string | null
}

/** Records by which it can be told that the person was erased, and that lead nowhere else. */
const ERASURES = `
  SELECT record_subjects.position FROM record_subjects JOIN records ON records.position = record_subjects.position
  WHERE record_subjects.subject_id = ? AND records.kind = 'subject-erased'
    AND json_extract(records.leaf, '$.subjectRef') IS NULL`

/** Deleted rows are overwritten in the file (secure_delete); in the log beside it until that is written anew. */
export function openEraser(options: EraserOptions): Eraser {
  const { database, sealer, records, disclosed, subjectOf } = options
  const find = database.prepare('SELECT subject_id, subject_key, erasure_ref FROM subjects WHERE subject_key = ?')
  // A look at all of them: it is done after a restored backup alone, and an index would cost each new person a page.
  const findErased = database.prepare('SELECT subject_id, subject_key, erasure_ref FROM subjects WHERE erasure_ref = ?')
  const erasures = database.prepare(ERASURES)
  const link = database.prepare('INSERT INTO record_subjects (position, subject_id) VALUES (?, ?)')
  const cases = database.prepare('SELECT count(*) AS count FROM case_parties WHERE subject_id = ?')
  const withoutCase = database.prepare('SELECT position FROM record_subjects WHERE subject_id = ?')
  const dropValues = database.prepare(`
    DELETE FROM disclosed_values WHERE subject_id = ?
    AND position IN (SELECT position FROM record_subjects WHERE subject_id = ?)`)
  const dropKey = database.prepare(`
    DELETE FROM subject_keys WHERE subject_id = ?
    AND NOT EXISTS (SELECT 1 FROM disclosed_values WHERE disclosed_values.subject_id = subject_keys.subject_id)`)
  const dropDrafts = database.prepare('DELETE FROM drafts WHERE subject_id = ?')
  const uploads = database.prepare('SELECT file FROM materials WHERE subject_id = ? AND case_position IS NULL')
  const dropUploads = database.prepare('DELETE FROM materials WHERE subject_id = ? AND case_position IS NULL')
  const unlink = database.prepare('DELETE FROM record_subjects WHERE subject_id = ?')
  const dropSubject = database.prepare('DELETE FROM subjects WHERE subject_id = ?')
  const salts = openSaltRemover(database, sealer)

  function eraseAll(subjectId: number, positions: readonly number[]): Erased {
    const casesKept = Number(cases.get(subjectId)?.['count'])
    const removedSalts = salts.ofRecords(positions)
    const values = Number(dropValues.run(subjectId, subjectId).changes)
    const files = uploads.all(subjectId).map(({ file }) => String(file))
    const removedUploads = Number(dropUploads.run(subjectId).changes)
    const drafts = Number(dropDrafts.run(subjectId).changes)
    dropKey.run(subjectId)
    disclosed.forget()
    const isKnown = casesKept + positions.length + values + drafts + removedUploads > 0
    return { isKnown, values, salts: removedSalts, drafts, uploads: removedUploads, files, casesKept }
  }

  /** The person is somebody new, to whom only the erasures of before belong. */
  function begunAnew({ subject_id: subjectId, subject_key: subjectKey }: Row, earlier: readonly number[]): Subject {
    unlink.run(subjectId)
    dropSubject.run(subjectId)
    const anew = subjectOf(subjectKey)
    for (const position of earlier) link.run(position, anew.subjectId)
    return anew
  }

  function eraseSubject(row: Row, record: RecordDraft): Erased {
    const positionsOf = (statement: Statement): readonly number[] =>
      statement.all(row.subject_id).map(({ position }) => Number(position))
    const earlier = positionsOf(erasures)
    const erased = eraseAll(
      row.subject_id,
      positionsOf(withoutCase).filter((position) => !earlier.includes(position)),
    )
    const named = row.erasure_ref === null ? {} : { erasureRef: row.erasure_ref }
    if (erased.casesKept > 0) put({ ...record, subjectKey: row.subject_key }, erased, named)
    else put({ ...record, subjectKey: null }, erased, { ...named, foundBySubject: begunAnew(row, earlier).subjectId })
    return erased
  }

  /** A record that names a reference of the person would lead from the number to everything that was erased. */
  function put(record: RecordDraft, erased: Erased, known: KnownToCaller): void {
    const { values, salts: removedSalts, drafts, uploads: files, casesKept } = erased
    records.append({ ...record, counts: { values, salts: removedSalts, drafts, uploads: files, casesKept } }, known)
  }

  return {
    erase(subjectKey, record) {
      const row = find.get(subjectKey) as unknown as Row | undefined
      if (row !== undefined) return eraseSubject(row, record)
      put({ ...record, subjectKey: null }, NOTHING, { foundBySubject: subjectOf(subjectKey).subjectId })
      return NOTHING
    },

    redo(erasureRef, record) {
      const row = findErased.get(erasureRef) as unknown as Row | undefined
      return row === undefined ? NOTHING : eraseSubject(row, record)
    },
  }
}

// Erases what is kept of a person and may go, within the writer's transaction: values, salts, drafts, uploads, the way to the person.

import type { Erased } from '../domain/disclosure.ts'
import type { RecordDraft } from '../domain/audit.ts'
import type { DisclosedValues } from './disclosed-values.ts'
import { openSaltRemover } from './salts.ts'
import type { Sealer } from './sealed.ts'
import { openSubjectFinder } from './subjects.ts'
import type { RecordWriter } from './write-records.ts'
import type { Sql } from './sql.ts'

export interface EraserOptions {
  readonly database: Sql
  readonly sealer: Sealer
  readonly records: RecordWriter
  readonly disclosed: DisclosedValues
}

const NOTHING: Erased = { isKnown: false, values: 0, salts: 0, drafts: 0, uploads: 0, files: [], casesKept: 0 }

/** Deleted rows are overwritten in the file (secure_delete); in the log beside it until that is written anew. */
export function openEraser(options: EraserOptions): (subjectKey: string, record: RecordDraft) => Erased {
  const { database, sealer, records, disclosed } = options
  const find = openSubjectFinder(database)
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

  function erase(subjectId: number): Erased {
    const casesKept = Number(cases.get(subjectId)?.['count'])
    const positions = withoutCase.all(subjectId).map(({ position }) => Number(position))
    const removedSalts = salts.ofRecords(positions)
    const values = Number(dropValues.run(subjectId, subjectId).changes)
    const files = uploads.all(subjectId).map(({ file }) => String(file))
    const removedUploads = Number(dropUploads.run(subjectId).changes)
    const drafts = Number(dropDrafts.run(subjectId).changes)
    dropKey.run(subjectId)
    disclosed.forget()
    if (casesKept === 0) {
      unlink.run(subjectId)
      dropSubject.run(subjectId)
    }
    return { isKnown: true, values, salts: removedSalts, drafts, uploads: removedUploads, files, casesKept }
  }

  return (subjectKey, record) => {
    const subject = find(subjectKey)
    const erased = subject === null ? NOTHING : erase(subject.subjectId)
    const { values, salts: removedSalts, drafts, uploads: files, casesKept } = erased
    const counts = { values, salts: removedSalts, drafts, uploads: files, casesKept }
    // By the reference, which leads nowhere any more; the key would make a new way to the person.
    const known = subject === null ? {} : { subjectRef: subject.subjectRef }
    records.append({ ...record, subjectKey: null, counts }, known)
    return erased
  }
}

// Gives each person and organization a random reference, the only thing of them that an immutable leaf may hold.

import type { Sql } from './sql.ts'

const REFERENCE_BYTES = 16

export interface Subject {
  /** Within the store only. */
  readonly subjectId: number
  /** 128 random bits, base64url. */
  readonly subjectRef: string
}

/** Finds a subject by its key, null if the store knows nobody under it. */
export function openSubjectFinder(database: Sql): (subjectKey: string) => Subject | null {
  const find = database.prepare('SELECT subject_id, subject_ref FROM subjects WHERE subject_key = ?')
  return (subjectKey) => {
    const row = find.get(subjectKey)
    if (row === undefined) return null
    return { subjectId: Number(row['subject_id']), subjectRef: String(row['subject_ref']) }
  }
}

/** Finds a subject by its key; the first time, draws its reference and keeps it in the transaction at hand. */
export function openSubjects(database: Sql, bytes: (size: number) => Buffer): (subjectKey: string) => Subject {
  const find = openSubjectFinder(database)
  const add = database.prepare('INSERT INTO subjects (subject_key, subject_ref, erasure_ref) VALUES (?, ?, ?)')
  return (subjectKey) => {
    const found = find(subjectKey)
    if (found !== null) return found
    const subjectRef = bytes(REFERENCE_BYTES).toString('base64url')
    const erasureRef = bytes(REFERENCE_BYTES).toString('hex')
    const { lastInsertRowid } = add.run(subjectKey, subjectRef, erasureRef)
    return { subjectId: Number(lastInsertRowid), subjectRef }
  }
}

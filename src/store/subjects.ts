// Gives each person and organization a random reference, the only thing of them that an immutable leaf may hold.

import type { DatabaseSync } from 'node:sqlite'

const REFERENCE_BYTES = 16

/** Answers the reference of a subject key; the first time, draws it and keeps it in the transaction at hand. */
export function openSubjects(database: DatabaseSync, bytes: (size: number) => Buffer): (subjectKey: string) => string {
  const find = database.prepare('SELECT subject_ref FROM subjects WHERE subject_key = ?')
  const add = database.prepare('INSERT INTO subjects (subject_key, subject_ref) VALUES (?, ?)')
  return (subjectKey) => {
    const found = find.get(subjectKey)
    if (found !== undefined) return String(found['subject_ref'])
    const reference = bytes(REFERENCE_BYTES).toString('base64url')
    add.run(subjectKey, reference)
    return reference
  }
}

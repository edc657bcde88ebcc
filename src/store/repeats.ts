// Finds what an idempotency key was used for before.

import type { DatabaseSync } from 'node:sqlite'
import type { KeptAnswer, Repeat } from '../domain/store.ts'
import { answerPlace } from './places.ts'
import type { Sealer } from './sealed.ts'

interface RepeatRow {
  readonly case_no: string
  readonly fingerprint: string
  readonly answer_due_at: number
  readonly answer: Uint8Array | null
}

export function openRepeats(database: DatabaseSync, sealer: Sealer): (scope: string) => Repeat | null {
  const find = database.prepare(`
    SELECT c.case_no, c.fingerprint, c.answer_due_at, a.answer
    FROM cases c LEFT JOIN kept_answers a ON a.case_position = c.position
    WHERE c.scope = ?`)
  return (scope) => {
    const row = find.get(scope) as RepeatRow | undefined
    if (row === undefined) return null
    const answer =
      row.answer === null ? null : (JSON.parse(sealer.open(answerPlace(row.case_no), row.answer)) as KeptAnswer)
    return { fingerprint: row.fingerprint, caseNo: row.case_no, leaseUntil: row.answer_due_at, answer }
  }
}

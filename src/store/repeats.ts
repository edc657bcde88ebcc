// Finds what an idempotency key was used for before.

import type { KeptAnswer, Repeat } from '../domain/store.ts'
import { actAnswerPlace, answerPlace, deliveryActAnswerPlace } from './places.ts'
import type { Place, Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'

interface RepeatRow {
  readonly case_no: string
  readonly fingerprint: string
  readonly answer_due_at: number
  readonly answer: Uint8Array | null
}

export function openRepeats(database: Sql, sealer: Sealer): (scope: string) => Repeat | null {
  const findCase = database.prepare(`
    SELECT c.case_no, c.fingerprint, c.answer_due_at, a.answer
    FROM cases c LEFT JOIN kept_answers a ON a.case_position = c.position
    WHERE c.scope = ?`)
  const findAct = database.prepare(`
    SELECT c.case_no, a.fingerprint, a.answer_due_at, a.answer, a.position
    FROM case_acts a JOIN cases c ON c.position = a.case_position
    WHERE a.scope = ?`)
  const findDecision = database.prepare(`
    SELECT c.case_no, a.fingerprint, a.at AS answer_due_at, a.answer, a.position
    FROM delivery_acts a JOIN cases c ON c.position = a.case_position
    WHERE a.scope = ?`)
  const repeatOf = ({ case_no: caseNo, fingerprint, answer_due_at, answer }: RepeatRow, place: Place): Repeat => ({
    fingerprint,
    caseNo,
    leaseUntil: answer_due_at,
    answer: answer === null ? null : (JSON.parse(sealer.open(place, answer)) as KeptAnswer),
  })
  return (scope) => {
    const filed = findCase.get(scope) as RepeatRow | undefined
    if (filed !== undefined) return repeatOf(filed, answerPlace(filed.case_no))
    const act = findAct.get(scope) as (RepeatRow & { readonly position: number }) | undefined
    if (act !== undefined) return repeatOf(act, actAnswerPlace(act.position))
    const decision = findDecision.get(scope) as (RepeatRow & { readonly position: number }) | undefined
    return decision === undefined ? null : repeatOf(decision, deliveryActAnswerPlace(decision.position))
  }
}

// Keeps the answers that repeated idempotency keys get, within the writer's transaction; the first that is kept stays.

import type { KeptAnswer } from '../domain/store.ts'
import { actAnswerPlace, answerPlace, deliveryActAnswerPlace } from './places.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'

export interface AnswerKeeper {
  /** For the key that the case was filed with. */
  keepOfCase(caseNo: string, answer: KeptAnswer): void
  /** For whichever was done under this key; does nothing for an unknown one. */
  keep(scope: string, answer: KeptAnswer): void
}

export function openAnswerKeeper(database: Sql, sealer: Sealer): AnswerKeeper {
  const insert = database.prepare(`
    INSERT INTO kept_answers (case_position, answer) SELECT position, ? FROM cases WHERE case_no = ?
    ON CONFLICT DO NOTHING`)
  const update = database.prepare('UPDATE case_acts SET answer = ? WHERE position = ? AND answer IS NULL')
  const updateDecision = database.prepare('UPDATE delivery_acts SET answer = ? WHERE position = ? AND answer IS NULL')
  const caseOf = database.prepare('SELECT case_no FROM cases WHERE scope = ?')
  const actOf = database.prepare('SELECT position FROM case_acts WHERE scope = ?')
  const decisionOf = database.prepare('SELECT position FROM delivery_acts WHERE scope = ?')

  const keepOfCase: AnswerKeeper['keepOfCase'] = (caseNo, answer) => {
    insert.run(sealer.seal(answerPlace(caseNo), JSON.stringify(answer)), caseNo)
  }
  function keepOfAct(act: number, answer: KeptAnswer): void {
    update.run(sealer.seal(actAnswerPlace(act), JSON.stringify(answer)), act)
  }
  function keepOfDecision(decision: number, answer: KeptAnswer): void {
    updateDecision.run(sealer.seal(deliveryActAnswerPlace(decision), JSON.stringify(answer)), decision)
  }
  return {
    keepOfCase,
    keep(scope, answer) {
      const found = caseOf.get(scope)
      if (found !== undefined) return keepOfCase(String(found['case_no']), answer)
      const act = actOf.get(scope)
      if (act !== undefined) return keepOfAct(Number(act['position']), answer)
      const decision = decisionOf.get(scope)
      if (decision !== undefined) keepOfDecision(Number(decision['position']), answer)
    },
  }
}

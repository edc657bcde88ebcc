// Why something cannot be done with a case as it stands: said to the person at the counter, who has to tell the applicant.

import type { Act } from '../domain/acts.ts'
import { hasEnded, isOpen } from '../domain/case-states.ts'
import type { CaseState } from '../domain/delivery.ts'
import { STATE_NAMES } from '../domain/state-names.ts'
import type { Sentence } from '../domain/words.ts'

/** Of an act that the store did not enter, or that need not be tried: the case stands at `state`. */
export function whyNot(act: Act['kind'], state: CaseState): Sentence {
  switch (act) {
    case 'correction':
      return at(
        state,
        '上一次补正正在送往城市，或该城市已不再等待补正',
        'the last correction is on its way, or the city waits for none any more',
      )
    case 'withdrawal':
      return whyNotWithdrawn(state)
    case 'rerouting':
      return at(
        state,
        '没有被城市退回、等待改派的环节',
        'no leg of it was returned by its city and waits to be rerouted',
      )
    case 'mailing':
      return at(state, '作出决定之前才登记寄送', 'papers are posted before it is decided')
    case 'news':
      return at(state, '此状态之后不能登记这一进展', 'what is told cannot follow from there')
    case 'rating':
      return hasEnded(state)
        ? at(state, '已经评价过，每个办件只评价一次', 'it has been rated, which is done once')
        : at(state, '办件结束之后才能评价', 'it can be rated after its end')
  }
}

/** A leg that was sent to its city: the gateway hears from there how it goes on. */
export const cityTellsItself: Sentence = {
  zh: '本办件已转交属地办理，进展由该城市告知；只有在收件地办理的事项由收件大厅登记进展。',
  en: 'This case is with its competent city, which tells itself how it goes on: a hall tells only of what is decided where it was taken.',
}

/** Of a leg that is decided where it was taken: no message could carry a new version anywhere. */
export const correctedAtTheHall: Sentence = {
  zh: '本事项在收件地办理：补正材料请直接交到收件大厅，由大厅登记进展。',
  en: 'This item is decided where it was taken: bring what is missing to the hall, which tells then how it goes on.',
}

/** Nobody has asked for a new version. */
export const noCorrectionAsked = (state: CaseState): Sentence =>
  at(state, '没有城市要求补正', 'no city has asked for a correction')

function whyNotWithdrawn(state: CaseState): Sentence {
  if (state === 'withdrawn') return at(state, '不必再撤回', 'there is nothing left to withdraw')
  return isOpen(state)
    ? at(state, '撤回已提交，正在等待城市答复', 'its withdrawal was filed, and waits for the city’s answer')
    : at(state, '作出决定之前才能撤回', 'it can be withdrawn before it is decided')
}

const at = (state: CaseState, zh: string, en: string): Sentence => ({
  zh: `办件状态为“${STATE_NAMES[state].zh}”：${zh}。`,
  en: `The case stands at “${STATE_NAMES[state].en}”: ${en}.`,
})

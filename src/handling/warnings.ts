// What a caller should know of a case that was filed all the same.

import type { Caller } from '../domain/caller.ts'
import type { Sentence } from '../domain/words.ts'
import { caseScope } from '../identity/rights.ts'
import type { Parts } from './parts.ts'

export const WARNING_CODES = ['SAME_ITEM_OPEN'] as const

export interface Warning {
  readonly code: (typeof WARNING_CODES)[number]
  readonly message: Sentence
  /** Only where the caller may see that case. */
  readonly caseNo?: string
}

const SAME_ITEM_OPEN: Sentence = {
  zh: '同一申请人已有同一事项的办件尚未作出决定。如系重复提交，可撤回本件；尚未送出的当即撤回。',
  en: 'The same applicant has a case of the same item that is not decided yet. If this one was filed twice, withdraw it; what has not been sent is withdrawn at once.',
}

/** Of a case of the same applicant and item that stood open, null = there was none. Whose it is, is told to those who may see it. */
export async function twinWarnings(
  { store, keyed }: Pick<Parts, 'store' | 'keyed'>,
  caller: Caller,
  sameItemOpen: string | null,
): Promise<readonly Warning[]> {
  if (sameItemOpen === null) return []
  // The case that was filed is safe, whatever becomes of this look.
  const seen = await store.findCase(sameItemOpen, caseScope(caller.principal, keyed)).catch(() => null)
  const warning = { code: 'SAME_ITEM_OPEN', message: SAME_ITEM_OPEN } as const
  return [seen === null ? warning : { ...warning, caseNo: sameItemOpen }]
}

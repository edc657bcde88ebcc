// Tells a caller what is known where the store failed: whether anything was kept, and whether anything was sent.

import { asFault, Fault } from '../domain/fault.ts'
import type { Sentence } from '../domain/words.ts'

export const NOTHING_SENT: Sentence = {
  zh: '未向城市发送任何内容。',
  en: 'Nothing was sent to a city.',
}

/** A query's own outcome: no answer without evidence. */
export const ANSWER_WITHHELD: Sentence = {
  zh: '已向城市查询，但无法留存记录，因此不予转交答复。',
  en: 'The city was asked, but its answer is not passed on without a record.',
}

export const NOTHING_KEPT: Sentence = {
  zh: '申请没有保存，也未向城市发送任何内容。',
  en: 'The application was not kept, and nothing was sent to a city.',
}

export const MAY_BE_KEPT: Sentence = {
  zh: '申请可能已经保存，只是未能确认。用同一个 Idempotency-Key 重试：已保存则得到其办件编号，未保存则重新受理，不会重复办理。',
  en: 'The application may have been kept all the same. Repeat it with the same Idempotency-Key: you get its case number if it was, and file it if it was not; it is never handled twice.',
}

export const ACT_NOT_KEPT: Sentence = {
  zh: '没有保存，也未向城市发送任何内容。',
  en: 'It was not kept, and nothing was sent to a city.',
}

export const ACT_MAY_BE_KEPT: Sentence = {
  zh: '可能已经保存，只是未能确认。用同一个 Idempotency-Key 重试，不会重复办理。',
  en: 'It may have been kept all the same. Repeat it with the same Idempotency-Key: it is never done twice.',
}

/**
 * For `catch` of a store's promise: throws what was thrown, with a sentence for the caller. `unlessWritten` is told where the
 * store does not know that nothing was written.
 */
export function explain(sentence: Sentence, unlessWritten: Sentence = sentence): (error: unknown) => never {
  return (error) => {
    const fault = asFault(error)
    if (fault.code !== 'STORE_UNAVAILABLE' && fault.code !== 'STORE_BUSY') throw fault
    const { written } = (fault.cause ?? {}) as { readonly written?: unknown }
    const known = fault.code === 'STORE_BUSY' || written === 'no'
    throw new Fault(fault.code, { ...fault.details, detail: known ? sentence : unlessWritten })
  }
}

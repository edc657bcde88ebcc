// What operators type: kept sealed, in the log as a digest only, and never with the number of a person in it.

import type { FieldError } from '../domain/fault.ts'

const REASON_CHARACTERS_MAX = 200
/** What looks like the number of a person's document, of a telephone or of an account. */
const NUMBER_OF_A_PERSON = /\d{11}|\d{9,}[0-9Xx]/

/** What is wrong with the reason that an operator gives; null = nothing. */
export function wrongReason(reason: unknown): FieldError | null {
  const length = typeof reason === 'string' ? reason.trim().length : 0
  if (typeof reason !== 'string' || length === 0 || length > REASON_CHARACTERS_MAX) {
    return { pointer: '/reason', rule: 'required', message: REASON }
  }
  const isPersonal = NUMBER_OF_A_PERSON.test(reason.replaceAll(/[\s-]/g, ''))
  return isPersonal ? { pointer: '/reason', rule: 'personal', message: PERSONAL } : null
}

const REASON = { zh: '须说明原因，1 至 200 字。', en: 'State the reason, in 1 to 200 characters.' }
const PERSONAL = {
  zh: '原因中不得有证件号码、电话或账号。',
  en: 'The reason must not hold the number of a document, a telephone or an account.',
}

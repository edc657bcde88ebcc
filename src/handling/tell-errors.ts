// What is wrong with the news that a hall tells, field by field.

import type { FieldError } from '../domain/fault.ts'

export const MEMBERS = ['state', 'office', 'backendCaseNo', 'at', 'reasons', 'results', 'remark'] as const

const error = (pointer: string, rule: string, zh: string, en: string): FieldError => ({
  pointer,
  rule,
  message: { zh, en },
})

export const STATE = error(
  '/state',
  'enum',
  '须写明办件进展到哪一状态：accepted 受理、refused 不予受理、correction-required 补正、in-review 审查、suspended 特别程序、approved 准予、rejected 不予批准、completed 办结、delivered 送达、lapsed 补正逾期、aborted 作废。',
  'State where it stands now: accepted, refused, correction-required, in-review, suspended, approved, rejected, completed, delivered, lapsed or aborted.',
)
export const OFFICE = error(
  '/office',
  'required',
  '须写明由哪个部门办理，1 至 60 字。',
  'Names the office that has done it, in 1 to 60 characters.',
)
export const NUMBER_MISSING = error(
  '/backendCaseNo',
  'required',
  '受理须写明受理编号。',
  'An acceptance has a number: state it.',
)
export const BACKEND_CASE_NO = error(
  '/backendCaseNo',
  'pattern',
  '受理编号为 1 至 64 个字符，不含空格。',
  'The number has 1 to 64 characters, and no spaces.',
)
export const AT_WRONG = error(
  '/at',
  'format',
  '须为带时区的时间（如 2026-10-01T09:30:00+08:00），不早于收件和上一次登记的进展，不晚于现在；不填为现在。',
  'A time with its offset (as 2026-10-01T09:30:00+08:00), not before the case was filed or what was told last, and not after now; now, where it is left out.',
)
export const REASONS = error(
  '/reasons',
  'minItems',
  '须写明原因或需要补正的内容：1 至 20 条，每条 1 至 500 字。',
  'Say why, or what is to be corrected: 1 to 20 entries of 1 to 500 characters.',
)
export const REASONS_NOT_TAKEN = error(
  '/reasons',
  'not',
  '只有不予受理、补正、特别程序、不予批准和作废填写原因；其他说明请填 remark。',
  'Reasons are given for refused, correction-required, suspended, rejected and aborted; whatever else is to be said goes into remark.',
)
export const RESULTS = error(
  '/results',
  'items',
  '办理结果为 1 至 20 项，每项写明代码（小写字母、数字、连字符，不重复）、名称（1 至 60 字）和编号（1 至 64 个字符，不含空格）。',
  'Results are 1 to 20 entries, each with a code (small letters, digits and hyphens, none twice), a name (1 to 60 characters) and a number (1 to 64 characters, no spaces).',
)
export const RESULTS_NOT_TAKEN = error(
  '/results',
  'not',
  '只有准予、办结和送达填写办理结果。',
  'Results are told with approved, completed and delivered.',
)
export const REMARK = error(
  '/remark',
  'maxLength',
  '说明为 1 至 500 字，可不填。',
  'The remark has 1 to 500 characters, or is left out.',
)

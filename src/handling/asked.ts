// Reads the members of a small body that asks for something: words, moments, a person by document.

import { momentFault } from '../catalogue/dates.ts'
import { openFormats } from '../catalogue/formats.ts'
import type { Clock } from '../domain/clock.ts'
import type { FieldError } from '../domain/fault.ts'
import type { PartyId, Sentence } from '../domain/words.ts'
import { membersOf } from './members.ts'

/** Codes of documents (GA/T 2000.156) with the format of their numbers; `uscc` for organizations. */
export const PARTY_DOCUMENTS = ['111', '112', '414', '511', '516', '553', 'uscc'] as const
const FORMATS: Readonly<Record<(typeof PARTY_DOCUMENTS)[number], string>> = {
  '111': 'resident-id',
  '112': 'resident-id',
  '414': 'line',
  '511': 'line',
  '516': 'line',
  '553': 'foreigner-id',
  uscc: 'uscc',
}

export const isGiven = (members: Readonly<Record<string, unknown>>, name: string): boolean =>
  members[name] !== undefined

const wrong = (pointer: string, rule: string, message: Sentence): FieldError => ({ pointer, rule, message })

/** Text of 1 to `lengthMax` characters; what is not adds to `errors`. */
export function word(value: unknown, name: string, lengthMax: number, errors: FieldError[]): string | undefined {
  if (typeof value === 'string' && value !== '' && value.length <= lengthMax) return value
  const message = { zh: `须为 1 至 ${lengthMax} 个字符的文字。`, en: `Must be text of 1 to ${lengthMax} characters.` }
  errors.push(wrong(`/${name}`, 'maxLength', message))
  return undefined
}

/** One of the words in `known`; what is none adds to `errors`. */
export function oneOf(
  value: unknown,
  name: string,
  known: readonly string[],
  errors: FieldError[],
): string | undefined {
  if (known.some((one) => one === value)) return value as string
  const message = { zh: `须为以下之一：${known.join('、')}。`, en: `Must be one of: ${known.join(', ')}.` }
  errors.push(wrong(`/${name}`, 'enum', message))
  return undefined
}

/** RFC 3339 as milliseconds; what is none adds to `errors`. */
export function moment(value: unknown, name: string, errors: FieldError[]): number | undefined {
  if (typeof value === 'string' && momentFault(value) === null) return Date.parse(value)
  errors.push(wrong(`/${name}`, 'date-time', NO_MOMENT))
  return undefined
}

/** A person or an organization by document, as the member `name`: a number that is no number of its kind must not look like somebody unknown. */
export function partyOf(value: unknown, name: string, clock: Clock, errors: FieldError[]): PartyId | null {
  const { members, errors: own } = membersOf(value, ['certType', 'certNo'])
  const { certNo } = members
  const certType = PARTY_DOCUMENTS.find((one) => one === members['certType'])
  if (certType === undefined) own.push(wrong('/certType', 'enum', CERT_TYPE))
  if (typeof certNo !== 'string' || certNo === '' || certNo.length > 18) {
    own.push(wrong('/certNo', 'maxLength', CERT_NO))
  } else if (certType !== undefined) {
    const number = certNo.toUpperCase()
    const fault = openFormats(clock).checks.get(FORMATS[certType])?.(number) ?? null
    if (fault !== null)
      own.push(wrong('/certNo', 'format', { zh: `证件号码${fault.zh}。`, en: `The number: ${fault.en}.` }))
    else if (own.length === 0) return { certType, certNo: number }
  }
  errors.push(...own.map((error) => ({ ...error, pointer: `/${name}${error.pointer}` })))
  return null
}

const NO_MOMENT = {
  zh: '须为 RFC 3339 日期时间，如 2026-01-31T08:00:00+08:00。',
  en: 'Must be an RFC 3339 date-time, e.g. 2026-01-31T08:00:00+08:00.',
}
const CERT_TYPE = {
  zh: `证件类型须为 ${PARTY_DOCUMENTS.join('、')}；单位用 uscc。`,
  en: `One of ${PARTY_DOCUMENTS.join(', ')}; uscc for organizations.`,
}
const CERT_NO = {
  zh: '证件号码为 1 至 18 个字符；单位填统一社会信用代码。',
  en: 'The number has 1 to 18 characters; of an organization the unified social credit code.',
}

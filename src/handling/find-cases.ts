// Finds cases by what somebody at a window knows of them; identity numbers stand in the body, and nowhere else.

import { momentFault } from '../catalogue/dates.ts'
import { openFormats } from '../catalogue/formats.ts'
import type { Caller, ReceivedBody } from '../domain/caller.ts'
import type { Clock } from '../domain/clock.ts'
import { CASE_STATES } from '../domain/delivery.ts'
import { Fault, type FieldError } from '../domain/fault.ts'
import type { CaseFilter } from '../domain/case-filter.ts'
import type { PartyId, Sentence } from '../domain/words.ts'
import { caseScope } from '../identity/rights.ts'
import { membersOf } from './members.ts'
import type { Parts } from './parts.ts'

/** Codes of documents (GA/T 2000.156) with the format of their numbers; `uscc` for organizations. */
export const APPLICANT_DOCUMENTS = ['111', '112', '414', '511', '516', '553', 'uscc'] as const
const FORMATS: Readonly<Record<(typeof APPLICANT_DOCUMENTS)[number], string>> = {
  '111': 'resident-id',
  '112': 'resident-id',
  '414': 'line',
  '511': 'line',
  '516': 'line',
  '553': 'foreigner-id',
  uscc: 'uscc',
}

/** Members of the body that are words, with the longest of each; what is longer names nothing. */
const WORDS = { caseNo: 64, item: 64, collectingCity: 32, competentCity: 32, hall: 80 } as const
const KNOWN = [...Object.keys(WORDS), 'applicant', 'state', 'filedFrom', 'filedUntil']

export interface CaseQuestion {
  readonly filter: CaseFilter
  /** Of the person or organization asked about, null where nobody is. */
  readonly subjectKey: string | null
}

/**
 * What `received` asks for, within what the caller may see. Throws Fault ROLE_NOT_ALLOWED, or FORM_INVALID with every mistake at
 * once: a number that is no number of its kind must not look like somebody without a case.
 */
export function caseQuestion(
  parts: Pick<Parts, 'clock' | 'keyed'>,
  caller: Caller,
  received: ReceivedBody,
  page: Pick<CaseFilter, 'limit' | 'before'>,
): CaseQuestion {
  const scope = caseScope(caller.principal, parts.keyed)
  const { members, errors } = membersOf(received.value, KNOWN)
  const filter: Record<string, unknown> = { ...page, scope }
  for (const [name, lengthMax] of Object.entries(WORDS)) {
    if (isGiven(members, name)) filter[name] = word(members[name], name, lengthMax, errors)
  }
  if (isGiven(members, 'state')) filter['state'] = state(members['state'], errors)
  for (const name of ['filedFrom', 'filedUntil']) {
    if (isGiven(members, name)) filter[name] = moment(members[name], name, errors)
  }
  const applicant = isGiven(members, 'applicant') ? partyOf(members['applicant'], parts.clock, errors) : null
  if (errors.length > 0) throw new Fault('FORM_INVALID', { errors })
  const subjectKey = applicant === null ? null : parts.keyed.subjectKey(applicant)
  if (subjectKey !== null) filter['applicantKey'] = subjectKey
  return { filter: filter as unknown as CaseFilter, subjectKey }
}

const isGiven = (members: Readonly<Record<string, unknown>>, name: string): boolean => members[name] !== undefined

const wrong = (pointer: string, rule: string, message: Sentence): FieldError => ({ pointer, rule, message })

function word(value: unknown, name: string, lengthMax: number, errors: FieldError[]): string | undefined {
  if (typeof value === 'string' && value !== '' && value.length <= lengthMax) return value
  const message = { zh: `须为 1 至 ${lengthMax} 个字符的文字。`, en: `Must be text of 1 to ${lengthMax} characters.` }
  errors.push(wrong(`/${name}`, 'maxLength', message))
  return undefined
}

function state(value: unknown, errors: FieldError[]): string | undefined {
  if (CASE_STATES.some((one) => one === value)) return value as string
  const message = { zh: `须为以下之一：${CASE_STATES.join('、')}。`, en: `Must be one of: ${CASE_STATES.join(', ')}.` }
  errors.push(wrong('/state', 'enum', message))
  return undefined
}

function moment(value: unknown, name: string, errors: FieldError[]): number | undefined {
  if (typeof value === 'string' && momentFault(value) === null) return Date.parse(value)
  errors.push(wrong(`/${name}`, 'date-time', NO_MOMENT))
  return undefined
}

function partyOf(value: unknown, clock: Clock, errors: FieldError[]): PartyId | null {
  const { members, errors: own } = membersOf(value, ['certType', 'certNo'])
  const { certNo } = members
  const certType = APPLICANT_DOCUMENTS.find((one) => one === members['certType'])
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
  errors.push(...own.map((error) => ({ ...error, pointer: `/applicant${error.pointer}` })))
  return null
}

const NO_MOMENT = {
  zh: '须为 RFC 3339 日期时间，如 2026-01-31T08:00:00+08:00。',
  en: 'Must be an RFC 3339 date-time, e.g. 2026-01-31T08:00:00+08:00.',
}
const CERT_TYPE = {
  zh: `证件类型须为 ${APPLICANT_DOCUMENTS.join('、')}；单位用 uscc。`,
  en: `One of ${APPLICANT_DOCUMENTS.join(', ')}; uscc for organizations.`,
}
const CERT_NO = {
  zh: '证件号码为 1 至 18 个字符；单位填统一社会信用代码。',
  en: 'The number has 1 to 18 characters; of an organization the unified social credit code.',
}

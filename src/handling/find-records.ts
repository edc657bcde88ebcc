// Finds audit records by what may stand in no address: the person or organization that they are about.

import type { ReceivedBody } from '../domain/caller.ts'
import { AUDIT_KINDS, type RecordFilter } from '../domain/audit.ts'
import { Fault } from '../domain/fault.ts'
import { ROLES } from '../domain/words.ts'
import { isGiven, moment, oneOf, partyOf, word } from './asked.ts'
import { membersOf } from './members.ts'
import type { Parts } from './parts.ts'

/** Members that are words, with the longest of each; what is longer names nothing. */
export const RECORD_WORDS = {
  city: 32,
  collectingCity: 32,
  item: 64,
  outcome: 64,
  actor: 128,
  hall: 80,
  caseNo: 64,
  requestId: 128,
  faultCode: 64,
} as const
/** Members that are one word of a list. */
export const RECORD_CHOICES: Readonly<Record<'kind' | 'role' | 'source', readonly string[]>> = {
  kind: AUDIT_KINDS,
  role: [...ROLES, 'gateway'],
  source: ['caller', 'gateway', 'city'],
}
const MOMENTS = ['from', 'until'] as const

export interface RecordQuestion {
  readonly filter: RecordFilter
  /** Of the person or organization asked about, null where nobody is. */
  readonly subjectKey: string | null
}

/** What `received` asks for. Throws Fault FORM_INVALID with every mistake at once. */
export function recordQuestion(
  parts: Pick<Parts, 'clock' | 'keyed'>,
  received: ReceivedBody,
  page: Pick<RecordFilter, 'limit' | 'after'>,
): RecordQuestion {
  const known = [...Object.keys(RECORD_WORDS), ...Object.keys(RECORD_CHOICES), ...MOMENTS, 'subject']
  const { members, errors } = membersOf(received.value, known)
  const filter: Record<string, unknown> = { ...page }
  for (const [name, lengthMax] of Object.entries(RECORD_WORDS)) {
    if (isGiven(members, name)) filter[name] = word(members[name], name, lengthMax, errors)
  }
  for (const [name, words] of Object.entries(RECORD_CHOICES)) {
    if (isGiven(members, name)) filter[name] = oneOf(members[name], name, words, errors)
  }
  for (const name of MOMENTS) if (isGiven(members, name)) filter[name] = moment(members[name], name, errors)
  const subject = isGiven(members, 'subject') ? partyOf(members['subject'], 'subject', parts.clock, errors) : null
  if (errors.length > 0) throw new Fault('FORM_INVALID', { errors })
  const subjectKey = subject === null ? null : parts.keyed.subjectKey(subject)
  if (subjectKey !== null) filter['subjectKey'] = subjectKey
  return { filter: filter as unknown as RecordFilter, subjectKey }
}

export interface RecipientsQuestion {
  readonly subjectKey: string
  readonly from?: number
  readonly until?: number
}

/** Throws Fault FORM_INVALID with every mistake at once. */
export function recipientsQuestion(parts: Pick<Parts, 'clock' | 'keyed'>, received: ReceivedBody): RecipientsQuestion {
  const { members, errors } = membersOf(received.value, ['subject', ...MOMENTS])
  const span: { from?: number; until?: number } = {}
  for (const name of MOMENTS) {
    const at = isGiven(members, name) ? moment(members[name], name, errors) : undefined
    if (at !== undefined) span[name] = at
  }
  const subject = partyOf(members['subject'], 'subject', parts.clock, errors)
  if (errors.length > 0 || subject === null) throw new Fault('FORM_INVALID', { errors })
  return { ...span, subjectKey: parts.keyed.subjectKey(subject) }
}

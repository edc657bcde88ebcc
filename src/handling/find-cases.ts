// Finds cases by what somebody at a window knows of them; identity numbers stand in the body, and nowhere else.

import type { Caller, ReceivedBody } from '../domain/caller.ts'
import { CASE_STATES } from '../domain/delivery.ts'
import { Fault } from '../domain/fault.ts'
import type { CaseFilter } from '../domain/case-filter.ts'
import { caseScope } from '../identity/rights.ts'
import { isGiven, moment, oneOf, partyOf, word } from './asked.ts'
import { membersOf } from './members.ts'
import type { Parts } from './parts.ts'

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
  if (isGiven(members, 'state')) filter['state'] = oneOf(members['state'], 'state', CASE_STATES, errors)
  for (const name of ['filedFrom', 'filedUntil']) {
    if (isGiven(members, name)) filter[name] = moment(members[name], name, errors)
  }
  const applicant = isGiven(members, 'applicant')
    ? partyOf(members['applicant'], 'applicant', parts.clock, errors)
    : null
  if (errors.length > 0) throw new Fault('FORM_INVALID', { errors })
  const subjectKey = applicant === null ? null : parts.keyed.subjectKey(applicant)
  if (subjectKey !== null) filter['applicantKey'] = subjectKey
  return { filter: filter as unknown as CaseFilter, subjectKey }
}

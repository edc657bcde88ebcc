// What a principal may do. Pure functions; each returns the proof that it was asked, or throws the Fault that says no.

import type { DraftOwner } from '../domain/draft.ts'
import { Fault } from '../domain/fault.ts'
import type { FieldError } from '../domain/fault.ts'
import type { Keyed } from '../domain/ids.ts'
import type { Item } from '../domain/item.ts'
import type { MaterialOwner, MaterialScope } from '../domain/material.ts'
import type { CaseScope } from '../domain/store.ts'
import type { Agent, SubmissionBody } from '../domain/submission.ts'
import type { CityKey, PartyId, Principal } from '../domain/words.ts'

declare const proof: unique symbol

export interface MayCall {
  readonly [proof]: 'may call the item'
  readonly principal: Extract<Principal, { role: 'clerk' | 'resident' }>
  readonly item: Item
}

export interface MayActFor {
  readonly [proof]: 'may act for the applicant'
  readonly by: 'clerk' | 'applicant' | 'legal-representative' | 'agent'
}

export interface MayReadAudit {
  readonly [proof]: 'may read the audit log'
  readonly principal: Extract<Principal, { role: 'auditor' }>
}

/** Items are for clerks and residents. Throws Fault ROLE_NOT_ALLOWED. */
export function mayCall(principal: Principal, item: Item): MayCall {
  if (principal.role !== 'clerk' && principal.role !== 'resident') throw new Fault('ROLE_NOT_ALLOWED')
  return { principal, item } as MayCall
}

/** Corrections, withdrawals and ratings are the applicant's, or a clerk's for the applicant. Throws Fault ROLE_NOT_ALLOWED. */
export function mayActOnCases(principal: Principal): void {
  if (principal.role !== 'clerk' && principal.role !== 'resident') throw new Fault('ROLE_NOT_ALLOWED')
}

/** Only a window that has taken the papers sends them on, to another city or by mail. Throws Fault ROLE_NOT_ALLOWED. */
export function maySendOn(principal: Principal): void {
  if (principal.role !== 'clerk') throw new Fault('ROLE_NOT_ALLOWED')
}

/** How it goes on with what is decided where it was taken, the hall tells that has taken it. Throws Fault ROLE_NOT_ALLOWED. */
export function mayTellNews(principal: Principal): void {
  if (principal.role !== 'clerk') throw new Fault('ROLE_NOT_ALLOWED')
}

/** Which city an item would go to is asked by clerks and operators. Throws Fault ROLE_NOT_ALLOWED. */
export function mayExplainRouting(principal: Principal): void {
  if (principal.role !== 'clerk' && principal.role !== 'operator') throw new Fault('ROLE_NOT_ALLOWED')
}

/** Operators see and hold lines; gives the subject that stands for them. Throws Fault ROLE_NOT_ALLOWED. */
export function mayOperate(principal: Principal): string {
  if (principal.role !== 'operator') throw new Fault('ROLE_NOT_ALLOWED')
  return principal.subject
}

/** Auditors alone read the audit log. Throws Fault ROLE_NOT_ALLOWED. */
export function mayReadAudit(principal: Principal): MayReadAudit {
  if (principal.role !== 'auditor') throw new Fault('ROLE_NOT_ALLOWED')
  return { principal } as MayReadAudit
}

/**
 * Whether the caller may ask or file this for this applicant at `now` (milliseconds). `body.handlingMode` is the mode
 * it will be handled in; where it is absent, the item's first.
 * A resident must be the applicant, its legal representative, or the agent with an authorization that is still valid;
 * a clerk must say how identity was checked where the paper is handed in at the window or a person is asked about, and
 * then why. Throws Fault NOT_OWN_PERSON, AGENT_NOT_AUTHORIZED, NOT_OWN_CITY, FORM_INVALID or ROLE_NOT_ALLOWED.
 */
export function mayActFor(
  principal: Principal,
  submission: { readonly item: Item; readonly body: SubmissionBody },
  now: number,
): MayActFor {
  const { item, body } = submission
  if (principal.role === 'resident') return { by: residentActs(principal.person, body, now) } as MayActFor
  if (principal.role !== 'clerk') throw new Fault('ROLE_NOT_ALLOWED')

  if (body.collectingCity !== undefined && body.collectingCity !== principal.city) throw new Fault('NOT_OWN_CITY')
  const errors = missingAtWindow(principal, item, body)
  if (errors.length > 0) throw new Fault('FORM_INVALID', { errors })
  if (body.agent !== undefined) mustBeAuthorized(body.agent, now)
  return { by: 'clerk' } as MayActFor
}

/**
 * What a clerk must state beside the form and has not: why a person is asked about, and how identity was checked. Takes a
 * body that has not been checked, so that a clerk learns these together with the form's own mistakes.
 */
export function missingAtWindow(principal: Principal, item: Item, body: unknown): readonly FieldError[] {
  if (principal.role !== 'clerk' || typeof body !== 'object' || body === null) return []
  const { applicant, handlingMode, purpose, identityCheck } = body as Readonly<Record<string, unknown>>
  const isPerson = (applicant as { readonly type?: unknown } | null | undefined)?.type === 'person'
  const asksAboutPerson = item.interaction === 'query' && isPerson
  const mode = handlingMode ?? item.handlingModes[0]
  const collects = item.interaction === 'application' && mode === 'collect-and-forward'
  const errors: FieldError[] = []
  if (asksAboutPerson && (purpose === undefined || (typeof purpose === 'string' && purpose.trim() === ''))) {
    errors.push(PURPOSE_MISSING)
  }
  if ((asksAboutPerson || collects) && identityCheck === undefined) errors.push(IDENTITY_CHECK_MISSING)
  return errors
}

/** Which cases the caller may see. Throws Fault ROLE_NOT_ALLOWED for those who have none. */
export function caseScope(principal: Principal, keyed: Keyed): CaseScope {
  switch (principal.role) {
    case 'resident':
      return { subjectKey: keyed.subjectKey(principal.person) }
    case 'clerk':
      return { hall: hallKey(principal) }
    case 'city':
      return { city: principal.city }
    case 'auditor':
    case 'operator':
      break
  }
  throw new Fault('ROLE_NOT_ALLOWED')
}

/** Whose the uploads of this caller are: the hall's, so that a colleague can go on with them, or the person's. Throws Fault ROLE_NOT_ALLOWED. */
export function mayUpload(principal: Principal, keyed: Keyed): MaterialOwner {
  const owner = materialOwner(principal, keyed)
  if (owner === null) throw new Fault('ROLE_NOT_ALLOWED')
  return owner
}

/** Whose the drafts of this caller are, as with uploads. Throws Fault ROLE_NOT_ALLOWED. */
export function mayDraft(principal: Principal, keyed: Keyed): DraftOwner {
  return mayUpload(principal, keyed)
}

/** Which uploads the caller may see: the own that wait for a case, and those of the cases that the caller may see. Throws Fault ROLE_NOT_ALLOWED. */
export function materialScope(principal: Principal, keyed: Keyed): MaterialScope {
  return { owner: materialOwner(principal, keyed), cases: caseScope(principal, keyed) }
}

function materialOwner(principal: Principal, keyed: Keyed): MaterialOwner | null {
  if (principal.role === 'clerk') return { hall: hallKey(principal) }
  return principal.role === 'resident' ? { subjectKey: keyed.subjectKey(principal.person) } : null
}

/** Where a clerk collects: the own city. Null for everybody else, who must name it where it matters. */
export function collectingCityOf(principal: Principal): CityKey | null {
  return principal.role === 'clerk' ? principal.city : null
}

/** A clerk's hall as cases keep it, `<city>/<hall>`: two cities may use one key for their halls. Null for everybody else. */
export function hallKey(principal: Extract<Principal, { role: 'clerk' }>): string
export function hallKey(principal: Principal): string | null
export function hallKey(principal: Principal): string | null {
  return principal.role === 'clerk' ? `${principal.city}/${principal.hall}` : null
}

/** Keyed digest of the applicant: by it "everything about this person" is found. */
export function applicantKey(body: SubmissionBody, keyed: Keyed): string {
  const { certType, certNo } = applicantId(body)
  return keyed.subjectKey({ certType, certNo })
}

/** Keyed digests of all who may see the case as their own: the applicant first, then the agent, then a resident who filed it. */
export function subjectKeysOf(body: SubmissionBody, principal: Principal, keyed: Keyed): readonly string[] {
  const parties: PartyId[] = [applicantId(body)]
  if (body.agent !== undefined) parties.push(body.agent)
  if (principal.role === 'resident') parties.push(principal.person)
  return [...new Set(parties.map(({ certType, certNo }) => keyed.subjectKey({ certType, certNo })))]
}

const PURPOSE_MISSING: FieldError = {
  pointer: '/purpose',
  rule: 'required',
  message: { zh: '查询个人信息须填写查询目的。', en: 'State the purpose of a query about a person.' },
}
const IDENTITY_CHECK_MISSING: FieldError = {
  pointer: '/identityCheck',
  rule: 'required',
  message: { zh: '须填写身份核验的方式和时间。', en: 'State how and when identity was checked.' },
}

function residentActs(person: PartyId, body: SubmissionBody, now: number): MayActFor['by'] {
  const { applicant, agent } = body
  if (applicant.type === 'person' && isSame(applicant, person)) return 'applicant'
  if (applicant.type === 'organization' && isSame(applicant.legalRepresentative, person)) return 'legal-representative'
  if (agent === undefined || !isSame(agent, person)) throw new Fault('NOT_OWN_PERSON')
  mustBeAuthorized(agent, now)
  return 'agent'
}

function isSame(party: PartyId, person: PartyId): boolean {
  return party.certType === person.certType && party.certNo.toUpperCase() === person.certNo.toUpperCase()
}

function applicantId({ applicant }: SubmissionBody): PartyId {
  return applicant.type === 'person' ? applicant : { certType: 'uscc', certNo: applicant.uscc }
}

// A date alone means the whole of that day in the metropolitan area.
function mustBeAuthorized({ authorization }: Agent, now: number): void {
  if (authorization.until === undefined) return
  const until = /^\d{4}-\d{2}-\d{2}$/.test(authorization.until)
    ? Date.parse(`${authorization.until}T23:59:59.999+08:00`)
    : Date.parse(authorization.until)
  // What cannot be read as a time authorizes nobody.
  if (!(now <= until)) throw new Fault('AGENT_NOT_AUTHORIZED')
}

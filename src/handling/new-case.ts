// Makes the case that an application opens, once everything about it has been checked.

import { Fault } from '../domain/fault.ts'
import type { HandlingMode, Item } from '../domain/item.ts'
import type { NewCase } from '../domain/store.ts'
import type { SubmissionBody } from '../domain/submission.ts'
import type { Principal } from '../domain/words.ts'
import { collectingCityOf, hallKey, mayActFor, subjectKeysOf } from '../identity/rights.ts'
import { checked, routed } from './checked.ts'
import type { Parts } from './parts.ts'

/**
 * The case of a body that is routed, checked and may be filed by this caller. Nothing is kept yet. Throws the Fault that
 * refuses it: ROUTING_UNDECIDED, FORM_INVALID, HANDLING_MODE_NOT_ALLOWED, or what the rights say.
 */
export function caseOf(parts: Parts, principal: Principal, item: Item, value: unknown): NewCase {
  const { catalogue, clock, ids, keyed } = parts
  const legs = routed(parts, principal, item, value)
  const competentCity = catalogue.decidingCity(item, legs)
  const submission = checked(parts, principal, item, competentCity, value)
  const handlingMode = handlingModeOf(item, submission.body, principal)
  const filedAt = clock.now()
  mayActFor(principal, { ...submission, body: { ...submission.body, handlingMode } }, filedAt)
  return {
    caseNo: ids.caseNo(filedAt),
    item: item.code,
    handlingMode,
    collectingCity: collectingCityOf(principal) ?? submission.body.collectingCity ?? null,
    competentCity,
    hall: hallKey(principal),
    state: 'collected',
    filedAt,
    legs,
    schemaDigest: submission.schemaDigest,
    configVersion: parts.configVersion,
    body: submission.body,
    subjectKeys: subjectKeysOf(submission.body, principal, keyed),
  }
}

/** What a clerk states beside the form, which an auditor may have to see: kept apart from the record, under a key of the applicant. */
export function statedWith({ purpose, identityCheck }: SubmissionBody): {
  readonly purpose?: string
  readonly identityCheck?: SubmissionBody['identityCheck']
} {
  return { ...(purpose === undefined ? {} : { purpose }), ...(identityCheck === undefined ? {} : { identityCheck }) }
}

/** The mode asked for, else the item's first that the caller can use: only a window can collect (收件) for somebody else. */
function handlingModeOf(item: Item, body: SubmissionBody, principal: Principal): HandlingMode {
  const usable = item.handlingModes.filter((mode) => mode !== 'collect-and-forward' || principal.role === 'clerk')
  const mode = body.handlingMode ?? usable[0]
  if (mode !== undefined && usable.includes(mode)) return mode
  const list = usable.join(', ')
  throw new Fault('HANDLING_MODE_NOT_ALLOWED', {
    detail: {
      zh: `可用的办理方式：${list || '请到窗口办理'}。`,
      en: `Modes open to you: ${list || 'at a service window only'}.`,
    },
  })
}

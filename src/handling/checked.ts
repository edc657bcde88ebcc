// Checks a submission against everything that its form and its window ask for, and tells every mistake at once.

import { Fault, type FieldError } from '../domain/fault.ts'
import type { Item } from '../domain/item.ts'
import type { PlannedLeg } from '../domain/leg-place.ts'
import type { SubmissionBody, ValidSubmission } from '../domain/submission.ts'
import type { CityKey, Principal } from '../domain/words.ts'
import { collectingCityOf, missingAtWindow } from '../identity/rights.ts'
import type { Parts } from './parts.ts'

/** As many as the form's own check tells; more help nobody. */
const ERRORS_MAX = 20

/**
 * The legs that the routing fields lead to. Throws Fault ROUTING_UNDECIDED; its errors name the routing fields first, and
 * then whatever else is wrong, so that it need not be learnt in a second round.
 */
export function routed(
  parts: Parts,
  principal: Principal,
  item: Item,
  value: unknown,
): readonly [PlannedLeg, ...PlannedLeg[]] {
  try {
    return parts.catalogue.route(item, value, collectingCityOf(principal))
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'ROUTING_UNDECIDED') throw error
    const { errors = [], ...details } = error.details
    const told = new Set(errors.map(({ pointer }) => pointer))
    const others = [...missingAtWindow(principal, item, value), ...parts.catalogue.mistakes(item, value)]
    const all = [...errors, ...others.filter(({ pointer }) => !told.has(pointer))]
    throw new Fault('ROUTING_UNDECIDED', { ...details, errors: all.slice(0, ERRORS_MAX) })
  }
}

/** Throws Fault FORM_INVALID. A clerk must not learn the mistakes one by one: what the window has to state is told with the form's. */
export function checked(
  parts: Parts,
  principal: Principal,
  item: Item,
  city: CityKey,
  value: unknown,
): ValidSubmission {
  const elsewhere = unknownCollectingCity(parts, value)
  const beside = [...missingAtWindow(principal, item, value), ...elsewhere]
  let submission: ValidSubmission
  try {
    submission = parts.catalogue.validate(item, city, value)
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'FORM_INVALID') throw error
    const { errors = [], ...details } = error.details
    throw new Fault('FORM_INVALID', { ...details, errors: [...beside, ...errors].slice(0, ERRORS_MAX) })
  }
  if (elsewhere.length > 0) throw new Fault('FORM_INVALID', { errors: beside })
  return submission
}

/** It goes into the audit log, where a resident could else write anything of the form of a city's key, a mobile number too. */
function unknownCollectingCity(parts: Parts, value: unknown): readonly FieldError[] {
  const { collectingCity } = (value ?? {}) as Partial<SubmissionBody>
  const known = [...new Set(parts.cities.all.map((backend) => backend.city))]
  // A value that is no text at all is for the form's own check to tell.
  if (typeof collectingCity !== 'string' || known.includes(collectingCity)) return []
  return [
    {
      pointer: '/collectingCity',
      rule: 'enum',
      message: {
        zh: `收件地须为：${known.join('、')}。`,
        en: `The collecting city must be one of: ${known.join(', ')}.`,
      },
    },
  ]
}

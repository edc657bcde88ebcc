// Checks a submission against everything that its form and its window ask for, and tells every mistake at once.

import { Fault } from '../domain/fault.ts'
import type { Item } from '../domain/item.ts'
import type { ValidSubmission } from '../domain/submission.ts'
import type { CityKey, Principal } from '../domain/words.ts'
import { missingAtWindow } from '../identity/rights.ts'
import type { Parts } from './parts.ts'

/** As many as the form's own check tells; more help nobody. */
const ERRORS_MAX = 20

/** Throws Fault FORM_INVALID. A clerk must not learn the mistakes one by one: what the window has to state is told with the form's. */
export function checked(
  parts: Parts,
  principal: Principal,
  item: Item,
  city: CityKey,
  value: unknown,
): ValidSubmission {
  try {
    return parts.catalogue.validate(item, city, value)
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'FORM_INVALID') throw error
    const { errors = [], ...details } = error.details
    throw new Fault('FORM_INVALID', {
      ...details,
      errors: [...missingAtWindow(principal, item, value), ...errors].slice(0, ERRORS_MAX),
    })
  }
}

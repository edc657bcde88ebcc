// How a leg stands among the others of its case, by the item's definition, and which leg follows from its moving.

import { hasFailed, isDone, type WhenFailed } from './case-states.ts'
import type { CaseState } from './delivery.ts'
import type { CityKey } from './words.ts'

/** A leg as planned at filing: which city, found by which rule. Deliveries are made for it when it starts. */
export interface PlannedLeg {
  readonly leg: string
  readonly city: CityKey
  readonly routeRule: string
}

export interface LegPlace {
  /** The case goes where this leg goes. */
  readonly decides: boolean
  readonly whenFailed: WhenFailed
  /** The leg after it: starts when this one has been taken by its city, or only when that has completed it. */
  readonly next: { readonly leg: PlannedLeg; readonly after: 'taken' | 'completed' } | null
}

/**
 * The leg that starts because this one stands at `state`; the store starts it once. `backendCaseNo`: the number that the next
 * city is told; without it the next leg goes on waiting.
 */
export function legToStart(
  place: LegPlace,
  state: CaseState,
  caseState: CaseState,
  backendCaseNo: string | null,
): PlannedLeg | null {
  const { next } = place
  if (next === null || backendCaseNo === null || hasFailed(state) || hasFailed(caseState)) return null
  return next.after === 'taken' || isDone(state) ? next.leg : null
}

// How a leg stands among the others of its case, by the item's definition, and which leg follows from its moving.

import { hasFailed, isDone, type WhenFailed } from './case-states.ts'
import type { CaseState } from './delivery.ts'
import type { CityKey } from './words.ts'

/** Of a leg: when the leg before has been taken by its city, approved (what it yields is at hand), or completed there. */
export const STARTS_AFTER = ['taken', 'approved', 'completed'] as const
export type StartsAfter = (typeof STARTS_AFTER)[number]

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
  /** The leg after it, and what this one has to reach before it starts. */
  readonly next: { readonly leg: PlannedLeg; readonly after: StartsAfter } | null
}

const ANEW = /^(.+)-r(\d{1,2})$/

/** The key by which the item knows a leg: one that was routed anew is called `<key>-r2`, then `<key>-r3`. */
export const itemKey = (leg: string): string => ANEW.exec(leg)?.[1] ?? leg

/** What the leg is called that takes the place of this one, in another city. */
export function routedAnew(leg: string): string {
  const [, key = leg, times = '1'] = ANEW.exec(leg) ?? []
  return `${key}-r${Number(times) + 1}`
}

/** Those that stand for the legs of the item, in the order of the item: of one that was routed anew the newest. */
export function currentLegs<Leg extends { readonly leg: string }>(legs: readonly Leg[]): readonly Leg[] {
  const newest = new Map<string, Leg>()
  for (const leg of legs) newest.set(itemKey(leg.leg), leg)
  return [...newest.values()]
}

/** Which other leg of its case has taken the place of this one; null = none. */
export function replacedBy(leg: string, legs: readonly { readonly leg: string }[]): string | null {
  const current = currentLegs(legs).find((one) => itemKey(one.leg) === itemKey(leg))
  return current === undefined || current.leg === leg ? null : current.leg
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
  switch (next.after) {
    case 'taken':
      return next.leg
    case 'approved':
      return state === 'approved' || isDone(state) ? next.leg : null
    case 'completed':
      return isDone(state) ? next.leg : null
  }
}

// The legs of a case in their order: what the catalogue says of one, and which comes after it.

import type { Item, LegRule } from '../domain/item.ts'
import type { PlannedLeg } from '../domain/store.ts'

/** The rule of a leg. A catalogue that has changed since may lack it: then that of the first leg. */
export function legRule(item: Item, key: string): LegRule {
  return item.legs.find((leg) => leg.key === key) ?? item.legs[0]
}

/** The leg planned after `leg`, with its rule; null after the last. */
export function nextLeg(
  item: Item,
  legs: readonly PlannedLeg[],
  leg: string,
): { readonly planned: PlannedLeg; readonly rule: LegRule } | null {
  const planned = legs[legs.findIndex((candidate) => candidate.leg === leg) + 1]
  return planned === undefined ? null : { planned, rule: legRule(item, planned.leg) }
}

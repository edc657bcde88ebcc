// The legs of a case in their order: what the catalogue says of one, and how it stands among the others.

import type { Item, LegRule } from '../domain/item.ts'
import { currentLegs, itemKey, type LegPlace, type PlannedLeg } from '../domain/leg-place.ts'

/**
 * The rule of a leg. A catalogue that has changed since may lack it: then that of the first leg. One that was routed anew is
 * called so to its city as well, in the message as in the reference.
 */
export function legRule(item: Item, key: string): LegRule {
  const rule = item.legs.find((leg) => leg.key === itemKey(key)) ?? item.legs[0]
  return itemKey(key) === key ? rule : { ...rule, key }
}

/** How `leg` stands among those of its case. `item` undefined = it has left the catalogue: nothing follows then. */
export function placeOf(item: Item | undefined, legs: readonly PlannedLeg[], leg: string): LegPlace {
  if (item === undefined) return { decides: true, whenFailed: 'stop', next: null }
  const current = currentLegs(legs)
  const index = current.findIndex((candidate) => candidate.leg === leg)
  // Another has taken its place: whatever happens to it, nothing follows any more.
  if (index === -1 && legs.length > 0) return { decides: false, whenFailed: 'go-on', next: null }
  const { does, whenFailed = 'stop' } = legRule(item, leg)
  const next = current[index + 1]
  return {
    decides: does === 'decide',
    whenFailed,
    next: next === undefined ? null : { leg: next, after: legRule(item, next.leg).startsAfter ?? 'taken' },
  }
}

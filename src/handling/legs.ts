// The legs of a case in their order: what the catalogue says of one, and how it stands among the others.

import type { Item, LegRule } from '../domain/item.ts'
import type { LegPlace, PlannedLeg } from '../domain/leg-place.ts'

/** The rule of a leg. A catalogue that has changed since may lack it: then that of the first leg. */
export function legRule(item: Item, key: string): LegRule {
  return item.legs.find((leg) => leg.key === key) ?? item.legs[0]
}

/** How `leg` stands among those planned for its case. `item` undefined = it has left the catalogue: nothing follows then. */
export function placeOf(item: Item | undefined, legs: readonly PlannedLeg[], leg: string): LegPlace {
  if (item === undefined) return { decides: true, whenFailed: 'stop', next: null }
  const { does, whenFailed = 'stop' } = legRule(item, leg)
  const next = legs[legs.findIndex((candidate) => candidate.leg === leg) + 1]
  return {
    decides: does === 'decide',
    whenFailed,
    next: next === undefined ? null : { leg: next, after: legRule(item, next.leg).startsAfter ?? 'taken' },
  }
}

// A service item (事项) as the catalogue describes it, and what of it decides the road of a submission.

import type { WhenFailed } from './case-states.ts'
import type { StartsAfter } from './leg-place.ts'
import type { Sentence } from './words.ts'

export const HANDLING_MODES = ['full-online', 'collect-and-forward', 'joint'] as const
export type HandlingMode = (typeof HANDLING_MODES)[number]
export const INTERACTIONS = ['query', 'application'] as const
export type Interaction = (typeof INTERACTIONS)[number]
export const APPLICANT_TYPES = ['person', 'organization', 'both'] as const

/** How the competent city is found: the code at `field` (JSON Pointer into the body) looked up among the cities' `codeKind` codes. */
export interface RoutingRule {
  readonly basis: string
  readonly field: string
  readonly codeKind: string
}

/**
 * One city's part of a case. Legs stand in the order in which they start.
 * The first starts when the case is filed; each further one as its `startsAfter` says, and then carries the number that
 * the city of the leg before gave it (业务协同编号).
 */
export interface LegRule {
  readonly key: string
  readonly name: Sentence
  readonly does: 'decide' | 'co-operate'
  readonly routing: RoutingRule
  /**
   * Of a further leg: whether it starts when the city of the leg before has taken it (the default), when that has approved it and
   * what it yields is at hand, or only when that has completed it.
   */
  readonly startsAfter?: StartsAfter
  /** The part of the promised time that this leg has; absent where only the whole is promised. */
  readonly promisedWorkingDays?: number
  /** What becomes of the other legs where this one ends badly; `stop` where it is absent. */
  readonly whenFailed?: WhenFailed
  /** What it hands to the next leg: a permit's number, a letter, an account sheet. */
  readonly yields?: readonly { readonly code: string; readonly name: Sentence }[]
}

/** A material (材料) that the item asks for. `requiredWhen` is a JSON Schema over the whole body; absent means always. */
export interface MaterialRule {
  readonly code: string
  readonly name: Sentence
  readonly forms: readonly ('original' | 'copy' | 'electronic')[]
  readonly commitment: boolean
  readonly sharedData: boolean
  readonly requiredWhen?: object
}

export interface LegalBasis extends Sentence {
  /** Those parts of `zh` that nobody has compared with the law or document itself; left out where all have been. */
  readonly unverified?: readonly string[]
}

/**
 * What an applicant agrees to before sensitive personal information is handled (个人信息保护法 art. 29), word for word. Another text is
 * another version.
 */
export interface ConsentText extends Sentence {
  readonly version: string
}

export interface Item {
  readonly code: string
  readonly name: Sentence
  readonly domain: string
  readonly department: Sentence
  readonly category: string
  /** First = preferred. */
  readonly handlingModes: readonly HandlingMode[]
  readonly interaction: Interaction
  readonly applicantType: (typeof APPLICANT_TYPES)[number]
  readonly promisedWorkingDays: number
  readonly statutoryWorkingDays: number | null
  readonly legalBasis: LegalBasis
  /** Never empty; exactly one leg decides. A query has exactly one leg. */
  readonly legs: readonly [LegRule, ...LegRule[]]
  readonly materials: readonly MaterialRule[]
  /** Absent where the item asks for none. */
  readonly consent?: ConsentText
  /** Under which age a person needs a guardian to apply; 18 where it is absent. */
  readonly guardianUnder?: number
  /** How long a query's answer may be shown again to the same caller without asking the city; 0 = never. */
  readonly cacheSeconds: number
  readonly effectiveFrom: string
  readonly source: string
}

/** 受理地办理: the hall that takes it decides it, so nothing is forwarded, whatever the mode. */
export function isDecidedWhereTaken(item: Item): boolean {
  return item.legs[0].routing.basis === 'acceptance-place'
}

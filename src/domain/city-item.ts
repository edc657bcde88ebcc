// How one city differs from the catalogue in one item.

import type { MaterialRule } from './item.ts'
import type { MaterialReference } from './submission.ts'
import type { CityFacts, Sentence } from './words.ts'

/** A city may not offer an item, promise fewer days, ask for one more material or field. Nothing can be taken away. */
export interface CityItem {
  /** Where it comes from or why, for whoever reads the catalogue. */
  readonly note: Sentence
  readonly offered?: false
  /** Fewer than the catalogue's. */
  readonly promisedWorkingDays?: number
  /** Asked for besides the item's own. */
  readonly materials?: readonly MaterialRule[]
  /** JSON Schemas of fields that the form has besides its own, by name. */
  readonly fields?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Those of `fields` that must be filled in. */
  readonly requiredFields?: readonly string[]
  /** What the item's golden sample needs besides, to be accepted here. */
  readonly sample?: {
    readonly form?: Readonly<Record<string, unknown>>
    readonly materials?: readonly MaterialReference[]
  }
}

/** A city with its differences, by item code. */
export interface CatalogueCity extends CityFacts {
  readonly items?: Readonly<Record<string, CityItem>>
}

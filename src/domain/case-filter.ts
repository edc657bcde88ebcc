// Which cases are asked for.

import type { CaseScope } from './store.ts'
import type { CityKey } from './words.ts'

/** What a case must be beside; of the members given, all must fit. */
export interface CaseFilter {
  readonly scope: CaseScope
  readonly caseNo?: string
  /** Of the applicant: cases that a person only filed for somebody else do not fit. */
  readonly applicantKey?: string
  readonly item?: string
  readonly state?: string
  readonly collectingCity?: CityKey
  readonly competentCity?: CityKey
  readonly hall?: string
  /** Milliseconds since 1970; inclusive. */
  readonly filedFrom?: number
  /** Exclusive. */
  readonly filedUntil?: number
  readonly limit: number
  /** Position after which to go on; newest first. */
  readonly before?: number
}

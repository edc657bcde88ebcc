// The feed: the events of all cases in one order, for whoever follows them from where they were.

import type { CaseEvent } from './case-record.ts'
import type { CaseScope } from './store.ts'
import type { CityKey } from './words.ts'

/** Who may see a case, as the case stands when it is read: the scopes that find it. */
export interface Audience {
  readonly hall: string | null
  readonly cities: readonly CityKey[]
  /** Keyed HMACs. */
  readonly subjectKeys: readonly string[]
}

export interface FedEvent {
  /** Higher than those of all events that were committed before; numbers may be left out. */
  readonly position: number
  readonly caseNo: string
  readonly item: string
  readonly event: CaseEvent
  readonly audience: Audience
}

/** As CaseScope; with `caseNo`, of that case alone. */
export interface FeedScope extends CaseScope {
  readonly caseNo?: string
}

export interface FeedPage {
  readonly events: readonly FedEvent[]
  /** Everything up to this position was looked at: from here one goes on. */
  readonly upTo: number
}

export interface FeedStore {
  /**
   * The events after a position that are for this scope (null = all), in order. At most `limit` are looked at, so that there may
   * be more where none was found; at the end, `upTo` stays as it is.
   */
  readFeed(after: number, scope: FeedScope | null, limit: number): Promise<FeedPage>
  /** The highest position there is; 0 = no event yet. */
  feedEnd(): Promise<number>
}

/** Whether somebody with this scope may see it. A scope without members sees nothing, as everywhere. */
export function isFor({ caseNo, audience }: Pick<FedEvent, 'caseNo' | 'audience'>, scope: FeedScope): boolean {
  const { hall, city, subjectKey } = scope
  if (hall === undefined && city === undefined && subjectKey === undefined) return false
  if (scope.caseNo !== undefined && scope.caseNo !== caseNo) return false
  if (hall !== undefined && audience.hall !== hall) return false
  if (city !== undefined && !audience.cities.includes(city)) return false
  return subjectKey === undefined || audience.subjectKeys.includes(subjectKey)
}

// What is made of a city's news about a case: the state of the case, the leg that may start now, and the record of it.

import type { Caller } from '../domain/caller.ts'
import type { CaseState } from '../domain/delivery.ts'
import type { Item, LegRule } from '../domain/item.ts'
import type { CityNews } from '../domain/news.ts'
import type { NewsKept, PlannedLeg } from '../domain/store.ts'
import type { CityKey } from '../domain/words.ts'
import { nextLeg } from './legs.ts'
import type { Parts } from './parts.ts'

/** Ours, as every city gives it back: the case number, a full stop, the leg. */
const REFERENCE = /^([0-9]{8}-[0-9A-HJKMNP-TV-Z]{12})\.([a-z][a-z0-9-]{0,31})$/

/**
 * Durable when it resolves, with its record; the same event again, or an older one, changes nothing. Throws what the store throws:
 * the city then has to tell it again.
 * `by`: the call that brought it, null where we asked.
 */
export async function takeNews(
  parts: Parts,
  city: CityKey,
  news: CityNews,
  by: Pick<Caller, 'requestId' | 'method' | 'route'> | null,
): Promise<NewsKept> {
  const [, caseNo, leg] = REFERENCE.exec(news.reference) ?? []
  const target = caseNo === undefined || leg === undefined ? null : await parts.store.findNewsTarget(caseNo, leg, city)
  const item = target === null ? undefined : parts.catalogue.known(target.item)
  const record = parts.recording.own('city-news', 'unknown', {
    ...(by === null ? {} : { ...by, actor: { role: 'city', issuer: 'signature', subject: city, city, hall: null } }),
    city,
    item: target?.item ?? null,
    // What no case of ours is called by does not enter the log: a city might put anything there.
    caseNo: target === null ? null : (caseNo ?? null),
    leg: target === null ? null : (leg ?? null),
    ...(target === null ? { faultCode: 'CITY_EVENT_UNKNOWN', source: 'city' } : {}),
    answerDigest: parts.recording.digest(JSON.stringify(news)),
  })
  if (target === null || caseNo === undefined || leg === undefined) {
    await parts.store.append([record])
    return 'unknown'
  }
  return parts.store.takeNews({
    city,
    caseNo,
    leg,
    news,
    now: parts.clock.now(),
    caseState: item === undefined ? news.state : caseStateBy(item, leg, news.state),
    startLeg: item === undefined ? null : legStartedBy(item, target.legs, leg, news.state),
    record,
  })
}

const ENDED_BADLY: ReadonlySet<CaseState> = new Set(['refused', 'rejected', 'returned', 'withdrawn'])
const YIELDS: ReadonlySet<CaseState> = new Set(['completed', 'delivered'])

/** The leg that decides moves the case; one that only co-operates stops it when it ends badly. */
function caseStateBy(item: Item, leg: string, state: CaseState | null): CaseState | null {
  const rule = item.legs.find(({ key }) => key === leg)
  if (rule?.does === 'decide') return state
  return state !== null && ENDED_BADLY.has(state) ? state : null
}

/** The leg after this one, unless it has to wait for more than what is known now. The store starts it once. */
function legStartedBy(
  item: Item,
  legs: readonly PlannedLeg[],
  leg: string,
  state: CaseState | null,
): PlannedLeg | null {
  if (state !== null && ENDED_BADLY.has(state)) return null
  const next = nextLeg(item, legs, leg)
  if (next === null) return null
  return needsCompletion(next.rule) && !(state !== null && YIELDS.has(state)) ? null : next.planned
}

const needsCompletion = ({ startsAfter }: LegRule): boolean => startsAfter === 'completed'

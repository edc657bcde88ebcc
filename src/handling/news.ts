// What is made of a city's news about a case: what follows for the leg that they are about, and the record of it.

import type { Caller } from '../domain/caller.ts'
import type { CityNews } from '../domain/news.ts'
import type { NewsKept } from '../domain/store.ts'
import type { CityKey } from '../domain/words.ts'
import { placeOf } from './legs.ts'
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
    place: placeOf(item, target.legs, leg),
    record,
  })
}

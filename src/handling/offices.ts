// Who holds a leg of a case at this moment, and by which telephone number: the first question at every counter.

import type { CaseRecord, LegView } from '../domain/case-record.ts'
import { itemKey } from '../domain/leg-place.ts'
import type { CityFacts, CityKey, Office, Sentence } from '../domain/words.ts'

/** hall: that collected it. office: of the city that handles it. help-desk: a resident filed it, and no city has it yet. */
export const HOLDERS = ['hall', 'office', 'help-desk'] as const

export interface Holder extends Office {
  readonly kind: (typeof HOLDERS)[number]
  /** Null of the help desk. */
  readonly city: CityKey | null
  /** Of a hall, as cases keep it: `<city>/<hall>`. */
  readonly hall: string | null
}

export interface Offices {
  holderOf(record: Pick<CaseRecord, 'hall'>, leg: Pick<LegView, 'city' | 'state' | 'delivery'>): Holder
  /** The hall that collected a case; the help desk where none did. A hall that is configured no more is still called by its key. */
  collectedBy(hall: string | null): Holder
  /** The key itself for a city that is configured no more. */
  cityName(key: CityKey): Sentence
}

const TAKEN_BACK: ReadonlySet<LegView['delivery']> = new Set(['cancelled', 'given-up'])

/** What its city has not got, or has given back, is with those who collected it; what is decided where it was taken, with the hall. */
function isWithCity({ state, delivery }: Pick<LegView, 'state' | 'delivery'>, hall: string | null): boolean {
  if (delivery === 'local') return hall === null
  return !TAKEN_BACK.has(delivery) && state !== 'returned' && (delivery === 'delivered' || state !== 'collected')
}

export function openOffices(cities: readonly CityFacts[], helpDesk: Office): Offices {
  const byKey = new Map(cities.map((city) => [city.key, city]))
  const halls = new Map(
    cities.flatMap((city) => city.halls.map((hall) => [`${city.key}/${hall.key}`, { city: city.key, ...hall }])),
  )
  const desk: Holder = { kind: 'help-desk', city: null, hall: null, ...helpDesk }

  const collectedBy: Offices['collectedBy'] = (hall) => {
    if (hall === null) return desk
    const { name, telephone, city } = halls.get(hall) ?? { ...helpDesk, name: { zh: hall, en: hall }, city: null }
    return { kind: 'hall', city, hall, name, telephone }
  }

  return {
    collectedBy,
    cityName: (key) => byKey.get(key)?.name ?? { zh: key, en: key },
    holderOf({ hall }, leg) {
      const city = byKey.get(leg.city)
      if (city === undefined || !isWithCity(leg, hall)) return collectedBy(hall)
      const { name, telephone } = city.office
      return { kind: 'office', city: city.key, hall: null, name, telephone }
    },
  }
}

/**
 * The leg by which the case is judged at this moment, of those that stand for the item's: the one that decides, once it has begun;
 * until then the last one before it that has.
 */
export function holdingLeg(current: readonly LegView[], deciding: string | undefined): LegView | undefined {
  const has = ({ delivery }: LegView): boolean => delivery !== 'waiting' && delivery !== 'cancelled'
  const decides = current.find((leg) => itemKey(leg.leg) === deciding)
  return decides !== undefined && has(decides) ? decides : (current.findLast(has) ?? decides ?? current[0])
}

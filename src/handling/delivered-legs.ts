// Reads which applications have arrived in a city within a time, page by page.

import type { CityBackend } from '../domain/delivery.ts'
import type { DeliveredLeg, TimeRange } from '../domain/reconciliation.ts'
import type { Store } from '../domain/store.ts'
import type { Parts } from './parts.ts'

const PAGE = 200

/** Of one backend, each leg once; what was refused or given up since then is left out. */
export async function readLegs(
  { catalogue, cities, store }: Pick<Parts, 'catalogue' | 'cities' | 'store'>,
  { city, key }: CityBackend,
  range: TimeRange,
): Promise<readonly DeliveredLeg[]> {
  const found = new Map<string, DeliveredLeg>()
  const isHandledThere = (leg: DeliveredLeg): boolean => {
    const item = catalogue.known(leg.item)
    return item !== undefined && cities.backend(city, item).key === key
  }
  for (let after: number | null = 0; after !== null;) {
    const page: Awaited<ReturnType<Store['deliveredLegs']>> = await store.deliveredLegs({
      city,
      ...range,
      after,
      limit: PAGE,
    })
    for (const leg of page.entries) {
      const reference = `${leg.caseNo}.${leg.leg}`
      if (leg.state === 'delivered' && !found.has(reference) && isHandledThere(leg)) found.set(reference, leg)
    }
    after = page.next
  }
  return [...found.values()]
}

/** Whether anything was on record before that time. */
export async function hasOldestBefore(store: Pick<Store, 'listRecords'>, time: number): Promise<boolean> {
  const { entries } = await store.listRecords({ limit: 1 })
  const oldest = entries[0]?.leaf['time']
  return typeof oldest === 'string' && Date.parse(oldest) < time
}

// The eight places: what their areas and funds are called, and which codes mean them.

import type { CityKey } from '../domain/words.ts'

export type ProtocolName = CityKey

export interface Place {
  readonly city: CityKey
  readonly name: string
  /** Division code of the place itself; leads its case numbers. */
  readonly areaCode: string
  readonly protocol: ProtocolName
  /** Gives a ticket at once, and a number or a refusal later. */
  readonly isAsynchronous: boolean
}

/** Each speaks a protocol of its own. */
const place = (city: CityKey, name: string, areaCode: string): Place => ({
  city,
  name,
  areaCode,
  protocol: city,
  isAsynchronous: city === 'tieling',
})

export const PLACES: readonly Place[] = [
  place('shenyang', '沈阳市', '210100'),
  place('anshan', '鞍山市', '210300'),
  place('fushun', '抚顺市', '210400'),
  place('benxi', '本溪市', '210500'),
  place('fuxin', '阜新市', '210900'),
  place('liaoyang', '辽阳市', '211000'),
  place('tieling', '铁岭市', '211200'),
  place('shenfu', '沈抚示范区', '211500'),
]

/** Towns whose county lies in another city but which belong to Shenfu. */
const SHENFU_TOWNS = ['210112014', '210404011', '210404201']

/** `1` and ten digits, of which the first six are a division code. */
const TAX_AUTHORITY = /^1[0-9]{10}$/

/** Whether a division code (6, 9 or 12 digits), a fund centre's code (4 digits) or a tax authority's (11) means this place. */
export function belongsTo(place: Place, given: string): boolean {
  const code = TAX_AUTHORITY.test(given) ? given.slice(1) : given
  const inShenfu = code.startsWith('2115') || SHENFU_TOWNS.some((town) => code.startsWith(town))
  return inShenfu ? place.city === 'shenfu' : code.slice(0, 4) === place.areaCode.slice(0, 4)
}

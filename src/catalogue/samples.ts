// Makes the golden sample of an item lead to a given city.

import type { CityItem } from '../domain/city-item.ts'
import type { Item } from '../domain/item.ts'
import type { SubmissionBody } from '../domain/submission.ts'
import type { CityFacts, CityKey } from '../domain/words.ts'
import { sampleConsent } from './consent.ts'
import { stepsOf } from './fields.ts'
import { isObject } from './schemas.ts'

/**
 * A copy of the sample whose deciding leg leads to `city` and whose other legs lead to the city after it in the list, with
 * what that city asks for besides (`more`). Throws an Error where the item has no sample, or a city no code of the kind that routing asks for.
 */
export function sampleFor(
  sample: unknown,
  more: CityItem['sample'],
  item: Item,
  city: CityKey,
  cities: readonly CityFacts[],
): SubmissionBody {
  if (!isObject(sample)) throw new Error(`${item.code} has no sample`)
  const copy = structuredClone(sample)
  leadTo(copy, item, city, cities)
  addDifferences(copy, more)
  if (item.consent !== undefined) copy['consent'] = sampleConsent(item.consent)
  // The sample has passed the schema of submissions in `check`.
  return copy as unknown as SubmissionBody
}

/** Puts the codes into the body by which its deciding leg leads to `city`, its other legs to the one after it in the list. */
export function leadTo(body: Record<string, unknown>, item: Item, city: CityKey, cities: readonly CityFacts[]): void {
  const index = cities.findIndex(({ key }) => key === city)
  const deciding = cities[index]
  const other = cities[(index + 1) % cities.length]
  if (deciding === undefined || other === undefined) throw new Error(`there is no city ${city}`)
  // The deciding leg last: a leg that finishes where another began has the same field.
  for (const leg of item.legs.toSorted((a, b) => Number(a.does === 'decide') - Number(b.does === 'decide'))) {
    const target = leg.does === 'decide' ? deciding : other
    const code = codeOf(target, leg.routing.codeKind)
    if (code === undefined) throw new Error(`${target.key} has no code of the kind ${leg.routing.codeKind}`)
    put(body, leg.routing.field, code)
  }
}

/** What the city asks for besides the catalogue. */
function addDifferences(body: Record<string, unknown>, more: CityItem['sample']): void {
  if (more?.form !== undefined && isObject(body['form'])) Object.assign(body['form'], structuredClone(more.form))
  if (more?.materials === undefined) return
  body['materials'] = [
    ...(Array.isArray(body['materials']) ? body['materials'] : []),
    ...structuredClone(more.materials),
  ]
}

/** A county rather than the whole prefecture, as people would write. */
function codeOf(city: CityFacts, codeKind: string): string | undefined {
  if (codeKind === 'city') return city.key
  const codes = city.routingCodes[codeKind] ?? []
  // A bureau's own code: the five digits of the city, and six for the first of its sub-bureaus.
  if (codeKind === 'taxAuthority') return codes[0] === undefined ? undefined : `${codes[0]}020000`
  return codes.find((code) => codeKind !== 'division' || !code.endsWith('00')) ?? codes[0]
}

function put(body: Record<string, unknown>, pointer: string, code: string): void {
  const steps = stepsOf(pointer)
  const last = steps.pop()
  let place: unknown = body
  for (const step of steps) place = isObject(place) && Object.hasOwn(place, step) ? place[step] : undefined
  if (last === undefined || !isObject(place)) throw new Error(`the sample has nothing at ${pointer}`)
  place[last] = code
}

// Decides which city handles each leg, from the codes in the routing fields alone.

import { Fault } from '../domain/fault.ts'
import type { FieldError } from '../domain/fault.ts'
import type { Item, LegRule } from '../domain/item.ts'
import type { PlannedLeg } from '../domain/leg-place.ts'
import type { CityFacts, CityKey, Sentence } from '../domain/words.ts'
import { stepsOf } from './fields.ts'
import { isObject } from './schemas.ts'
import { about } from './sentences.ts'

export interface Routing {
  /**
   * Reads nothing of the body but the item's routing fields. `collectingCity` is where the caller's own hall is, for a body
   * that does not name the collecting city. Throws ROUTING_UNDECIDED, which names each field that does not lead anywhere.
   */
  route(item: Item, body: unknown, collectingCity: CityKey | null): readonly [PlannedLeg, ...PlannedLeg[]]
  /** The city that a division code belongs to; null rather than a guess. */
  cityOfDivision(code: string): CityKey | null
}

export interface RoutingOptions {
  readonly cities: readonly CityFacts[]
  /** What people call a field, by its JSON Pointer. */
  readonly fieldName: (item: Item, pointer: string, body: unknown) => Sentence
}

export function openRouting({ cities, fieldName }: RoutingOptions): Routing {
  // As many as the catalogue has routing fields; taken apart once, not for every request.
  const stepsByPointer = new Map<string, readonly string[]>()
  const byKind = new Map<string, Map<string, CityKey>>()
  // A city's own key is a code too: where the place itself is named, as the collecting city is.
  byKind.set('city', new Map(cities.map(({ key }) => [key, key])))
  for (const city of cities) {
    for (const [kind, codes] of Object.entries(city.routingCodes)) {
      const table = byKind.get(kind) ?? new Map<string, CityKey>()
      byKind.set(kind, table)
      for (const code of codes) table.set(kind === 'division' ? withoutPadding(code) : code, city.key)
    }
  }

  /** The city that a code belongs to; null rather than a guess. */
  function cityOf(codeKind: string, code: string): CityKey | null {
    const table = byKind.get(codeKind)
    if (table === undefined) return null
    // 1, province, city, then the district's or sub-bureau's own digits: the first five tell the city's bureau.
    if (codeKind === 'taxAuthority') return /^1[0-9]{10}$/.test(code) ? (table.get(code.slice(0, 5)) ?? null) : null
    if (codeKind !== 'division') return table.get(code) ?? null
    if (!/^([0-9]{6}|[0-9]{9}|[0-9]{12})$/.test(code)) return null
    // The longest first: a town that belongs to Shenfu wins over the county that it lies in.
    for (let length = code.length; length >= 6; length -= 3) {
      const city = table.get(code.slice(0, length))
      if (city !== undefined) return city
    }
    return null
  }

  function planLeg(item: Item, leg: LegRule, body: unknown, collectingCity: CityKey | null): PlannedLeg | FieldError {
    const { basis, field, codeKind } = leg.routing
    let steps = stepsByPointer.get(field)
    if (steps === undefined) stepsByPointer.set(field, (steps = stepsOf(field)))
    const given = valueAt(body, steps)
    const code = given === undefined && field === COLLECTING_CITY ? (collectingCity ?? undefined) : given
    const city = typeof code === 'string' ? cityOf(codeKind, code) : null
    if (city !== null) return { leg: leg.key, city, routeRule: `${basis} ${field}=${String(code)}` }
    const name = fieldName(item, field, body)
    if (code === undefined) return { pointer: field, rule: 'required', message: about(name, MISSING) }
    if (typeof code !== 'string') return { pointer: field, rule: 'type', message: about(name, NOT_TEXT) }
    return { pointer: field, rule: 'routing', message: about(name, UNKNOWN) }
  }

  return {
    cityOfDivision: (code) => cityOf('division', code),
    route(item, body, collectingCity) {
      const planned = item.legs.map((leg) => planLeg(item, leg, body, collectingCity))
      const errors = planned.filter((entry): entry is FieldError => 'rule' in entry)
      if (errors.length > 0) {
        // A case that comes back to a city reads the same field again: it is one mistake.
        const first = errors.filter(
          ({ pointer }, index) => errors.findIndex((one) => one.pointer === pointer) === index,
        )
        throw new Fault('ROUTING_UNDECIDED', { errors: first })
      }
      return planned as unknown as readonly [PlannedLeg, ...PlannedLeg[]]
    },
  }
}

/** The one routing field that the caller's own place can stand in for. */
export const COLLECTING_CITY = '/collectingCity'

const MISSING = { zh: '必须填写，据此确定办理城市', en: 'is required: it decides which city is competent' }
const NOT_TEXT = { zh: '应为文本形式的代码', en: 'should be a code, given as text' }
const UNKNOWN = { zh: '不是都市圈八地的代码', en: 'is no code of any city of the metropolitan area' }

/** 210112014000 is the town 210112014, and 210102000000 the district 210102. */
function withoutPadding(code: string): string {
  return code.replace(/^([0-9]{6})(?:000){1,2}$/, '$1').replace(/^([0-9]{9})000$/, '$1')
}

/** The value at the end of these steps, own members only; undefined if there is none. */
function valueAt(body: unknown, steps: readonly string[]): unknown {
  let value = body
  for (const step of steps) {
    if (!isObject(value) || !Object.hasOwn(value, step)) return undefined
    value = value[step]
  }
  return value
}

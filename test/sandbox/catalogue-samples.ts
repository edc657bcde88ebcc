// The items of the catalogue with their legs and golden samples, read from the files themselves, for any city.

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { PLACES } from '../../src/sandbox/places.ts'

const root = join(import.meta.dirname, '../..')

export interface Sample {
  readonly handlingMode?: string
  readonly applicant: Readonly<Record<string, unknown>>
  readonly agent?: Readonly<Record<string, unknown>>
  readonly purpose?: string
  readonly identityCheck?: { readonly how: string; readonly at: string }
  readonly form: Readonly<Record<string, unknown>>
  readonly materials?: readonly { readonly code: string; readonly held: string }[]
}

interface Leg {
  readonly key: string
  readonly routing: { readonly basis: string; readonly field: string; readonly codeKind: string }
}

export interface CatalogueItem {
  readonly code: string
  readonly domain: string
  readonly interaction: 'query' | 'application'
  readonly legs: readonly Leg[]
}

export const ITEMS: readonly CatalogueItem[] = globSync(join(root, 'config/items/*.yaml'))
  .sort()
  .flatMap((file) => (parse(readFileSync(file, 'utf8')) as { readonly items: readonly CatalogueItem[] }).items)

export const isSentOn = ({ legs }: CatalogueItem): boolean => legs[0]!.routing.basis !== 'acceptance-place'

const codeOf = (city: string, codeKind: string): string => {
  const { areaCode } = PLACES.find((place) => place.city === city)!
  return codeKind === 'fundCentre' ? areaCode.slice(0, 4) : codeKind === 'taxAuthority' ? `1${areaCode}0000` : areaCode
}

/** The golden sample of an item, with the fields that its legs are routed by set to codes of `city`. */
export function sampleFor(item: CatalogueItem, city: string): Sample {
  const file = join(root, 'schemas/samples', item.domain, `${item.code}.json`)
  const sample = JSON.parse(readFileSync(file, 'utf8')) as Sample
  for (const { routing } of item.legs.filter(() => isSentOn(item))) {
    const path = routing.field.split('/').slice(1)
    const parent = path.slice(0, -1).reduce<unknown>((found, key) => (found as Record<string, unknown>)[key], sample)
    ;(parent as Record<string, unknown>)[path.at(-1)!] = codeOf(city, routing.codeKind)
  }
  return sample
}

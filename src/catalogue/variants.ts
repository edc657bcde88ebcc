// What an item is in one city: the catalogue's own, or with that city's differences merged in.

import { LRUCache } from 'lru-cache'
import type { CityItem } from '../domain/city-item.ts'
import type { Item } from '../domain/item.ts'
import type { CityKey } from '../domain/words.ts'
import { formId } from './documents.ts'
import { isObject, SCHEMA_BASE } from './schemas.ts'
import type { SchemaFile } from './schemas.ts'
import type { CatalogueStock } from './stock.ts'

// Each of 117 items in eight cities, twice over. What falls out is merged again when asked for.
const VARIANTS_MAX = 2000

export interface Variant {
  /** The item's code, followed by the city's key where the city asks for something else than the catalogue. */
  readonly key: string
  /** With the city's days and materials. */
  readonly item: Item
  readonly formId: string
  readonly offered: boolean
}

export interface Variants {
  /** Of an item as `city` has it; null = as it stands for every city. */
  of(item: Item, city: CityKey | null): Variant
  /** A merged form by its $id; undefined where it is no city's. */
  form(id: string): SchemaFile | undefined
}

interface Merged extends Variant {
  readonly form?: SchemaFile
}

/** Differences that name no known item or no known form are left out: `check` names them. */
export function openVariants(stock: CatalogueStock): Variants {
  const known = new LRUCache<string, Merged>({ max: VARIANTS_MAX })

  function of(item: Item, city: CityKey | null): Merged {
    const place = city === null ? item.code : `${item.code}@${city}`
    const before = known.get(place)
    if (before !== undefined) return before
    // The catalogue's own: what is passed in may be some city's already.
    const own = stock.item(item.code) ?? item
    const plain = { key: own.code, item: own, formId: formId(own), offered: true }
    const variant = city === null ? plain : (inCity(plain, city, place) ?? plain)
    known.set(place, variant)
    return variant
  }

  function inCity(plain: Variant, city: CityKey, place: string): Merged | undefined {
    const difference = stock.difference(city, plain.item.code)
    const form = difference && stock.schema(plain.formId)?.schema
    if (form === undefined || difference === undefined) return undefined
    const merged = mergedForm(form, difference, `${SCHEMA_BASE}items/${plain.item.domain}/${place}.json`)
    const asksMore = merged !== null || difference.materials !== undefined
    return {
      key: asksMore ? place : plain.key,
      item: mergedItem(plain.item, difference),
      formId: merged === null ? plain.formId : String(merged['$id']),
      offered: difference.offered !== false,
      ...(merged === null ? {} : { form: { file: `config/cities/${city}.yaml`, schema: merged } }),
    }
  }

  return {
    of,
    form(id) {
      const [, code, city] = /([^/]+)@([^/]+)\.json$/.exec(id) ?? []
      const item = code === undefined ? undefined : stock.item(code)
      const found = item === undefined || city === undefined ? undefined : of(item, city)
      return found?.formId === id ? found.form : undefined
    },
  }
}

function mergedItem(item: Item, { promisedWorkingDays, materials }: CityItem): Item {
  return {
    ...item,
    promisedWorkingDays: promisedWorkingDays ?? item.promisedWorkingDays,
    materials: [...item.materials, ...(materials ?? [])],
  }
}

/** The form with the city's own fields at its end; null where the city has none. */
function mergedForm(form: SchemaFile['schema'], difference: CityItem, id: string): SchemaFile['schema'] | null {
  const { fields, requiredFields = [] } = difference
  if (fields === undefined) return null
  const names = Object.keys(fields)
  const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
  return {
    ...form,
    $id: id,
    'x-order': [...listOf(form['x-order']), ...names],
    properties: { ...(isObject(form['properties']) ? form['properties'] : {}), ...fields },
    required: [...listOf(form['required']), ...requiredFields],
  }
}

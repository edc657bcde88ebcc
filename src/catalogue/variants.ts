// What an item is in one city: the catalogue's own, or with that city's differences merged in.

import type { CatalogueCity, CityItem } from '../domain/city-item.ts'
import type { Item } from '../domain/item.ts'
import type { CityKey } from '../domain/words.ts'
import { formId } from './documents.ts'
import { isObject, SCHEMA_BASE } from './schemas.ts'
import type { SchemaFile } from './schemas.ts'

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
  /** The merged forms, to be held beside the files they were made from. */
  readonly forms: readonly SchemaFile[]
}

/** Differences that name no known item or no known form are left out: `check` names them. */
export function openVariants(
  items: readonly Item[],
  cities: readonly CatalogueCity[],
  files: readonly SchemaFile[],
): Variants {
  const plain = new Map<string, Variant>()
  const inCity = new Map<string, Variant>()
  const forms: SchemaFile[] = []
  const byId = new Map(files.map(({ schema }) => [schema['$id'], schema]))
  const place = (code: string, city: CityKey): string => `${code}@${city}`

  for (const item of items) plain.set(item.code, { key: item.code, item, formId: formId(item), offered: true })
  for (const city of cities) {
    for (const [code, difference] of Object.entries(city.items ?? {})) {
      const base = plain.get(code)
      const form = base && byId.get(base.formId)
      if (base === undefined || form === undefined) continue
      const key = place(code, city.key)
      const merged = mergedForm(form, difference, `${SCHEMA_BASE}items/${base.item.domain}/${key}.json`)
      if (merged !== null) forms.push({ file: `config/cities/${city.key}.yaml`, schema: merged })
      const asksMore = merged !== null || difference.materials !== undefined
      inCity.set(key, {
        key: asksMore ? key : code,
        item: mergedItem(base.item, difference),
        formId: merged === null ? base.formId : String(merged['$id']),
        offered: difference.offered !== false,
      })
    }
  }

  return {
    forms,
    of(item, city) {
      const own = city === null ? undefined : inCity.get(place(item.code, city))
      return own ?? plain.get(item.code) ?? { key: item.code, item, formId: formId(item), offered: true }
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

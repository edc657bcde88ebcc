// Where the catalogue finds its parts by name: among files that were just read, or among those that were checked and kept.

import type { CatalogueCity, CityItem } from '../domain/city-item.ts'
import type { Item } from '../domain/item.ts'
import type { CityKey } from '../domain/words.ts'
import type { SchemaFile } from './schemas.ts'

/** All that a catalogue is made of, in memory. */
export interface CatalogueFiles {
  readonly items: readonly Item[]
  /** Parts, forms and answers. */
  readonly schemas: readonly SchemaFile[]
  /** Golden sample bodies by item code. */
  readonly samples: ReadonlyMap<string, unknown>
}

/** What a list of items may be asked for; what is left out does not matter. */
export interface ItemWish {
  readonly domain?: string | undefined
  readonly interaction?: string | undefined
  readonly mode?: string | undefined
  /** Items that this applicant may apply for, those for both included. */
  readonly applicant?: string | undefined
  /** Items that this city offers. */
  readonly city?: string | undefined
  /** Words that all stand in the code, the names or the department, in Chinese or English, in any case. */
  readonly text?: string | undefined
}

export interface ItemPage {
  readonly items: readonly Item[]
  /** Where the next page begins; null where there is none. */
  readonly next: number | null
}

/** Everything in it is frozen. Of two parts with one name the last counts; `gateway check` names both. */
export interface CatalogueStock {
  item(code: string): Item | undefined
  /** A part, form or answer by its $id. */
  schema(id: string): SchemaFile | undefined
  /** The golden sample of an item; undefined if it has none. */
  sample(code: string): unknown
  /** How a city differs from the catalogue in an item. */
  difference(city: CityKey, code: string): CityItem | undefined
  /** The items that fit, in the catalogue's order, from position `from` on; costs what it answers, not what there is. */
  search(wish: ItemWish, from: number, limit: number): ItemPage
  /** All of them, in order. Whatever is kept on disk is read for it: nothing for a request. */
  items(): readonly Item[]
  /** All parts, as `items`. */
  files(): CatalogueFiles
}

/** The words of a search; none if nothing was asked for. */
export function wordsIn(text = ''): readonly string[] {
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
}

/** What the words of a search are looked for in. */
export function searchedText({ code, name, department }: Item): string {
  return [code, name.zh, name.en, department.zh, department.en].join('\n').toLowerCase()
}

/** The stock of files that are in memory as a whole. */
export function stockOf(files: CatalogueFiles, cities: readonly CatalogueCity[]): CatalogueStock {
  const { items, schemas, samples } = files
  const byCode = new Map(items.map((item) => [item.code, item]))
  const byId = new Map(schemas.map((file) => [file.schema['$id'], file]))
  const byCity = new Map(cities.map((city) => [city.key, city.items ?? {}]))

  function difference(city: CityKey, code: string): CityItem | undefined {
    const own = byCity.get(city)
    return own !== undefined && Object.hasOwn(own, code) ? own[code] : undefined
  }

  function fits(item: Item, wish: ItemWish, words: readonly string[]): boolean {
    const { domain, interaction, mode, applicant, city } = wish
    return (
      (domain === undefined || item.domain === domain) &&
      (interaction === undefined || item.interaction === interaction) &&
      (mode === undefined || item.handlingModes.some((one) => one === mode)) &&
      (applicant === undefined || item.applicantType === applicant || item.applicantType === 'both') &&
      (city === undefined || difference(city, item.code)?.offered !== false) &&
      words.every((word) => searchedText(item).includes(word))
    )
  }

  return {
    item: (code) => byCode.get(code),
    schema: (id) => byId.get(id),
    sample: (code) => samples.get(code),
    difference,
    search(wish, from, limit) {
      const words = wordsIn(wish.text)
      const found = [...items.entries()].filter(([at, item]) => at >= from && fits(item, wish, words))
      return { items: found.slice(0, limit).map(([, item]) => item), next: found[limit]?.[0] ?? null }
    },
    items: () => items,
    files: () => files,
  }
}

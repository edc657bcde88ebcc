// The service items as the rest of the gateway knows them: find one, route it, check what is submitted for it.

import { LRUCache } from 'lru-cache'
import type { CatalogueCity, CityItem } from '../domain/city-item.ts'
import type { Clock } from '../domain/clock.ts'
import { Fault } from '../domain/fault.ts'
import type { FieldError } from '../domain/fault.ts'
import type { Item } from '../domain/item.ts'
import type { PlannedLeg } from '../domain/leg-place.ts'
import type { SubmissionBody, ValidSubmission } from '../domain/submission.ts'
import type { CityKey, Sentence } from '../domain/words.ts'
import { checkCatalogue } from './check.ts'
import { stepsOf } from './fields.ts'
import { openFormats } from './formats.ts'
import { guardianUnder } from './guardians.ts'
import { openGenerator } from './generate.ts'
import { openRouting } from './route.ts'
import { leadTo, sampleFor } from './samples.ts'
import { openSchemas } from './schemas.ts'
import { spoil } from './spoil.ts'
import type { Spoiled } from './spoil.ts'
import { stockOf } from './stock.ts'
import type { CatalogueFiles, CatalogueStock, ItemPage, ItemWish } from './stock.ts'
import { openValidation } from './validate.ts'
import { openVariants } from './variants.ts'

/** A mistake in the catalogue's files; `pointer` leads into `file`. */
export interface ConfigProblem {
  readonly file: string
  readonly pointer: string
  readonly message: Sentence
}

export interface CatalogueParts extends CatalogueFiles {
  readonly cities: readonly CatalogueCity[]
  readonly clock: Clock
}

export interface CatalogueOptions extends Pick<CatalogueParts, 'cities' | 'clock'> {
  readonly stock: CatalogueStock
}

export interface Catalogue {
  /** All of them, in order, read anew where they are kept on disk: nothing for a request, which has `search`. */
  readonly items: readonly Item[]
  /** A page of the items that fit, in order, from position `from` on. */
  search(wish: ItemWish, from: number, limit: number): ItemPage
  /** Undefined where the catalogue has none of that code, or none any more. */
  known(code: string): Item | undefined
  /** Throws ITEM_UNKNOWN. */
  find(code: string): Item
  citiesOffering(item: Item): readonly CityKey[]
  /** One planned leg for each of the item's, in their order. Reads the routing fields only. Throws ROUTING_UNDECIDED. */
  route(item: Item, body: unknown, collectingCity?: CityKey | null): readonly [PlannedLeg, ...PlannedLeg[]]
  /** The city that a division code belongs to; null rather than a guess. */
  cityOfDivision(code: string): CityKey | null
  decidingCity(item: Item, legs: readonly PlannedLeg[]): CityKey
  /** How `city` differs from the catalogue; undefined where it does not. */
  differenceIn(item: Item, city: CityKey): CityItem | undefined
  /** Every mistake of a body that leads to no city yet, by the form as it stands for every city; empty if there is none. */
  mistakes(item: Item, body: unknown): readonly FieldError[]
  /** The item as `city` has it: its promised days and materials. */
  itemIn(item: Item, city: CityKey): Item
  /** The same body, proven; nothing in it is changed. Throws ITEM_NOT_OFFERED, or FORM_INVALID with all mistakes, cut at 20. */
  validate(item: Item, city: CityKey, body: unknown): ValidSubmission
  /** Throws CITY_ANSWER_INVALID with what misses the answer schema. */
  checkAnswer(item: Item, city: CityKey, result: unknown): void
  /** The form's schema as one document with local references; null = as it stands for every city. */
  form(item: Item, city: CityKey | null): Record<string, unknown>
  /** The whole body's schema as one document with local references; null = as it stands for every city. */
  bodySchema(item: Item, city: CityKey | null): Record<string, unknown>
  /** Null for applications. */
  answerSchema(item: Item): Record<string, unknown> | null
  /** A body that is accepted, decided by `city`, its other legs handled by another city. */
  sample(item: Item, city: CityKey): SubmissionBody
  /** Another accepted body, made up by `seed`: the same for the same seed. Throws an Error where none can be found. */
  generated(item: Item, city: CityKey, seed: string): SubmissionBody
  /** Ways to spoil an accepted body, each with the mistake that must then be named; always the same. */
  spoiled(item: Item, city: CityKey, body: SubmissionBody): readonly Spoiled[]
  /** Compiles everything and names every mistake in items, schemas and samples. Slow: for start and `gateway check`. */
  check(): readonly ConfigProblem[]
}

// As many as validators are kept: a form is asked for before it is filled in.
const FORMS_MAX = 400

/** The catalogue of files that are in memory as a whole. */
export function buildCatalogue({ cities, clock, ...files }: CatalogueParts): Catalogue {
  return catalogueOf({ stock: stockOf(files, cities), cities, clock })
}

/** Reads and compiles nothing yet: validators are made when first used, all of them by `check`. */
export function catalogueOf({ stock, cities, clock }: CatalogueOptions): Catalogue {
  const variants = openVariants(stock)
  const schemas = openSchemas((id) => stock.schema(id) ?? variants.form(id))
  const formats = openFormats(clock)
  const validation = openValidation({ schemas, formats })
  const cityKeys = cities.map(({ key }) => key)
  const forms = new LRUCache<string, Record<string, unknown>>({ max: FORMS_MAX })
  const routing = openRouting({
    cities,
    fieldName: (item, pointer, body) =>
      validation.bodyFields(variants.of(item, null)).find(stepsOf(pointer), body).name,
  })

  const catalogue: Catalogue = {
    get items() {
      return stock.items()
    },
    search: (wish, from, limit) => stock.search(wish, from, limit),
    known: (code) => stock.item(code),
    find(code) {
      const item = stock.item(code)
      if (item === undefined) throw new Fault('ITEM_UNKNOWN')
      return item
    },
    citiesOffering: (item) => cityKeys.filter((city) => variants.of(item, city).offered),
    mistakes: (item, body) => validation.checkBody(variants.of(item, null), body)?.errors ?? [],
    itemIn: (item, city) => variants.of(item, city).item,
    route: (item, body, collectingCity = null) => routing.route(item, body, collectingCity),
    cityOfDivision: (code) => routing.cityOfDivision(code),
    decidingCity(item, legs) {
      const index = item.legs.findIndex((leg) => leg.does === 'decide')
      const leg = legs[index]
      if (leg === undefined) throw new Fault('INTERNAL', { cause: new Error(`${item.code}: no leg decides`) })
      return leg.city
    },
    differenceIn: (item, city) => stock.difference(city, item.code),
    validate(item, city, body) {
      const variant = variants.of(item, city)
      if (!variant.offered) throw new Fault('ITEM_NOT_OFFERED', { city })
      const findings = validation.checkBody(variant, body)
      if (findings !== null) throw new Fault('FORM_INVALID', findings)
      // The one place where the proof is made: the body has just passed.
      return { item, city, body, schemaDigest: validation.bodyDigest(variant) } as unknown as ValidSubmission
    },
    checkAnswer(item, city, result) {
      const findings = validation.checkAnswer(item, result)
      if (findings !== null) throw new Fault('CITY_ANSWER_INVALID', { ...findings, city })
    },
    form(item, city) {
      const { formId } = variants.of(item, city)
      const known = forms.get(formId)
      if (known !== undefined) return known
      const bundle = schemas.bundle(formId)
      // They stand beside the form in the body; who fills in the form has to be shown them.
      const years = guardianUnder(item)
      const form = {
        ...bundle,
        ...(item.consent === undefined ? {} : { 'x-consent': item.consent }),
        ...(years === null ? {} : { 'x-guardian-needed-under': years }),
      }
      forms.set(formId, form)
      return form
    },
    bodySchema: (item, city) => validation.bodySchema(variants.of(item, city)),
    answerSchema: (item) => validation.answerSchema(item),
    sample: (item, city) =>
      sampleFor(stock.sample(item.code), stock.difference(city, item.code)?.sample, item, city, cities),
    generated(item, city, seed) {
      const variant = variants.of(item, city)
      const generate = openGenerator({
        item: variant.item,
        schema: validation.bodySchema(variant),
        mistakesIn: (body) => validation.checkBody(variant, body)?.errors ?? [],
        lead: (body) => leadTo(body, item, city, cities),
      })
      return generate(seed) as unknown as SubmissionBody
    },
    spoiled: (item, city, body) => spoil(validation.bodySchema(variants.of(item, city)), body, formats),
    check() {
      const { schemas: files, samples } = stock.files()
      return checkCatalogue({ catalogue, schemas, validation, variants, files, samples, cities })
    },
  }
  return catalogue
}

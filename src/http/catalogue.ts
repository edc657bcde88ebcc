// /v1/items and /v1/cities: what can be done, where, and with which form. Open to all.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { CatalogueCity } from '../domain/city-item.ts'
import { guardianUnder } from '../catalogue/guardians.ts'
import { Fault } from '../domain/fault.ts'
import { APPLICANT_TYPES, HANDLING_MODES, INTERACTIONS } from '../domain/item.ts'
import type { Item } from '../domain/item.ts'
import type { Sentence } from '../domain/words.ts'
import { openToAll, type Desk } from './desk.ts'
import { cursor, readParameters } from './parameters.ts'

export function catalogueRoutes(app: FastifyInstance, desk: Desk, cities: readonly CatalogueCity[]): void {
  const { catalogue } = desk.parts

  /** Throws CITY_UNKNOWN. */
  function needCity(city: string): void {
    if (!cities.some(({ key }) => key === city)) throw new Fault('CITY_UNKNOWN')
  }

  /** The item of the address, as the city has it that the caller names. */
  function itemAsked(request: FastifyRequest): { readonly item: Item; readonly city: string | null } {
    const city = readParameters(request.query, ['city']).text('city') ?? null
    const item = catalogue.find((request.params as { code: string }).code)
    if (city === null) return { item, city }
    needCity(city)
    if (!catalogue.citiesOffering(item).includes(city)) throw new Fault('ITEM_NOT_OFFERED', { city })
    return { item: catalogue.itemIn(item, city), city }
  }

  app.get(
    '/v1/items',
    openToAll(desk, (request) => {
      const parameters = readParameters(request.query, ['domain', 'city', 'interaction', 'mode', 'applicant', 'text'])
      const [domain, city, text] = ['domain', 'city', 'text'].map(parameters.text)
      const interaction = parameters.oneOf('interaction', INTERACTIONS)
      const mode = parameters.oneOf('mode', HANDLING_MODES)
      const applicant = parameters.oneOf('applicant', APPLICANT_TYPES)
      if (city !== undefined) needCity(city)
      const wish = { domain, city, interaction, mode, applicant, text }
      const { items, next } = catalogue.search(wish, parameters.after() ?? 0, parameters.limit())
      return {
        notice: STAND_IN,
        items: items.map((item) => summary(city === undefined ? item : catalogue.itemIn(item, city))),
        next: cursor(next),
      }
    }),
  )

  app.get<{ Params: { code: string } }>(
    '/v1/items/:code',
    openToAll(desk, (request) => {
      const { item, city } = itemAsked(request)
      return {
        ...summary(item),
        ...(city === null ? {} : { city, note: catalogue.differenceIn(item, city)?.note ?? null }),
        legalBasis: { zh: item.legalBasis.zh, en: item.legalBasis.en },
        legalBasisNote: unverifiedBasis(item),
        legs: item.legs,
        materials: item.materials,
        consent: item.consent ?? null,
        guardianUnder: guardianUnder(item),
        cities: catalogue.citiesOffering(item),
        notice: STAND_IN,
      }
    }),
  )

  app.get<{ Params: { code: string } }>(
    '/v1/items/:code/form',
    openToAll(desk, (request) => {
      const { item, city } = itemAsked(request)
      return catalogue.form(item, city)
    }),
  )

  app.get(
    '/v1/cities',
    openToAll(desk, (request) => {
      const parameters = readParameters(request.query, [])
      const start = parameters.after() ?? 0
      const end = start + parameters.limit()
      return {
        cities: cities.slice(start, end).map(({ key, name, halls, office, routingCodes }) => ({
          key,
          name,
          halls,
          office,
          divisions: routingCodes['division'] ?? [],
        })),
        next: cursor(end < cities.length ? end : null),
      }
    }),
  )
}

/** domain of the facts: no public copy of the official list of 117 was found, so the catalogue must not pass for it. */
const STAND_IN = {
  zh: '本目录为示范目录，依据国家和区域公开清单编制，不是官方公布的117项清单。',
  en: 'This catalogue stands in for the official list of 117 items; it was compiled from public national and regional lists.',
}

/** Says which parts of the legal basis are from memory; null where all have been compared with the law. */
function unverifiedBasis({ legalBasis: { unverified = [] } }: Item): Sentence | null {
  if (unverified.length === 0) return null
  return {
    zh: `依据未经原文核对：${unverified.join('；')}`,
    en: `Basis not verified against the text itself: ${unverified.join('; ')}`,
  }
}

function summary(item: Item): object {
  const { code, name, domain, department, category, interaction, handlingModes, applicantType } = item
  const { promisedWorkingDays, statutoryWorkingDays, effectiveFrom, source } = item
  const routingBasis = item.legs.map((leg) => leg.routing.basis).join('+')
  return {
    code,
    name,
    domain,
    department,
    category,
    interaction,
    handlingModes,
    applicantType,
    promisedWorkingDays,
    statutoryWorkingDays,
    routingBasis,
    effectiveFrom,
    source,
  }
}

// /v1/items and /v1/cities: what can be done, where, and with which form. Open to all.

import type { FastifyInstance } from 'fastify'
import { Fault } from '../domain/fault.ts'
import type { Item } from '../domain/item.ts'
import type { CityFacts } from '../domain/words.ts'
import { openToAll, type Desk } from './desk.ts'
import { cursor, readParameters } from './parameters.ts'

export function catalogueRoutes(app: FastifyInstance, desk: Desk, cities: readonly CityFacts[]): void {
  const { catalogue } = desk.parts

  app.get(
    '/v1/items',
    openToAll(desk, (request) => {
      const parameters = readParameters(request.query, ['domain', 'interaction', 'mode', 'applicant'])
      const [domain, interaction, mode, applicant] = ['domain', 'interaction', 'mode', 'applicant'].map(parameters.text)
      const found = catalogue.items.filter(
        (item) =>
          (domain === undefined || item.domain === domain) &&
          (interaction === undefined || item.interaction === interaction) &&
          (mode === undefined || item.handlingModes.some((one) => one === mode)) &&
          (applicant === undefined || item.applicantType === applicant || item.applicantType === 'both'),
      )
      const start = parameters.after() ?? 0
      const end = start + parameters.limit()
      return {
        notice: STAND_IN,
        items: found.slice(start, end).map(summary),
        next: cursor(end < found.length ? end : null),
      }
    }),
  )

  app.get<{ Params: { code: string } }>(
    '/v1/items/:code',
    openToAll(desk, (request) => {
      readParameters(request.query, [])
      const item = catalogue.find((request.params as { code: string }).code)
      return {
        ...summary(item),
        legalBasis: item.legalBasis,
        legs: item.legs,
        materials: item.materials,
        cities: catalogue.citiesOffering(item),
        notice: STAND_IN,
      }
    }),
  )

  app.get<{ Params: { code: string } }>(
    '/v1/items/:code/form',
    openToAll(desk, (request) => {
      const city = readParameters(request.query, ['city']).text('city') ?? null
      const item = catalogue.find((request.params as { code: string }).code)
      if (city !== null && !cities.some(({ key }) => key === city)) throw new Fault('CITY_UNKNOWN')
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
        cities: cities.slice(start, end).map(({ key, name, halls, routingCodes }) => ({
          key,
          name,
          halls,
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

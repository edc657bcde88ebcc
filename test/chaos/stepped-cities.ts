// The real lines to the cities, each call a named step.

import type { CityBackend, CityMessage } from '../../src/domain/delivery.ts'
import { openCities as openReal, type OpenCities } from '../../src/cities/table.ts'
import { step } from './step.ts'

/** A reference of an application is `<caseNo>.<leg>`. */
const caseNoOf = ({ reference }: Pick<CityMessage, 'reference'>): string => reference.split('.')[0] ?? ''

export async function openCities(options: Parameters<typeof openReal>[0]): Promise<OpenCities> {
  const cities = await openReal(options)
  const stepped = (backend: CityBackend): CityBackend => ({
    ...backend,
    query: (message, how) => step('query', () => backend.query(message, how)),
    deliver: (message, how) =>
      step(
        `${how.share} delivers`,
        () => backend.deliver(message, how),
        () => caseNoOf(message),
      ),
    enquire: (message, how) =>
      step(
        `${how.share} enquires`,
        () => backend.enquire(message, how),
        () => caseNoOf(message),
      ),
    correct: (message, how) =>
      step(
        `${how.share} corrects`,
        () => backend.correct(message, how),
        () => caseNoOf(message),
      ),
    withdraw: (message, how) =>
      step(
        `${how.share} withdraws`,
        () => backend.withdraw(message, how),
        () => caseNoOf(message),
      ),
  })
  return {
    ...cities,
    backend: (city, item) => stepped(cities.backend(city, item)),
    [Symbol.asyncDispose]: () => cities[Symbol.asyncDispose](),
  }
}

// Opens the catalogue of a configuration snapshot, for the gateway and for the commands.

import { buildCatalogue } from '../catalogue/catalogue.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { LoadedConfig } from '../config.ts'
import type { Clock } from '../domain/clock.ts'

/** Compiles nothing yet. */
export function openCatalogue(config: LoadedConfig, clock: Clock): Catalogue {
  return buildCatalogue({ ...config.catalogue, cities: config.cities, clock })
}

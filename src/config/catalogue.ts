// Opens the catalogue of a configuration snapshot, for the gateway and for the commands.

import { catalogueOf } from '../catalogue/catalogue.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { LoadedConfig } from '../config.ts'
import type { Clock } from '../domain/clock.ts'

/** Reads and compiles nothing yet. */
export function openCatalogue({ stock, cities }: LoadedConfig, clock: Clock): Catalogue {
  return catalogueOf({ stock, cities, clock })
}

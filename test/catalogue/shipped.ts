// The catalogue with the cities as they are shipped, their differences among them, at a fixed time.

import { buildCatalogue } from '../../src/catalogue/catalogue.ts'
import { configOptions, loadConfig } from '../../src/config.ts'
import { clock } from './fixture.ts'

const config = loadConfig(configOptions({}))

export const shipped = buildCatalogue({ ...config.catalogue, cities: config.cities, clock })

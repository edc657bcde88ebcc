// The project's own configuration as a gateway opens it, read and checked once for a whole test run instead of by each file.

import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { configOptions, loadConfig, type LoadedConfig } from '../src/config.ts'
import { openConfig } from '../src/config/kept.ts'
import { systemClock } from '../src/system.ts'

/** Set by test/run.ts to a folder of the whole run; where it is not, each file reads everything for itself. */
export const SHARED: string | undefined = process.env['GATEWAY_TESTS_SHARED']

/** Lets commands on this data folder do without checking the project's configuration, as after a gateway's first start. */
export function seedProject(dataDir: string): void {
  if (SHARED !== undefined)
    cpSync(join(SHARED, 'project/config-cache'), join(dataDir, 'config-cache'), { recursive: true })
}

/** A city's differences are with the catalogue: `items` of a city is for those who call `loadConfig`. */
export const projectConfig: LoadedConfig =
  SHARED === undefined
    ? loadConfig(configOptions({}))
    : await openConfig({
        ...configOptions({ GATEWAY_DATA_DIR: join(SHARED, 'project') }),
        clock: systemClock,
        remark: () => undefined,
      })

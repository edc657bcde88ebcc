// Turns config/, schemas/ and the environment into one checked, frozen snapshot; the only reader of process.env.

import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stockOf } from './catalogue/stock.ts'
import type { CatalogueFiles, CatalogueStock } from './catalogue/stock.ts'
import type { CityConfig } from './cities/config.ts'
import type { Fields } from './cities/mapping.ts'
import { checkCalendar } from './config/calendar-checks.ts'
import type { CalendarFile } from './config/calendar-checks.ts'
import { readCatalogue } from './config/catalogue-files.ts'
import { checkCities } from './config/city-checks.ts'
import type { CitySource } from './config/city-checks.ts'
import { readSettings } from './config/environment.ts'
import type { Environment } from './config/environment.ts'
import { readFields } from './config/field-files.ts'
import { openFileReader } from './config/files.ts'
import { deepFreeze } from './config/freeze.ts'
import { checkBounds } from './config/gateway-checks.ts'
import type { GatewayFile } from './config/gateway-file.ts'
import { readIssuers } from './config/issuer-checks.ts'
import { ConfigProblems, inReadingOrder } from './config/problems.ts'
import type { ConfigProblem } from './config/problems.ts'
import { openSchemaChecker } from './config/schema-check.ts'
import { checkWebhooks } from './config/webhook-checks.ts'
import { hostOf, snapshotOf } from './config/snapshot.ts'
import type { WrittenConfig } from './config/snapshot.ts'
import { stepsOf } from './config/source.ts'
import type { Source } from './config/source.ts'
import type { Sentence } from './domain/words.ts'
import type { CalendarYear } from './domain/working-days.ts'
import type { IssuerRule } from './identity/issuers.ts'

export interface ConfigOptions {
  readonly configDir: string
  readonly schemasDir: string
  readonly env: Environment
}

/** Everything that is configured, from one moment. Frozen to its depth. */
export interface LoadedConfig {
  /** 16 hexadecimal digits over all bytes read: two snapshots with one version are the same. */
  readonly version: string
  readonly configDir: string
  readonly listen: { readonly host: string; readonly port: number }
  /** Null = where it listens. */
  readonly publicAddress: string | null
  readonly helpDesk: GatewayFile['helpDesk']
  /** An absolute path. It need not exist yet. */
  readonly dataDir: string
  /** Where the log goes: an absolute path, or null for stdout. */
  readonly logFile: string | null
  /** Whether the gateway runs sandbox cities for those whose address is `sandbox`. */
  readonly sandbox: boolean
  readonly limits: GatewayFile['limits']
  readonly materials: GatewayFile['materials']
  readonly streams: GatewayFile['streams']
  readonly webhooks: GatewayFile['webhooks']
  readonly drafts: GatewayFile['drafts']
  readonly retention: GatewayFile['retention']
  readonly delivery: GatewayFile['delivery']
  readonly courier: GatewayFile['courier']
  readonly news: GatewayFile['news']
  readonly deadlines: GatewayFile['deadlines']
  readonly reconciliation: GatewayFile['reconciliation']
  /** As in the file, or as the environment says. */
  readonly store: GatewayFile['store']
  /** Name of this gateway in the audit log; null = the machine's. */
  readonly node: string | null
  readonly auditLog: GatewayFile['auditLog']
  readonly identity: {
    readonly issuers: readonly IssuerRule[]
    readonly clockToleranceMs: number
    readonly cachedTokensMax: number
  }
  readonly cities: readonly CityConfig[]
  /** What names of fields carry, and what cities with a dictionary call them. */
  readonly fields: Fields
  /** Public holidays and make-up working days, year by year. */
  readonly calendar: readonly CalendarYear[]
  /** Where the catalogue finds its parts. */
  readonly stock: CatalogueStock
}

/** A configuration whose files have all just been read. */
export interface CheckedConfig extends LoadedConfig {
  readonly catalogue: CatalogueFiles
  readonly written: WrittenConfig
  /** Files of keys that the table of issuers names: absolute paths. */
  readonly keyFiles: readonly string[]
  /** Gives a mistake found later its line: `file` is that of a schema, or `config/…` wherever that folder is. */
  readonly problemAt: (file: string, pointer: string, message: Sentence) => ConfigProblem
}

/** What relative names in the configuration are relative to, and what lies beside config/ and schemas/. */
export const PROJECT_DIR = dirname(dirname(fileURLToPath(import.meta.url)))

/** The environment of this process. Nothing else in src/ reads it. */
export function readEnvironment(): Environment {
  return process.env
}

/** Where this process's configuration is: the project's own folders, or GATEWAY_CONFIG_DIR and GATEWAY_SCHEMAS_DIR. */
export function configOptions(env: Environment): ConfigOptions {
  // A blank name is a problem that loadConfig tells; it must not mean the folder that one happens to be in.
  const folder = (setting: string, usual: string): string => {
    const named = env[setting]?.trim() ?? ''
    return named === '' ? join(PROJECT_DIR, usual) : resolve(named)
  }
  return {
    configDir: folder('GATEWAY_CONFIG_DIR', 'config'),
    schemasDir: folder('GATEWAY_SCHEMAS_DIR', 'schemas'),
    env,
  }
}

/** Reads and checks every file, whatever was checked before. Throws ConfigProblems with every problem found, in reading order. */
export function loadConfig({ configDir, schemasDir, env }: ConfigOptions): CheckedConfig {
  const files = openFileReader(PROJECT_DIR)
  const problems: ConfigProblem[] = []
  const { settings, problems: settingProblems } = readSettings(env)
  problems.push(...settingProblems)

  const allSchemas = files.readAll(schemasDir, '.json')
  const schemas = allSchemas.filter((source) => !isConfigSchema(source) && source.value !== undefined)
  const { checker, problems: schemaProblems } = openSchemaChecker(allSchemas.filter(isConfigSchema))
  problems.push(...schemaProblems)

  /** The value of a file if it fits its schema; else undefined, and problems. */
  function fitting(source: Source | undefined, schema: string): unknown {
    if (source?.value === undefined) return undefined
    const found = checker.check(source, schema)
    problems.push(...found)
    return found.length === 0 ? source.value : undefined
  }

  const samplesDir = join(schemasDir, 'samples') + sep
  const isSample = ({ file }: Source): boolean => resolve(PROJECT_DIR, file).startsWith(samplesDir)

  const gatewaySource = files.read(join(configDir, 'gateway.yaml'))
  const calendarSource = files.read(join(configDir, 'calendar.yaml'))
  const fieldsSource = files.read(join(configDir, 'fields.yaml'))
  const dictionarySources = files.readAll(join(configDir, 'dictionaries'), '.json')
  const citySources = files.readAll(join(configDir, 'cities'), '.yaml')
  const itemSources = files.readAll(join(configDir, 'items'), '.yaml')

  // The schemas are the proof for these two assertions; test/config holds schema and type together.
  const gateway = fitting(gatewaySource, 'gateway') as GatewayFile | undefined
  const calendar = fitting(calendarSource, 'calendar') as CalendarFile | undefined
  if (calendar !== undefined && calendarSource !== undefined) problems.push(...checkCalendar(calendar, calendarSource))
  const cities: CitySource[] = []
  for (const source of citySources) {
    const city = fitting(source, 'city') as CityConfig | undefined
    if (city !== undefined) cities.push({ source, city })
  }
  problems.push(...checkCities(cities))
  const { fields, problems: fieldProblems } = readFields(
    fitting(fieldsSource, 'fields') === undefined ? undefined : fieldsSource,
    dictionarySources.filter((source) => fitting(source, 'dictionary') !== undefined),
    cities,
  )
  problems.push(...fieldProblems)
  const fittingItems = itemSources.filter((source) => fitting(source, 'items') !== undefined)
  const { catalogue, problems: catalogueProblems } = readCatalogue(fittingItems, schemas, isSample)
  problems.push(...catalogueProblems)

  const host = hostOf(settings, gateway)
  let issuers: readonly IssuerRule[] = []
  if (gateway !== undefined && gatewaySource !== undefined) {
    // By the files' names, so that a fault in a city's file does not look like one in the table of issuers too.
    const keys = citySources.map(({ file }) => basename(file, '.yaml'))
    const read = readIssuers(gateway, { source: gatewaySource, configDir, files, host, cities: keys })
    issuers = read.issuers
    const own = [
      ...checkBounds(gateway, gatewaySource),
      ...checkWebhooks(
        gateway,
        gatewaySource,
        cities.map(({ city }) => city),
      ),
    ]
    problems.push(...own, ...read.problems)
  }

  problems.push(...files.problems)
  if (problems.length > 0 || gateway === undefined || calendar === undefined)
    throw new ConfigProblems(inReadingOrder(problems))
  const sources = new Map(allSchemas.map((source) => [source.file, source]))
  for (const source of [calendarSource, fieldsSource, ...dictionarySources, ...citySources, ...itemSources]) {
    if (source === undefined) continue
    const name = relative(configDir, resolve(PROJECT_DIR, source.file)).split(sep).join('/')
    sources.set(`config/${name}`, source)
  }
  const written: WrittenConfig = {
    version: files.version(),
    gateway,
    cities: cities.map(({ city }) => city),
    fields,
    calendar: calendar.years,
  }
  const stock = stockOf(catalogue, written.cities)
  return deepFreeze({
    ...snapshotOf(written, { projectDir: PROJECT_DIR, configDir, settings, issuers, stock }),
    catalogue,
    written,
    keyFiles: gateway.identity.issuers.flatMap(({ keys }) => (keys === 'local' ? [] : [resolve(configDir, keys)])),
    problemAt(file, pointer, message) {
      return sources.get(file)?.problemAt(stepsOf(pointer), message) ?? { file, line: 0, message }
    },
  })
}

function isConfigSchema({ file }: Source): boolean {
  return file.endsWith('.schema.json')
}

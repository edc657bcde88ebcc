// The catalogue as it is shipped, over eight cities with the fewest codes that routing needs.

import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { buildCatalogue } from '../../src/catalogue/catalogue.ts'
import type { CatalogueParts } from '../../src/catalogue/catalogue.ts'
import type { Clock } from '../../src/domain/clock.ts'
import { Fault } from '../../src/domain/fault.ts'
import type { FieldError } from '../../src/domain/fault.ts'
import type { Item } from '../../src/domain/item.ts'
import type { CityFacts } from '../../src/domain/words.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Noon of 2026-11-22 in China. */
export const clock: Clock = {
  now: () => Date.parse('2026-11-22T12:00:00+08:00'),
  monotonic: () => 0,
  delay: () => Promise.resolve(),
}

const CODES: Readonly<Record<string, readonly [division: string[], fundCentre: string]>> = {
  shenyang: [['210100', '210102', '210106', '210112'], '2101'],
  anshan: [['210300', '210303'], '2103'],
  fushun: [['210400', '210402', '210404'], '2104'],
  benxi: [['210500', '210502'], '2105'],
  fuxin: [['210900', '210902', '210922'], '2109'],
  liaoyang: [['211000', '211002'], '2110'],
  tieling: [['211200', '211202', '211204'], '2112'],
  shenfu: [['211500', '210112014', '210404011', '210404201000'], '2115'],
}

export const cities: readonly CityFacts[] = Object.entries(CODES).map(([key, [division, fundCentre]]) => ({
  key,
  name: { zh: key, en: key },
  halls: [{ key: `${key}-civic`, name: { zh: key, en: key }, telephone: '024-000000' }],
  office: { name: { zh: key, en: key }, telephone: '024-000000' },
  routingCodes: { division, fundCentre: [fundCentre], taxAuthority: [`1${fundCentre}`] },
}))

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
}

export function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as Record<string, unknown>
}

export const itemFiles = filesBelow('config/items').map((file) => ({
  file,
  value: parse(readFileSync(join(ROOT, file), 'utf8')) as { items: Item[] },
}))

export function parts(): CatalogueParts {
  const schemas = ['schemas/parts', 'schemas/items', 'schemas/answers'].flatMap(filesBelow)
  return {
    items: itemFiles.flatMap(({ value }) => value.items),
    schemas: schemas.map((file) => ({ file, schema: readJson(file) })),
    samples: new Map(filesBelow('schemas/samples').map((file) => [basename(file, '.json'), readJson(file)])),
    cities,
    clock,
  }
}

export const catalogue = buildCatalogue(parts())

/** A body that may be pulled about. */
export type Loose = { [key: string]: any } // oxlint-disable-line typescript/no-explicit-any

export function sampleOf(code: string, city = 'fushun'): Loose {
  return catalogue.sample(catalogue.find(code), city)
}

/** The mistakes that the catalogue finds in a body; empty if it is accepted. */
export function mistakes(code: string, body: unknown): readonly FieldError[] {
  return faultOf(() => catalogue.validate(catalogue.find(code), 'fushun', body))?.details.errors ?? []
}

/** The Fault that `work` throws, null if it throws none. Anything else thrown is a broken test. */
export function faultOf(work: () => unknown): Fault | null {
  try {
    work()
    return null
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}

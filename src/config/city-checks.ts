// Checks what no schema can say about the cities: that each is sound in itself, and that they fit together.

import { basename } from 'node:path'
import { checkCity } from '../cities/config.ts'
import type { CityConfig } from '../cities/config.ts'
import type { ConfigProblem } from './problems.ts'
import type { Source } from './source.ts'

/** A city's file with the value that its schema accepted. */
export interface CitySource {
  readonly source: Source
  readonly city: CityConfig
}

/** Keys as the files are called, halls unique in a city, no routing code claimed by two, backends that fit each other. */
export function checkCities(cities: readonly CitySource[]): ConfigProblem[] {
  const owners = new Map<string, string>()
  return cities.flatMap(({ source, city }) => [
    ...checkName(source, city),
    ...checkHalls(source, city),
    ...claimCodes(source, city, owners),
    ...checkCity(city).map(({ path, message }) => source.problemAt(path, message)),
  ])
}

/** Whether every backend of every city is a sandbox one. */
export function allSandbox(cities: readonly CityConfig[]): boolean {
  return cities.every(({ backends }) => backends.every(({ address }) => address === 'sandbox'))
}

// Files in one folder have different names, so this makes the keys unique too.
function checkName(source: Source, { key }: CityConfig): ConfigProblem[] {
  const fileName = basename(source.file)
  if (fileName === `${key}.yaml`) return []
  const message = {
    zh: `key 是 ${key}，与文件名 ${fileName} 不一致`,
    en: `the key is ${key}, but the file is called ${fileName}`,
  }
  return [source.problemAt(['key'], message)]
}

function checkHalls(source: Source, { halls }: CityConfig): ConfigProblem[] {
  return [...halls.entries()]
    .filter(([index, { key }]) => halls.findIndex((other) => other.key === key) < index)
    .map(([index, { key }]) =>
      source.problemAt(['halls', index, 'key'], { zh: `大厅 ${key} 重复`, en: `the hall ${key} stands twice` }),
    )
}

function claimCodes(source: Source, { key, routingCodes }: CityConfig, owners: Map<string, string>): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  for (const [kind, codes] of Object.entries(routingCodes)) {
    for (const [index, code] of codes.entries()) {
      const claim = `${kind} ${code}`
      const owner = owners.get(claim)
      owners.set(claim, owner ?? key)
      if (owner === undefined) continue
      const message = {
        zh: `${kind} 代码 ${code} 已属于 ${owner}`,
        en: `the ${kind} code ${code} belongs to ${owner} already`,
      }
      problems.push(source.problemAt(['routingCodes', kind, index], message))
    }
  }
  return problems
}

// Reads config/fields.yaml and config/dictionaries, and finds the backends that name a dictionary which there is not.

import { basename } from 'node:path'
import { KINDS, type Dictionary, type Fields, type Kind } from '../cities/mapping.ts'
import type { CitySource } from './city-checks.ts'
import type { ConfigProblem } from './problems.ts'
import type { Source } from './source.ts'

/** `fieldsSource` has passed schemas/config/fields.schema.json, `dictionarySources` schemas/config/dictionary.schema.json. */
export function readFields(
  fieldsSource: Source | undefined,
  dictionarySources: readonly Source[],
  cities: readonly CitySource[],
): { readonly fields: Fields; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = []
  const kinds = new Map<string, Kind>()
  const listed = (fieldsSource?.value ?? {}) as Partial<Readonly<Record<Kind, string>>>
  for (const kind of KINDS) {
    for (const name of listed[kind]?.split(/\s+/) ?? []) {
      const other = kinds.get(name)
      kinds.set(name, kind)
      if (other === undefined || fieldsSource === undefined) continue
      const message = { zh: `${name} 已列在 ${other} 中`, en: `${name} is listed as ${other} already` }
      problems.push(fieldsSource.problemAt([kind], message))
    }
  }

  const dictionaries = new Map(
    dictionarySources.map(({ file, value }) => [basename(file, '.json'), value as Dictionary]),
  )
  for (const { source, city } of cities) {
    for (const [index, { mapping }] of city.backends.entries()) {
      if (typeof mapping.names === 'string' || dictionaries.has(mapping.names.dictionary)) continue
      const file = `config/dictionaries/${mapping.names.dictionary}.json`
      const message = { zh: `没有可用的 ${file}`, en: `there is no usable ${file}` }
      problems.push(source.problemAt(['backends', index, 'mapping', 'names', 'dictionary'], message))
    }
  }
  return { fields: { kinds, dictionaries }, problems }
}

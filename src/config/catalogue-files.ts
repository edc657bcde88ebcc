// Sorts the files of config/items and schemas/ into what the catalogue is built from.

import { basename } from 'node:path'
import type { SchemaFile } from '../catalogue/schemas.ts'
import type { CatalogueFiles } from '../catalogue/stock.ts'
import type { Item } from '../domain/item.ts'
import type { ConfigProblem } from './problems.ts'
import type { Source } from './source.ts'

/** `itemSources` have passed schemas/config/items.schema.json; `schemaSources` are all other files of schemas/, samples among them. */
export function readCatalogue(
  itemSources: readonly Source[],
  schemaSources: readonly Source[],
  isSample: (source: Source) => boolean,
): { readonly catalogue: CatalogueFiles; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = []
  const items: Item[] = []
  for (const source of itemSources) {
    const domain = basename(source.file, '.yaml')
    for (const [index, item] of (source.value as { readonly items: readonly Item[] }).items.entries()) {
      items.push(item)
      if (item.domain === domain) continue
      const message = {
        zh: `domain 是 ${item.domain}，与文件名 ${domain}.yaml 不一致`,
        en: `the domain is ${item.domain}, but the file is called ${domain}.yaml`,
      }
      problems.push(source.problemAt(['items', index, 'domain'], message))
    }
  }

  const schemas: SchemaFile[] = []
  const samples = new Map<string, unknown>()
  for (const source of schemaSources) {
    const { file, value } = source
    if (isSample(source)) {
      samples.set(basename(file, '.json'), value)
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      schemas.push({ file, schema: value as Record<string, unknown> })
    } else if (value !== undefined) {
      problems.push(source.problemAt([], { zh: '模式应为 JSON 对象', en: 'a schema must be a JSON object' }))
    }
  }
  return { catalogue: { items, schemas, samples }, problems }
}

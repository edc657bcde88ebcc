// Finds mistakes in what a city says of items: differences that name nothing, promise more days, or describe a field badly.

import type { CatalogueCity, CityItem } from '../domain/city-item.ts'
import type { Item } from '../domain/item.ts'
import type { CityKey } from '../domain/words.ts'
import type { Catalogue, ConfigProblem } from './catalogue.ts'
import { faultsInCondition } from './check-conditions.ts'
import { compileCondition } from './compile.ts'
import { pointerOf } from './fields.ts'
import { lintSchema } from './schema-lint.ts'
import { isObject } from './schemas.ts'
import type { Schema } from './schemas.ts'

export function checkDifferences(city: CatalogueCity, catalogue: Catalogue): ConfigProblem[] {
  const file = `config/cities/${city.key}.yaml`
  return Object.entries(city.items ?? {}).flatMap(([code, difference]) => {
    const problems: ConfigProblem[] = []
    const say = (steps: readonly string[], zh: string, en: string): void => {
      problems.push({ file, pointer: pointerOf(['items', code, ...steps]), message: { zh, en } })
    }
    const item = catalogue.items.find((known) => known.code === code)
    if (item === undefined) say([], `没有事项 ${code}`, `there is no item ${code}`)
    else {
      checkDays(item, difference, say)
      checkMaterials(item, difference, bodyIn(catalogue, item, city.key), say)
      checkFields(item, difference, catalogue, say)
    }
    return problems
  })
}

type Say = (steps: readonly string[], zh: string, en: string) => void

function checkDays(item: Item, { promisedWorkingDays: days }: CityItem, say: Say): void {
  if (days === undefined || days < item.promisedWorkingDays) return
  say(
    ['promisedWorkingDays'],
    `须少于目录承诺的 ${item.promisedWorkingDays} 个工作日`,
    `must be fewer than the catalogue's ${item.promisedWorkingDays} working days`,
  )
}

/** The schema of a body as the city has it; null where a part of it is missing, which is said of the sample. */
function bodyIn(catalogue: Catalogue, item: Item, city: CityKey): Schema | null {
  try {
    return catalogue.bodySchema(item, city)
  } catch {
    return null
  }
}

function checkMaterials(item: Item, { materials = [] }: CityItem, body: Schema | null, say: Say): void {
  const known = new Set(item.materials.map(({ code }) => code))
  for (const [index, { code, requiredWhen }] of materials.entries()) {
    if (known.has(code))
      say(['materials', String(index), 'code'], `材料代码 ${code} 重复`, `the code ${code} stands twice`)
    known.add(code)
    if (requiredWhen === undefined) continue
    const at = ['materials', String(index), 'requiredWhen']
    try {
      compileCondition(requiredWhen)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      say(at, `条件无法编译：${why}`, `the condition does not compile: ${why}`)
      continue
    }
    if (body === null) continue
    for (const { message } of faultsInCondition(requiredWhen, body)) say(at, message.zh, message.en)
  }
}

function checkFields(item: Item, difference: CityItem, catalogue: Catalogue, say: Say): void {
  const { fields = {}, requiredFields = [] } = difference
  const own = catalogue.form(item, null)['properties']
  for (const [name, schema] of Object.entries(fields)) {
    if (isObject(own) && Object.hasOwn(own, name)) {
      say(['fields', name], `表单已有字段 ${name}`, `the form has a field ${name} already`)
    }
    for (const { pointer, message } of lintSchema({
      type: 'object',
      title: '-',
      'x-title-en': '-',
      additionalProperties: false,
      properties: { [name]: schema },
    })) {
      if (pointer.startsWith('/properties/')) say(['fields', name], message.zh, message.en)
    }
  }
  for (const [index, name] of requiredFields.entries()) {
    if (!Object.hasOwn(fields, name))
      say(['requiredFields', String(index)], `没有字段 ${name}`, `there is no field ${name}`)
  }
}

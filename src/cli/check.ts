// The command `check`: names every fault of configuration, catalogue and schemas with file and line.

import type { Command } from 'commander'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { checkFields, checkMapping, type MappedItem } from '../cities/check-mapping.ts'
import type { CityConfig } from '../cities/config.ts'
import { membersOf, type Members } from '../cities/mapping/members.ts'
import { configOptions, loadConfig, readEnvironment } from '../config.ts'
import type { CheckedConfig } from '../config.ts'
import { calendarWarning } from '../config/calendar-checks.ts'
import { openCatalogue } from '../config/catalogue.ts'
import { ConfigProblems, formatProblem, inReadingOrder } from '../config/problems.ts'
import type { ConfigProblem } from '../config/problems.ts'
import type { Item } from '../domain/item.ts'
import type { Sentence } from '../domain/words.ts'
import { systemClock } from '../system.ts'
import { answer, CommandError, remark } from './output.ts'

export function addCheck(program: Command): void {
  program
    .command('check')
    .description(
      '检查全部配置、事项目录和模式，逐个列出问题（文件:行号）\ncheck the whole configuration, catalogue and schemas; name each fault (file:line)',
    )
    .action(() => {
      const { problems, summary, warning } = findProblems()
      for (const problem of problems) answer(formatProblem(problem))
      if (warning !== null) remark(warning)
      if (summary !== null) return answer(summary)
      const count = problems.length
      throw new CommandError(1, `共 ${count} 个问题。`, `${count} problem${count === 1 ? '' : 's'} found.`)
    })
}

interface Findings {
  readonly problems: readonly ConfigProblem[]
  /** What there is if nothing is wrong with it, else null. */
  readonly summary: string | null
  /** What will have to be done, though nothing is wrong yet. */
  readonly warning: Sentence | null
}

function findProblems(): Findings {
  let config: CheckedConfig
  try {
    config = loadConfig(configOptions(readEnvironment()))
  } catch (error) {
    if (error instanceof ConfigProblems) return { problems: error.problems, summary: null, warning: null }
    throw error
  }
  const catalogue = openCatalogue(config, systemClock)
  const found = catalogue.check().map(({ file, pointer, message }) => config.problemAt(file, pointer, message))
  // What cannot be bundled cannot be mapped either, and has been named by then.
  if (found.length === 0) found.push(...mappingProblems(config, catalogue))
  const warned = calendarWarning(config.calendar, catalogue.items, systemClock.now())
  const warning = warned && {
    zh: `提醒 config/calendar.yaml：${warned.zh}。`,
    en: `Warning, config/calendar.yaml: ${warned.en}.`,
  }
  return { problems: inReadingOrder(found), summary: found.length === 0 ? summaryOf(config) : null, warning }
}

function mappingProblems(
  { cities, fields, catalogue: files, problemAt }: CheckedConfig,
  catalogue: Catalogue,
): ConfigProblem[] {
  const byId = new Map(files.schemas.map(({ schema }) => [schema['$id'], schema]))
  const surveyed = new Map<object, Members>()
  const survey = (schema: object): Members => {
    const members = surveyed.get(schema) ?? membersOf(schema, (id) => byId.get(id))
    surveyed.set(schema, members)
    return members
  }
  const itemsFor = (deciding: (item: Item) => readonly CityConfig[]): readonly MappedItem[] =>
    catalogue.items.flatMap((item) => {
      const forms = new Set(deciding(item).map(({ key }) => catalogue.form(item, key)))
      const answer = catalogue.answerSchema(item)
      const { code, domain } = item
      return [...forms].map((form) => ({ code, domain, form: survey(form), answer: answer && survey(answer) }))
    })
  const found = cities.flatMap((city) =>
    // A joint case travels as the city that decides wants it: its co-operating cities get that city's fields too.
    checkMapping(
      city,
      fields,
      itemsFor(({ legs }) => (legs.length === 1 ? [city] : cities)),
    ),
  )
  found.push(
    ...checkFields(
      fields,
      itemsFor(() => cities),
    ),
  )
  return found.map(({ file, path, message }) => problemAt(file, `/${path.join('/')}`, message))
}

function summaryOf({ cities, catalogue, version }: CheckedConfig): string {
  const [city, item, schema] = [cities, catalogue.items, catalogue.schemas].map(({ length }) => String(length))
  return [
    `配置没有问题：${city} 个城市，${item} 个事项，${schema} 个模式；版本 ${version}。`,
    `No problems: ${city} cities, ${item} items, ${schema} schemas; version ${version}.`,
  ].join('\n')
}

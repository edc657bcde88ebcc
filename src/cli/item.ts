// The commands about service items: `item sample` prints a body that can be sent as it is.

import type { Command } from 'commander'
import { configOptions, loadConfig, readEnvironment } from '../config.ts'
import { openCatalogue } from '../config/catalogue.ts'
import type { Item } from '../domain/item.ts'
import { systemClock } from '../system.ts'
import { answer, CommandError } from './output.ts'

export function addItem(program: Command): void {
  const item = program.command('item').description('事项目录\nthe catalogue of service items')
  item
    .command('sample')
    .description('输出一个事项的示例请求体（JSON）\nprint a sample body of an item (JSON)')
    .argument('<code>', '事项代码 / code of the item')
    .option('--city <city>', '由哪个城市办理，默认第一个 / the city that decides it (the first one that offers it)')
    .action((code: string, options: { readonly city?: string }) => {
      const catalogue = openCatalogue(loadConfig(configOptions(readEnvironment())), systemClock)
      const found = find(catalogue.items, code)
      const offering = catalogue.citiesOffering(found)
      const city = options.city ?? offering[0]
      if (city === undefined || !offering.includes(city)) {
        const list = offering.join(', ')
        throw new CommandError(
          2,
          `${city ?? ''} 不办理此事项；可选：${list}。`,
          `${city ?? ''} does not offer this item; choose one of: ${list}.`,
        )
      }
      answer(JSON.stringify(catalogue.sample(found, city), null, 2))
    })
}

function find(items: readonly Item[], code: string): Item {
  const item = items.find((known) => known.code === code)
  if (item !== undefined) return item
  const list = items.map((known) => known.code).join(', ')
  throw new CommandError(2, `没有事项 ${code}；可选：${list}。`, `There is no item ${code}; choose one of: ${list}.`)
}

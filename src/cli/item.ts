// The commands about service items: print a body that can be sent, list them all, begin a new one.

import { join } from 'node:path'
import type { Command } from 'commander'
import { configOptions, loadConfig, readEnvironment } from '../config.ts'
import { lookUpConfig } from '../config/kept.ts'
import { openCatalogue } from '../config/catalogue.ts'
import { systemClock } from '../system.ts'
import { writeSkeleton } from './item/skeleton.ts'
import { sampleOf } from './item/sample.ts'
import type { SampleFlags } from './item/sample.ts'
import { itemTable } from './item/table.ts'
import { answer, remark } from './output.ts'

export function addItem(program: Command): void {
  const item = program.command('item').description('事项目录\nthe catalogue of service items')
  item
    .command('sample')
    .description('输出一个事项的示例请求体（JSON）\nprint a sample body of an item (JSON)')
    .argument('<code>', '事项代码 / code of the item')
    .option('--city <city>', '由哪个城市办理，默认第一个 / the city that decides it (the first one that offers it)')
    .option(
      '--seed <seed>',
      '另造一份有效的请求体，种子相同则结果相同 / make up another valid body, the same for the same seed',
    )
    .option(
      '--invalid',
      '改错一处；哪里错、违反什么规则写在标准错误 / spoil one place; stderr says which and by what rule',
    )
    .action((code: string, flags: SampleFlags) => {
      const { body, spoiled } = sampleOf(openItems(), code, flags)
      if (spoiled !== null) remark(spoiled)
      answer(JSON.stringify(body, null, 2))
    })
  item
    .command('table')
    .description(
      '输出全部事项的 Markdown 表（docs/catalogue.md）\nprint the table of all items in Markdown (docs/catalogue.md)',
    )
    .action(() => answer(itemTable(openItems()).trimEnd()))
  item
    .command('new')
    .description(
      '为新事项写出目录条目、表单和样例的骨架，填好后由 check 检查\nwrite the skeleton of a new item: entry, form and sample, to be filled in and checked by check',
    )
    .argument('<domain>', '领域，如 civil-affairs / domain, e.g. civil-affairs')
    .argument('<code>', '事项代码，如 ca-marriage-certificate / code of the item')
    .option('--query', '查询事项（当场答复），另写答复模式 / a query, answered at once: with the schema of its answer')
    .action((domain: string, code: string, flags: { readonly query?: true }) => {
      const options = configOptions(readEnvironment())
      // Loaded first: nothing is added to what is broken already.
      const known = loadConfig(options).catalogue.items
      for (const file of writeSkeleton({
        itemsDir: join(options.configDir, 'items'),
        schemasDir: options.schemasDir,
        known,
        domain,
        code,
        interaction: flags.query === true ? 'query' : 'application',
      }))
        answer(file)
      remark({
        zh: '已写出以上文件；凡“待填写”处须填好，gateway check 会逐一指出。',
        en: 'These files were written. Fill in each “to be filled in”; gateway check names those that are left.',
      })
    })
}

function openItems(): ReturnType<typeof openCatalogue> {
  return openCatalogue(lookUpConfig(configOptions(readEnvironment())), systemClock)
}

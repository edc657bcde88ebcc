// The command `demo`: each item to each city that offers it, then a table and three sample answers.

import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { configOptions, readEnvironment } from '../config.ts'
import { lookUpConfig } from '../config/kept.ts'
import type { LoadedConfig } from '../config.ts'
import { openCatalogue } from '../config/catalogue.ts'
import { isDecidedWhereTaken } from '../domain/item.ts'
import type { SubmissionBody } from '../domain/submission.ts'
import { systemClock } from '../system.ts'
import { openProgress } from './demo/progress.ts'
import { isExpected, reportText, rowsOf } from './demo/report.ts'
import { runDemo, type DemoJob } from './demo/run.ts'
import { answer, CommandError } from './output.ts'
import { gatewayAddress } from './running.ts'
import { tokenFor } from './token.ts'

interface DemoFlags {
  readonly from: string
  readonly item?: string
  readonly city?: string
  readonly concurrency: number
  readonly json?: true
}

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description(
      '把每个事项发往每个城市，并汇总结果（网关须已启动）\nsend each item to each city and sum up what came back (the gateway must be up)',
    )
    .option('--from <city>', '收件城市，由其第一个大厅收件 / collecting city, by its first hall', 'shenyang')
    .option('--item <code>', '只发送这个事项 / this item only')
    .option('--city <city>', '只发往这个城市 / to this city only')
    .option('--concurrency <n>', '同时发送多少件 / how many at once', wholeNumber, 4)
    .option('--json', '以 JSON 输出 / print JSON')
    .action(async (flags: DemoFlags) => {
      process.exitCode = await demo(lookUpConfig(configOptions(readEnvironment())), flags)
    })
}

/** Resolves with 0 if everything came back as expected, else 1. Throws CommandError if there is no gateway or nothing to send. */
async function demo(config: LoadedConfig, flags: DemoFlags): Promise<number> {
  const catalogue = openCatalogue(config, systemClock)
  const address = gatewayAddress(config)
  const jobs: DemoJob[] = catalogue.items
    .filter(({ code }) => flags.item === undefined || code === flags.item)
    .flatMap((item) =>
      catalogue
        .citiesOffering(item)
        .filter((city) => flags.city === undefined || city === flags.city)
        .map((city) => ({
          item,
          city,
          // What is decided where it is taken never leaves its hall: a clerk of the city itself files it.
          from: isDecidedWhereTaken(item) ? city : flags.from,
          body: atTheWindow(catalogue.sample(item, city)),
        })),
    )
  if (jobs.length === 0) throw new CommandError(2, '没有符合条件的事项和城市。', 'No item and city fit these options.')

  const progress = openProgress(jobs.length, process.stderr)
  const results = await runDemo({
    address,
    clerkOf: openClerks(config),
    auditor: tokenFor(config, { as: 'auditor', ttl: '1h' }),
    jobs,
    concurrency: flags.concurrency,
    onDone: progress,
  })
  const good = results.every(({ outcome }) => isExpected(outcome))
  answer(
    flags.json
      ? JSON.stringify({ good, cities: rowsOf(results, config.cities), results }, null, 2)
      : reportText(results, config.cities),
  )
  return good ? 0 : 1
}

/** Tokens of clerks, one for each city that files. */
function openClerks(config: LoadedConfig): (city: string) => string {
  const tokens = new Map<string, string>()
  return (city) => {
    const token = tokens.get(city) ?? tokenFor(config, { as: 'clerk', city, ttl: '1h' })
    tokens.set(city, token)
    return token
  }
}

/** What a clerk adds to a form at the window: how the person was identified, and what for. */
function atTheWindow(body: SubmissionBody): SubmissionBody {
  return { purpose: '窗口办理', ...body, identityCheck: { how: 'id-card-reader', at: new Date().toISOString() } }
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > 64) throw new InvalidArgumentError('1-64')
  return number
}

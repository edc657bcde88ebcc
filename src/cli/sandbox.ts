// The commands about the sandbox cities: make one sick, and see what it really received.

import { Argument, InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import { configOptions, readEnvironment } from '../config.ts'
import { lookUpConfig } from '../config/kept.ts'
import type { LoadedConfig } from '../config.ts'
import {
  advanceCase,
  CASE_STATUSES,
  expireTokens,
  isRate,
  readSandboxFile,
  SANDBOX_FAULTS,
  setFault,
  setPace,
} from '../sandbox/control.ts'
import type { CaseStatus, CaseStep, SandboxFault } from '../sandbox/control.ts'
import { received } from '../sandbox/received.ts'
import { answer, CommandError, remark } from './output.ts'

export function addSandbox(program: Command): void {
  const sandbox = program.command('sandbox').description('沙箱城市\nthe sandbox cities')

  sandbox
    .command('fault')
    .description(
      '让一个沙箱城市出故障，off 恢复；-after 表示已收件后才出故障，oversized 表示答复过长，lie 表示答应却不保存\nmake a sandbox city sick, off = well again; -after = once it has taken the submission, oversized = an answer without end, lie = says yes and keeps nothing',
    )
    .argument('<city>', '城市 / city')
    .addArgument(new Argument('<fault>', '故障 / fault').choices(SANDBOX_FAULTS))
    .addOption(
      new Option('--rate <share>', '受影响的请求比例，0 到 1 / share of calls that it strikes')
        .default(1)
        .argParser(rateOf),
    )
    .action(async (city: string, fault: SandboxFault, { rate }: { readonly rate: number }) => {
      await told(setFault(runningFor(city), city, fault, rate))
      remark(
        fault === 'off'
          ? { zh: `${city} 已恢复正常。`, en: `${city} is well again.` }
          : { zh: `${city}：${fault}，比例 ${rate}。`, en: `${city}: ${fault}, rate ${rate}.` },
      )
    })

  sandbox
    .command('advance')
    .description(
      '让沙箱城市办理一个办件：受理、补正、办结等；城市随后告知网关\nlet a sandbox city go on with a case; the city then tells the gateway',
    )
    .argument('<city>', '城市 / city')
    .argument('<reference>', '办件编号.环节 / case number, a full stop, the leg')
    .addArgument(new Argument('<status>', '状态 / status').choices(CASE_STATUSES))
    .option('--remark <words>', '说明 / in the city’s own words', remarkOf)
    .option(
      '--point <code=message>',
      '补正事项，可多次：材料编码或字段名，或不写 / what to correct, repeatable: a material, a field, or neither',
      addPoint,
    )
    .option('--result <code=number>', '结果文书编号，可多次 / what the case has yielded, repeatable', addResult)
    .action(
      async (
        city: string,
        reference: string,
        status: CaseStatus,
        options: { readonly remark?: string; readonly point?: Points; readonly result?: Results },
      ) => {
        const { remark: words, point: points = [], result: results = [] } = options
        const step = { status, points, results, ...(words === undefined ? {} : { remark: words }) }
        const id = await told(advanceCase(runningFor(city), city, reference, step))
        remark({
          zh: `${city} ${reference}：${status}，通知编号 ${id}。`,
          en: `${city} ${reference}: ${status}, event ${id}.`,
        })
      },
    )

  sandbox
    .command('expire')
    .description(
      '让城市发出的令牌或签名密钥立即失效\nend all tokens or signing secrets that a city has given out, as if their time were over',
    )
    .argument('<city>', '城市 / city')
    .action(async (city: string) => {
      await told(expireTokens(runningFor(city), city))
      remark({ zh: `${city} 发出的令牌或密钥已失效。`, en: `What ${city} had given out is over.` })
    })

  sandbox
    .command('pace')
    .description(
      '办件自行进展，每步多少毫秒；off 停住\nlet cases go on by themselves, a step each so many milliseconds; off = they stand still',
    )
    .argument('<city>', '城市 / city')
    .argument('<milliseconds>', '10 以上，或 off / 10 or more, or off', paceOf)
    .action(async (city: string, stepMs: number | null) => {
      await told(setPace(runningFor(city), city, stepMs))
      remark(
        stepMs === null
          ? { zh: `${city} 的办件不再自行进展。`, en: `Cases in ${city} stand still.` }
          : { zh: `${city} 的办件每 ${stepMs} 毫秒进展一步。`, en: `Cases in ${city} go on each ${stepMs} ms.` },
      )
    })

  sandbox
    .command('received')
    .description(
      '列出一个沙箱城市中真正生效的申请，每件一行 JSON\nlist the submissions that took effect in a sandbox city, a line of JSON each',
    )
    .argument('<city>', '城市 / city')
    .option('--case <caseNo>', '只列出这个办件 / of this case only')
    .action((city: string, options: { readonly case?: string }) => {
      for (const entry of received(configWith(city).dataDir, city, options.case)) answer(JSON.stringify(entry))
    })
}

/** The data folder in which a sandbox runs. */
function runningFor(city: string): string {
  const { dataDir } = configWith(city)
  if (readSandboxFile(dataDir) !== null) return dataDir
  throw new CommandError(
    1,
    `数据目录 ${dataDir} 中没有运行的沙箱；请先 npm start。`,
    `No sandbox runs in the data folder ${dataDir}; npm start first.`,
  )
}

function told<Value>(done: Promise<Value>): Promise<Value> {
  return done.catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new CommandError(1, `沙箱未接受：${why}`, `The sandbox did not take it: ${why}`)
  })
}

function configWith(city: string): LoadedConfig {
  const config = lookUpConfig(configOptions(readEnvironment()))
  if (config.cities.some(({ key }) => key === city)) return config
  const list = config.cities.map(({ key }) => key).join(', ')
  throw new CommandError(2, `没有城市 ${city}；可选：${list}。`, `There is no city ${city}; choose one of: ${list}.`)
}

type Points = NonNullable<CaseStep['points']>
type Results = NonNullable<CaseStep['results']>

/** Cities bound what their clerks write; docs/wire/<city>.md. */
function remarkOf(text: string): string {
  if (/^.{1,500}$/su.test(text)) return text
  throw new InvalidArgumentError('应为 1 至 500 个字符 / must have 1 to 500 characters')
}

function addPoint(text: string, before: Points = []): Points {
  const [, code, message] = /^([A-Za-z][A-Za-z0-9-]{0,79}|\d{6})?=(.{1,500})$/su.exec(text) ?? []
  if (message !== undefined) return [...before, { code: code ?? null, message }]
  throw new InvalidArgumentError('应为 编码=说明，说明至多 500 个字符 / must be code=message, at most 500 characters')
}

function addResult(text: string, before: Results = []): Results {
  const [, code, number] = /^([a-z][a-z0-9-]{0,79})=(.{1,100})$/u.exec(text) ?? []
  if (code !== undefined && number !== undefined) return [...before, { code, name: '办理结果', number }]
  throw new InvalidArgumentError('应为 编码=编号 / must be code=number')
}

function paceOf(text: string): number | null {
  if (text === 'off') return null
  if (/^[1-9][0-9]{1,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('应为 10 以上的毫秒数，或 off / must be 10 milliseconds or more, or off')
}

function rateOf(text: string): number {
  const rate = /^(?:0|1|0?\.\d{1,6}|1\.0+)$/.test(text) ? Number(text) : Number.NaN
  if (!isRate(rate)) throw new InvalidArgumentError('应为 0 到 1 之间的数 / must be a number from 0 to 1')
  return rate
}

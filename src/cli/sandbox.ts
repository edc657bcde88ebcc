// The commands about the sandbox cities: make one sick, and see what it really received.

import { Argument, InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import { configOptions, loadConfig, readEnvironment } from '../config.ts'
import type { LoadedConfig } from '../config.ts'
import { isRate, readSandboxFile, received, SANDBOX_FAULTS, setFault } from '../sandbox/control.ts'
import type { SandboxFault } from '../sandbox/control.ts'
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
      const { dataDir } = configWith(city)
      if (readSandboxFile(dataDir) === null) {
        throw new CommandError(
          1,
          `数据目录 ${dataDir} 中没有运行的沙箱；请先 npm start。`,
          `No sandbox runs in the data folder ${dataDir}; npm start first.`,
        )
      }
      await setFault(dataDir, city, fault, rate).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error)
        throw new CommandError(1, `沙箱未接受：${why}`, `The sandbox did not take it: ${why}`)
      })
      remark(
        fault === 'off'
          ? { zh: `${city} 已恢复正常。`, en: `${city} is well again.` }
          : { zh: `${city}：${fault}，比例 ${rate}。`, en: `${city}: ${fault}, rate ${rate}.` },
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

function configWith(city: string): LoadedConfig {
  const config = loadConfig(configOptions(readEnvironment()))
  if (config.cities.some(({ key }) => key === city)) return config
  const list = config.cities.map(({ key }) => key).join(', ')
  throw new CommandError(2, `没有城市 ${city}；可选：${list}。`, `There is no city ${city}; choose one of: ${list}.`)
}

function rateOf(text: string): number {
  const rate = /^(?:0|1|0?\.\d{1,6}|1\.0+)$/.test(text) ? Number(text) : Number.NaN
  if (!isRate(rate)) throw new InvalidArgumentError('应为 0 到 1 之间的数 / must be a number from 0 to 1')
  return rate
}

// The commands of operators, integrators and auditors.

import { Command, CommanderError } from 'commander'
import { addAudit } from './audit.ts'
import { addCheck } from './check.ts'
import { addCheckCity } from './check-city.ts'
import { addDemo } from './demo.ts'
import { addItem } from './item.ts'
import { tell } from './output.ts'
import { addSandbox } from './sandbox.ts'
import { addStore } from './store.ts'
import { addStory } from './story.ts'
import { addToken } from './token.ts'
import { SETTINGS } from '../config/environment.ts'

// commander speaks English only: its headings and errors are put beside Chinese ones here.
const HEADINGS: Readonly<Record<string, string>> = {
  'Usage:': '用法 Usage:',
  'Arguments:': '参数 Arguments:',
  'Options:': '选项 Options:',
  'Commands:': '命令 Commands:',
}

const MISUSES: Readonly<Record<string, string>> = {
  'commander.unknownCommand': '没有这个命令',
  'commander.unknownOption': '没有这个选项',
  'commander.missingArgument': '缺少参数',
  'commander.excessArguments': '参数过多',
  'commander.optionMissingArgument': '选项缺少取值',
  'commander.invalidArgument': '取值无效',
  'commander.missingMandatoryOptionValue': '缺少必需的选项',
  'commander.conflictingOption': '选项互相冲突',
}

function settingsHelp(): string {
  const width = Math.max(...SETTINGS.map(({ name }) => name.length)) + 2
  const indent = ' '.repeat(width + 2)
  const lines = SETTINGS.map(({ name, means }) => `  ${name.padEnd(width)}${means.zh}\n${indent}${means.en}`)
  return `\n环境变量 Environment:\n${lines.join('\n')}\n`
}

function makeProgram(): Command {
  const program = new Command('gateway')
    .description(
      '沈阳都市圈政务服务跨域通办网关\nCross-city government service gateway of the Shenyang metropolitan area',
    )
    .configureHelp({ styleTitle: (title) => HEADINGS[title] ?? title })
    // Told in both languages below; commander's own line would come first and alone.
    .configureOutput({ outputError: () => undefined })
    .exitOverride()
    .helpOption('-h, --help', '显示帮助 / show this help')
    .helpCommand('help [command]', '显示某个命令的帮助 / show the help of a command')
    .addHelpText('after', settingsHelp())
  addAudit(program)
  addCheck(program)
  addCheckCity(program)
  addToken(program)
  addItem(program)
  addSandbox(program)
  addDemo(program)
  addStory(program)
  addStore(program)
  return program
}

/** Runs one command. Resolves with the status that the process is to end with: 0, 1 = problems, 2 = not understood. */
async function run(args: readonly string[]): Promise<number> {
  try {
    await makeProgram().parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (!(error instanceof CommanderError)) return tell(error)
    if (error.exitCode === 0) return 0
    // Help that nobody asked for by name: no command was given.
    if (error.code === 'commander.help') return 2
    const zh = MISUSES[error.code] ?? '命令有误'
    process.stderr.write(
      `${zh}；用 --help 查看用法。\n${error.message.replace(/^error: /, '').replace(/\.$/, '')}; see --help.\n`,
    )
    return 2
  }
}

// A reader that has seen enough (`… | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

const status = await run(process.argv.slice(2))
// A command that ran to its end may have set a status of its own.
if (status !== 0) process.exitCode = status

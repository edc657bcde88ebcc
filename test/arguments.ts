// The arguments of the commands under test/: --help says what there is, and a slip is answered by it instead of a stack.

import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'

/** Ends the process where help was asked for (0), or an option is unknown or lacks its value (2). */
export function argumentsBy<Options extends ParseArgsOptionsConfig>(options: Options, help: string) {
  if (process.argv.slice(2).some((one) => one === '--help' || one === '-h')) {
    console.log(help)
    process.exit(0)
  }
  try {
    return parseArgs({ options }).values
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`)
    process.exit(2)
  }
}

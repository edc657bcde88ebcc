// Where the gateway of this data folder is, for the commands that talk to it.

import { readFileSync } from 'node:fs'
import type { LoadedConfig } from '../config.ts'
import { addressFile } from '../operations/address-file.ts'
import { CommandError } from './output.ts'

/** Its origin. Throws CommandError if none runs there. */
export function gatewayAddress(config: LoadedConfig): string {
  try {
    return (JSON.parse(readFileSync(addressFile(config.dataDir), 'utf8')) as { readonly address: string }).address
  } catch {
    throw new CommandError(
      1,
      `在 ${config.dataDir} 没有找到运行中的网关；请先在另一个终端运行 npm start。`,
      `No gateway runs on ${config.dataDir}; run npm start in another terminal first.`,
    )
  }
}

// Has Node keep what it makes of each source file, in the data folder, for the next start and for the commands.

import { existsSync, mkdirSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

/**
 * To be called before anything else is loaded; in JavaScript, as are the two entries that call it, so that Node need not load what
 * strips types when all that follows is kept already: 0.2 s of a start. Without what is kept every start strips the types of some 200
 * files and compiles them: 0.4 s and 20 MB. Node sees by a file's bytes whether it has changed. The folder must be known before the
 * configuration is, hence not the `dataDir` of gateway.yaml; it is for nobody else on this machine, who could put code of theirs there.
 *
 * @param {'make' | 'if-there'} how
 */
export function useCodeCache(how) {
  const given = process.env['GATEWAY_DATA_DIR']?.trim() ?? ''
  const folder = join(given === '' ? join(import.meta.dirname, '../data') : given, 'code-cache')
  try {
    if (how === 'make') mkdirSync(folder, { recursive: true, mode: 0o700 })
    else if (!existsSync(folder)) return
    enableCompileCache(folder)
    // For the threads and processes that are started from here.
    process.env['NODE_COMPILE_CACHE'] ??= folder
  } catch {
    // It starts without it too; whether the data folder can be used is found out, and told, when it is opened.
  }
}

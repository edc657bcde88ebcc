// The entry of the process: has Node keep what it makes of each file for the next start, and only then loads the gateway.

import { mkdirSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Whatever is left in the data folder is for nobody else on this machine.
process.umask(0o077)

// Without it every start strips the types of some 200 files and compiles them: 0.4 s and 20 MB. Node sees by a file's bytes
// whether it has changed. The folder must be known before the configuration is, hence not the `dataDir` of gateway.yaml.
const given = process.env['GATEWAY_DATA_DIR']?.trim() ?? ''
const folder = join(given === '' ? join(import.meta.dirname, '../data') : given, 'code-cache')
try {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  enableCompileCache(folder)
  // For the threads and processes that are started from here.
  process.env['NODE_COMPILE_CACHE'] ??= folder
} catch {
  // It starts without it too; whether the data folder can be used is found out, and told, when it is opened.
}

await import('./start.ts')

// The entry of the process: has Node keep what it makes of each file for the next start, and only then loads the gateway.

import { useCodeCache } from './code-cache.js'

// Whatever is left in the data folder is for nobody else on this machine.
process.umask(0o077)

useCodeCache('make')

await import('./start.ts')

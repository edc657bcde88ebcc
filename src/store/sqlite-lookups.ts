// The reader thread for what a request waits for.

import { openLookups } from './lookups.ts'
import { serveReads } from './read-loop.ts'

serveReads(openLookups)

// The reader thread for what a request waits for.

import { openLookups } from './lookups.ts'
import { serveReads } from './read-loop.ts'
import { sqliteReading } from './sqlite-reading.ts'

serveReads(sqliteReading(), openLookups)

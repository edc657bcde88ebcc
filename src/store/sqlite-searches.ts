// The reader thread for searches: apart, so that no auditor's search stands before a citizen's look-up.

import { serveReads } from './read-loop.ts'
import { openSearches } from './searches.ts'
import { sqliteReading } from './sqlite-reading.ts'
import { standBack } from './stand-back.ts'

standBack()
serveReads(sqliteReading(), openSearches)

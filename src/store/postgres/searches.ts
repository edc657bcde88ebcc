// The reader thread for searches: apart, so that no auditor's search stands before a citizen's look-up.

import { serveReads } from '../read-loop.ts'
import { openSearches } from '../searches.ts'
import { postgresReading } from './reading.ts'
import { connectionOfThread } from './start.ts'

serveReads(postgresReading(connectionOfThread('gateway searches', true)), openSearches)

// The reader thread for searches: apart, so that no auditor's search stands before a citizen's look-up.

import { serveReads } from '../read-loop.ts'
import { openSearches } from '../searches.ts'
import { standBack } from '../stand-back.ts'
import { postgresReading } from './reading.ts'
import { connectionOfThread } from './start.ts'

standBack()
serveReads(postgresReading(connectionOfThread('gateway searches', true)), openSearches)

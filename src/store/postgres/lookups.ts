// A reader thread for what a request waits for.

import { openLookups } from '../lookups.ts'
import { serveReads } from '../read-loop.ts'
import { postgresReading } from './reading.ts'
import { connectionOfThread } from './start.ts'

serveReads(postgresReading(connectionOfThread('gateway looks up', true)), openLookups)

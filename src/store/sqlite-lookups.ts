// The reader thread for what a request waits for: one row found by its key, and the backlog.

import { openCaseReader } from './read-cases.ts'
import { serveReads } from './read-loop.ts'
import { openRecordReader } from './read-records.ts'
import { openRepeats } from './repeats.ts'

serveReads((database, sealer) => {
  const findRepeat = openRepeats(database, sealer)
  const findRecord = openRecordReader(database)
  const cases = openCaseReader(database, sealer)
  return (operation) => {
    switch (operation.kind) {
      case 'findRepeat':
        return findRepeat(operation.scope)
      case 'findCase':
        return cases.findCase(operation.caseNo, operation.scope)
      case 'findRecord':
        return findRecord(operation.id)
      case 'backlog':
        return cases.backlog()
      case 'listCases':
      case 'listRecords':
        throw new Error(`${operation.kind} is a search`)
    }
  }
})

// Searches: what is asked for by more than one row's key.

import type { ReadOperation } from './operations.ts'
import { openCaseReader } from './read-cases.ts'
import { openDeliveryReader } from './read-deliveries.ts'
import { openLogReader } from './read-log.ts'
import { openCaseSearch } from './search-cases.ts'
import { openFindingSearch } from './search-findings.ts'
import { openRecordSearch } from './search-records.ts'
import { openRecordCounts } from './record-counts.ts'
import { openSearch } from './search.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'

export function openSearches(database: Sql, sealer: Sealer): (operation: ReadOperation) => unknown {
  const search = openSearch(database)
  const listCases = openCaseSearch(database, openCaseReader(database, sealer), search)
  const deliveries = openDeliveryReader(database)
  const log = openLogReader(database)
  const listRecords = openRecordSearch(database, search)
  const countRecords = openRecordCounts(database)
  const listFindings = openFindingSearch(database)
  return (operation) => {
    switch (operation.kind) {
      case 'listCases':
        return listCases(operation.filter)
      case 'listDeliveries':
        return deliveries.list(operation.filter)
      case 'listRecords':
        return listRecords(operation.filter)
      case 'listFindings':
        return listFindings(operation.filter)
      case 'countRecords':
        return countRecords(operation.question)
      case 'logEntries':
        return log.entries(operation.year, operation.index, operation.width)
      case 'findRepeat':
      case 'findCase':
      case 'findRecord':
      case 'findDisclosure':
      case 'findGaps':
      case 'findNewsTarget':
      case 'newsCursor':
      case 'lineHolds':
      case 'found':
      case 'findDelivery':
      case 'openLegs':
      case 'findMaterial':
      case 'unknownMaterialFiles':
      case 'findDraft':
      case 'listDrafts':
      case 'deliveredLegs':
      case 'listReconciliations':
      case 'reconciliationStandings':
      case 'backlog':
      case 'time':
      case 'readFeed':
      case 'feedEnd':
      case 'dueWebhookMessages':
      case 'webhookStandings':
      case 'deadWebhookMessages':
      case 'logShards':
      case 'logTail':
      case 'logPlace':
      case 'logTile':
        throw new Error(`${operation.kind} is a look-up`)
    }
  }
}

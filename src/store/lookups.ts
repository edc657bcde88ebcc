// What a request waits for: one row found by its key, and the backlog.

import { openFoundReader } from './duties.ts'
import { openGapFinder } from './find-gaps.ts'
import { openHoldReader } from './line-holds.ts'
import type { ReadOperation } from './operations.ts'
import { openCaseReader } from './read-cases.ts'
import { openDeliveryReader } from './read-deliveries.ts'
import { openDisclosureReader } from './read-disclosure.ts'
import { openDraftReader } from './read-drafts.ts'
import { openFeedReader } from './read-feed.ts'
import { openMaterialReader } from './read-materials.ts'
import { openLogReader } from './read-log.ts'
import { openNewsReader } from './read-news.ts'
import { openOpenLegs } from './read-open-legs.ts'
import { openReconciliationReader } from './reconciliations.ts'
import { openRecordReader } from './read-records.ts'
import { openTimeReader } from './read-time.ts'
import { openWebhookReader } from './read-webhooks.ts'
import { openRepeats } from './repeats.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'

export function openLookups(database: Sql, sealer: Sealer): (operation: ReadOperation) => unknown {
  const findRepeat = openRepeats(database, sealer)
  const findRecord = openRecordReader(database)
  const findDisclosure = openDisclosureReader(database, sealer)
  const findGaps = openGapFinder(database)
  const cases = openCaseReader(database, sealer)
  const news = openNewsReader(database, sealer)
  const deliveries = openDeliveryReader(database)
  const openLegs = openOpenLegs(database)
  const log = openLogReader(database)
  const feed = openFeedReader(database)
  const webhooks = openWebhookReader(database)
  const lineHolds = openHoldReader(database, sealer)
  const found = openFoundReader(database)
  const drafts = openDraftReader(database, sealer)
  const materials = openMaterialReader(database, sealer, cases)
  const reconciliations = openReconciliationReader(database, sealer)
  const time = openTimeReader(database)
  return (operation) => {
    switch (operation.kind) {
      case 'findRepeat':
        return findRepeat(operation.scope)
      case 'findCase':
        return cases.findCase(operation.caseNo, operation.scope)
      case 'findRecord':
        return findRecord(operation.id)
      case 'findDisclosure':
        return findDisclosure(operation.recordId)
      case 'findGaps':
        return findGaps(operation.node, operation.boot)
      case 'findNewsTarget':
        return news.findTarget(operation.caseNo, operation.leg, operation.city)
      case 'newsCursor':
        return news.cursor(operation.source)
      case 'lineHolds':
        return lineHolds()
      case 'found':
        return found(operation.what)
      case 'findMaterial':
        return materials.find(operation.materialId, operation.scope)
      case 'unknownMaterialFiles':
        return materials.unknownFiles(operation.files)
      case 'findDelivery':
        return deliveries.find(operation.caseNo, operation.leg, operation.messageNo)
      case 'openLegs':
        return openLegs(operation.after, operation.limit)
      case 'findDraft':
        return drafts.find(operation.draftId, operation.owner)
      case 'listDrafts':
        return drafts.list(operation.filter)
      case 'deliveredLegs':
        return reconciliations.delivered(operation.filter)
      case 'listReconciliations':
        return reconciliations.list(operation.filter)
      case 'reconciliationStandings':
        return reconciliations.standings()
      case 'backlog':
        return cases.backlog()
      case 'time':
        return time()
      case 'readFeed':
        return feed.after(operation.after, operation.scope, operation.limit)
      case 'feedEnd':
        return feed.end()
      case 'dueWebhookMessages':
        return webhooks.due(operation.endpoint, operation.now, operation.limit)
      case 'webhookStandings':
        return webhooks.standings()
      case 'deadWebhookMessages':
        return webhooks.dead(operation.endpoint, operation.limit)
      case 'logShards':
        return log.shards()
      case 'logTail':
        return log.tail(operation.skip, operation.limit)
      case 'logPlace':
        return log.place(operation.recordId)
      case 'logTile':
        return log.tile(operation.year, operation.level, operation.index, operation.width)
      case 'listCases':
      case 'listDeliveries':
      case 'listRecords':
      case 'listFindings':
      case 'countRecords':
      case 'logEntries':
        throw new Error(`${operation.kind} is a search`)
    }
  }
}

// The store's methods as operations, whoever carries those out.

import type { Store } from '../domain/store.ts'
import type { ReadOperation, WriteOperation } from './operations.ts'

export interface Operators {
  /** Each settles as the operation's method in Store does. */
  readonly write: (operation: WriteOperation) => Promise<unknown>
  readonly lookUp: (operation: ReadOperation) => Promise<unknown>
  readonly search: (operation: ReadOperation) => Promise<unknown>
  readonly now: () => number
}

export type StoreCalls = Omit<Store, 'logKeys' | 'signLog' | typeof Symbol.asyncDispose>

export function storeCalls({ write, lookUp, search, now }: Operators): StoreCalls {
  return {
    accept: (acceptance) => write({ kind: 'accept', acceptance }) as ReturnType<Store['accept']>,
    enterAct: (act) => write({ kind: 'enterAct', act }) as ReturnType<Store['enterAct']>,
    settle: (settlement) => write({ kind: 'settle', settlement }) as ReturnType<Store['settle']>,
    claimDue: (request) => write({ kind: 'claimDue', request }) as ReturnType<Store['claimDue']>,
    append: async (records, kept) => {
      await write({ kind: 'append', records, kept: kept ?? null })
    },
    takeNews: (arrival) => write({ kind: 'takeNews', arrival }) as ReturnType<Store['takeNews']>,
    keepNewsCursor: async (source, cursor) => {
      await write({ kind: 'keepNewsCursor', source, cursor })
    },
    holdLine: async (line, hold, record) => {
      await write({ kind: 'holdLine', line, hold, record })
    },
    decideDelivery: (decision) => write({ kind: 'decideDelivery', decision }) as ReturnType<Store['decideDelivery']>,
    keepMaterial: (material) => write({ kind: 'keepMaterial', material }) as ReturnType<Store['keepMaterial']>,
    forgetMaterials: (uploadedBefore, limit) =>
      write({ kind: 'forgetMaterials', uploadedBefore, limit }) as ReturnType<Store['forgetMaterials']>,
    keepDraft: (draft) => write({ kind: 'keepDraft', draft }) as ReturnType<Store['keepDraft']>,
    deleteDraft: (draftId, owner, version, record) =>
      write({ kind: 'deleteDraft', draftId, owner, version, record }) as ReturnType<Store['deleteDraft']>,
    forgetDrafts: (savedBefore, limit, record) =>
      write({ kind: 'forgetDrafts', savedBefore, limit, record }) as ReturnType<Store['forgetDrafts']>,
    findDraft: (draftId, owner) => lookUp({ kind: 'findDraft', draftId, owner }) as ReturnType<Store['findDraft']>,
    listDrafts: (filter) => lookUp({ kind: 'listDrafts', filter }) as ReturnType<Store['listDrafts']>,
    keepReconciliation: async (reconciliation, record) => {
      await write({ kind: 'keepReconciliation', reconciliation, record })
    },
    deliveredLegs: (filter) => lookUp({ kind: 'deliveredLegs', filter }) as ReturnType<Store['deliveredLegs']>,
    listReconciliations: (filter) =>
      lookUp({ kind: 'listReconciliations', filter }) as ReturnType<Store['listReconciliations']>,
    reconciliationStandings: () =>
      lookUp({ kind: 'reconciliationStandings' }) as ReturnType<Store['reconciliationStandings']>,
    holdDuty: (duty, holder, seen) => write({ kind: 'holdDuty', duty, holder, seen }) as ReturnType<Store['holdDuty']>,
    leaveDuty: async (duty, holder) => {
      await write({ kind: 'leaveDuty', duty, holder })
    },
    keepFound: async (what, content) => {
      await write({ kind: 'keepFound', what, content })
    },
    found: (what) => lookUp({ kind: 'found', what }) as ReturnType<Store['found']>,
    check: async () => {
      await write({ kind: 'check', now: now() })
    },
    findRepeat: (scope) => lookUp({ kind: 'findRepeat', scope }) as ReturnType<Store['findRepeat']>,
    findCase: (caseNo, scope) => lookUp({ kind: 'findCase', caseNo, scope }) as ReturnType<Store['findCase']>,
    findDisclosure: (recordId) => lookUp({ kind: 'findDisclosure', recordId }) as ReturnType<Store['findDisclosure']>,
    eraseSubject: (subjectKey, record) =>
      write({ kind: 'eraseSubject', subjectKey, record }) as ReturnType<Store['eraseSubject']>,
    redoErasure: (erasureRef, record) =>
      write({ kind: 'redoErasure', erasureRef, record }) as ReturnType<Store['redoErasure']>,
    retain: (bounds, record) => write({ kind: 'retain', bounds, record }) as ReturnType<Store['retain']>,
    findRecord: (id) => lookUp({ kind: 'findRecord', id }) as ReturnType<Store['findRecord']>,
    findNewsTarget: (caseNo, leg, city) =>
      lookUp({ kind: 'findNewsTarget', caseNo, leg, city }) as ReturnType<Store['findNewsTarget']>,
    newsCursor: (source) => lookUp({ kind: 'newsCursor', source }) as ReturnType<Store['newsCursor']>,
    lineHolds: () => lookUp({ kind: 'lineHolds' }) as ReturnType<Store['lineHolds']>,
    findDelivery: (caseNo, leg, messageNo) =>
      lookUp({ kind: 'findDelivery', caseNo, leg, messageNo }) as ReturnType<Store['findDelivery']>,
    findMaterial: (materialId, scope) =>
      lookUp({ kind: 'findMaterial', materialId, scope }) as ReturnType<Store['findMaterial']>,
    unknownMaterialFiles: (files) =>
      lookUp({ kind: 'unknownMaterialFiles', files }) as ReturnType<Store['unknownMaterialFiles']>,
    logShards: () => lookUp({ kind: 'logShards' }) as ReturnType<Store['logShards']>,
    logTail: (skip, limit) => lookUp({ kind: 'logTail', skip, limit }) as ReturnType<Store['logTail']>,
    logPlace: (recordId) => lookUp({ kind: 'logPlace', recordId }) as ReturnType<Store['logPlace']>,
    logTile: (year, level, index, width) =>
      lookUp({ kind: 'logTile', year, level, index, width }) as ReturnType<Store['logTile']>,
    logEntries: (year, index, width) =>
      search({ kind: 'logEntries', year, index, width }) as ReturnType<Store['logEntries']>,
    replaceCheckpoint: (old, step) =>
      write({ kind: 'replaceCheckpoint', old, step }) as ReturnType<Store['replaceCheckpoint']>,
    keepWitnessed: async (year, checkpoint) => {
      await write({ kind: 'keepWitnessed', year, checkpoint })
    },
    readFeed: (after, scope, limit) =>
      lookUp({ kind: 'readFeed', after, scope, limit }) as ReturnType<Store['readFeed']>,
    webhookCursor: (endpoint) => write({ kind: 'webhookCursor', endpoint }) as ReturnType<Store['webhookCursor']>,
    makeWebhookMessages: async (endpoint, upTo, messages, now) => {
      await write({ kind: 'makeWebhookMessages', endpoint, upTo, messages, now })
    },
    settleWebhookMessage: async (messageId, settled, now) => {
      await write({ kind: 'settleWebhookMessage', messageId, settled, now })
    },
    redriveWebhook: (endpoint, messageIds, now, record) =>
      write({ kind: 'redriveWebhook', endpoint, messageIds, now, record }) as ReturnType<Store['redriveWebhook']>,
    dueWebhookMessages: (endpoint, now, limit) =>
      lookUp({ kind: 'dueWebhookMessages', endpoint, now, limit }) as ReturnType<Store['dueWebhookMessages']>,
    webhookStandings: () => lookUp({ kind: 'webhookStandings' }) as ReturnType<Store['webhookStandings']>,
    deadWebhookMessages: (endpoint, limit) =>
      lookUp({ kind: 'deadWebhookMessages', endpoint, limit }) as ReturnType<Store['deadWebhookMessages']>,
    feedEnd: () => lookUp({ kind: 'feedEnd' }) as ReturnType<Store['feedEnd']>,
    backlog: () => lookUp({ kind: 'backlog' }) as ReturnType<Store['backlog']>,
    listCases: (filter) => search({ kind: 'listCases', filter }) as ReturnType<Store['listCases']>,
    openLegs: (after, limit) => lookUp({ kind: 'openLegs', after, limit }) as ReturnType<Store['openLegs']>,
    listDeliveries: (filter) => search({ kind: 'listDeliveries', filter }) as ReturnType<Store['listDeliveries']>,
    listFindings: (filter) => search({ kind: 'listFindings', filter }) as ReturnType<Store['listFindings']>,
    findGaps: (node, boot) => lookUp({ kind: 'findGaps', node, boot }) as ReturnType<Store['findGaps']>,
    countRecords: (question) => search({ kind: 'countRecords', question }) as ReturnType<Store['countRecords']>,
    listRecords: (filter) => search({ kind: 'listRecords', filter }) as ReturnType<Store['listRecords']>,
  }
}

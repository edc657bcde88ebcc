// What the main thread and the store's worker threads say to each other.

import type { KeyObject } from 'node:crypto'
import type { CountQuestion, FindingFilter, RecordDraft, RecordFilter } from '../domain/audit.ts'
import type { RetentionBounds } from '../domain/disclosure.ts'
import type { FeedScope } from '../domain/feed.ts'
import type { DraftFilter, DraftOwner, NewDraft } from '../domain/draft.ts'
import type { LineHold } from '../domain/line.ts'
import type { WebhookSettled } from '../domain/webhook.ts'
import type { MaterialScope, NewMaterial } from '../domain/material.ts'
import type { NewAct } from '../domain/acts.ts'
import type { LogStep } from '../domain/log.ts'
import type { DeliveryDecision, DeliveryFilter } from '../domain/open-delivery.ts'
import type { DeliveredFilter, Reconciliation, ReconciliationFilter } from '../domain/reconciliation.ts'
import type { CaseFilter } from '../domain/case-filter.ts'
import type { Acceptance, CaseScope, ClaimRequest, KeptAnswer, NewsArrival, Settlement } from '../domain/store.ts'

/** One member of a batch: a whole transaction of the contract. Structured clone of it as it is costs less than any JSON form of it. */
export type WriteOperation =
  | { readonly kind: 'accept'; readonly acceptance: Acceptance }
  | { readonly kind: 'enterAct'; readonly act: NewAct }
  | { readonly kind: 'settle'; readonly settlement: Settlement }
  | { readonly kind: 'claimDue'; readonly request: ClaimRequest }
  | {
      readonly kind: 'append'
      readonly records: readonly RecordDraft[]
      readonly kept: { readonly scope: string; readonly answer: KeptAnswer } | null
    }
  | { readonly kind: 'takeNews'; readonly arrival: NewsArrival }
  | { readonly kind: 'keepNewsCursor'; readonly source: string; readonly cursor: string }
  | { readonly kind: 'holdLine'; readonly line: string; readonly hold: LineHold | null; readonly record: RecordDraft }
  | { readonly kind: 'decideDelivery'; readonly decision: DeliveryDecision }
  | { readonly kind: 'keepMaterial'; readonly material: NewMaterial }
  | { readonly kind: 'forgetMaterials'; readonly uploadedBefore: number; readonly limit: number }
  | { readonly kind: 'replaceCheckpoint'; readonly old: string | null; readonly step: LogStep }
  | { readonly kind: 'keepWitnessed'; readonly year: number; readonly checkpoint: string }
  | { readonly kind: 'rotateLogKey'; readonly key: NewLogKey; readonly record: RecordDraft }
  | { readonly kind: 'webhookCursor'; readonly endpoint: string }
  | {
      readonly kind: 'makeWebhookMessages'
      readonly endpoint: string
      readonly upTo: number
      readonly messages: readonly { readonly messageId: string; readonly position: number }[]
      readonly now: number
    }
  | {
      readonly kind: 'settleWebhookMessage'
      readonly messageId: string
      readonly settled: WebhookSettled
      readonly now: number
    }
  | {
      readonly kind: 'redriveWebhook'
      readonly endpoint: string
      readonly messageIds: readonly string[] | null
      readonly now: number
      readonly record: RecordDraft
    }
  | { readonly kind: 'keepDraft'; readonly draft: NewDraft }
  | {
      readonly kind: 'deleteDraft'
      readonly draftId: string
      readonly owner: DraftOwner
      readonly version: string
      readonly record: RecordDraft
    }
  | {
      readonly kind: 'forgetDrafts'
      readonly savedBefore: number
      readonly limit: number
      readonly record: RecordDraft
    }
  | {
      readonly kind: 'keepReconciliation'
      readonly reconciliation: Reconciliation
      readonly record: RecordDraft
    }
  | { readonly kind: 'eraseSubject'; readonly subjectKey: string; readonly record: RecordDraft }
  | { readonly kind: 'redoErasure'; readonly erasureRef: string; readonly record: RecordDraft }
  | { readonly kind: 'retain'; readonly bounds: RetentionBounds; readonly record: RecordDraft }
  | { readonly kind: 'holdDuty'; readonly duty: string; readonly holder: string; readonly seen: number | null }
  | { readonly kind: 'leaveDuty'; readonly duty: string; readonly holder: string }
  | { readonly kind: 'keepFound'; readonly what: string; readonly content: string }
  | { readonly kind: 'check'; readonly now: number }

/** The key that signs the log from now on, as the database knows it. */
export interface NewLogKey {
  readonly keyId: number
  readonly publicKey: Uint8Array
  readonly fingerprint: string
  readonly since: number
  readonly succession: string
}

export type ReadOperation =
  | { readonly kind: 'findRepeat'; readonly scope: string }
  | { readonly kind: 'findCase'; readonly caseNo: string; readonly scope: CaseScope }
  | { readonly kind: 'listCases'; readonly filter: CaseFilter }
  | { readonly kind: 'findRecord'; readonly id: string }
  | { readonly kind: 'findDisclosure'; readonly recordId: string }
  | { readonly kind: 'listRecords'; readonly filter: RecordFilter }
  | { readonly kind: 'listFindings'; readonly filter: FindingFilter }
  | { readonly kind: 'findGaps'; readonly node: string; readonly boot: string }
  | { readonly kind: 'countRecords'; readonly question: CountQuestion }
  | { readonly kind: 'findNewsTarget'; readonly caseNo: string; readonly leg: string; readonly city: string }
  | { readonly kind: 'newsCursor'; readonly source: string }
  | { readonly kind: 'lineHolds' }
  | { readonly kind: 'found'; readonly what: string }
  | { readonly kind: 'findMaterial'; readonly materialId: string; readonly scope: MaterialScope }
  | { readonly kind: 'unknownMaterialFiles'; readonly files: readonly string[] }
  | { readonly kind: 'listDeliveries'; readonly filter: DeliveryFilter }
  | { readonly kind: 'openLegs'; readonly after: number; readonly limit: number }
  | { readonly kind: 'findDelivery'; readonly caseNo: string; readonly leg: string; readonly messageNo: number }
  | { readonly kind: 'findDraft'; readonly draftId: string; readonly owner: DraftOwner }
  | { readonly kind: 'listDrafts'; readonly filter: DraftFilter }
  | { readonly kind: 'deliveredLegs'; readonly filter: DeliveredFilter }
  | { readonly kind: 'listReconciliations'; readonly filter: ReconciliationFilter }
  | { readonly kind: 'reconciliationStandings' }
  | { readonly kind: 'backlog' }
  | { readonly kind: 'time' }
  | { readonly kind: 'readFeed'; readonly after: number; readonly scope: FeedScope | null; readonly limit: number }
  | { readonly kind: 'feedEnd' }
  | { readonly kind: 'dueWebhookMessages'; readonly endpoint: string; readonly now: number; readonly limit: number }
  | { readonly kind: 'webhookStandings' }
  | { readonly kind: 'deadWebhookMessages'; readonly endpoint: string; readonly limit: number }
  | { readonly kind: 'logShards' }
  | { readonly kind: 'logTail'; readonly skip: number; readonly limit: number }
  | { readonly kind: 'logPlace'; readonly recordId: string }
  | {
      readonly kind: 'logTile'
      readonly year: number
      readonly level: number
      readonly index: number
      readonly width: number
    }
  | { readonly kind: 'logEntries'; readonly year: number; readonly index: number; readonly width: number }

/**
 * Why an operation failed. unavailable: the disk or the database; bad: this operation alone can never be carried out.
 * `written`: `unknown` only where the commit itself failed, or the writer was lost while at work.
 */
export interface Failure {
  readonly why: 'unavailable' | 'bad'
  readonly written: 'no' | 'unknown'
  readonly message: string
}

/** In the order of the batch; `failures` names those members that have no result. */
export interface BatchDone {
  readonly results: readonly unknown[]
  readonly failures: readonly (readonly [index: number, failure: Failure])[]
  /** Of the writer: how many audit records of each kind became durable with the batch. */
  readonly recorded?: Readonly<Record<string, number>>
}

export type ToWorker = { readonly batch: readonly unknown[] } | { readonly end: true }
export type FromWorker = BatchDone | { readonly ready: true }

/** What a reader is started with. Keys travel as key objects, so that their bytes are not copied around. */
export interface ReaderStart {
  readonly dataKeys: ReadonlyMap<number, KeyObject>
  readonly newestDataKeyId: number
}

export interface WriterStart extends ReaderStart {
  readonly node: string
  readonly boot: string
  readonly seed: Uint8Array
}

/** What the threads of the embedded store are told beside that. */
export interface EmbeddedFile {
  readonly file: string
  readonly sizeBytesMax: number | null
}

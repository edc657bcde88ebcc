// Commits whole batches of operations on the one writing connection, with one sync of the disk each.

import type { BatchDone, Failure, WriteOperation, WriterStart } from './operations.ts'
import { openDisclosedValues } from './disclosed-values.ts'
import { openDutyWriter } from './duties.ts'
import { openEraser } from './write-erasure.ts'
import { openRetainer } from './write-retention.ts'
import { openHoldWriter } from './line-holds.ts'
import { noteLogKey } from './log-keys.ts'
import { openRandom } from './random.ts'
import { openReconciliationWriter } from './reconciliations.ts'
import { openSealer } from './sealed.ts'
import type { WritingSql } from './sql.ts'
import { openSubjects } from './subjects.ts'
import { openActWriter } from './write-acts.ts'
import { openAnswerKeeper } from './write-answers.ts'
import { openCaseWriter } from './write-cases.ts'
import { openClaimWriter } from './write-claims.ts'
import { openDecisionWriter } from './write-decisions.ts'
import { openDraftWriter } from './write-drafts.ts'
import { openMaterialWriter } from './write-materials.ts'
import { openEventWriter } from './write-events.ts'
import { openLegMover } from './write-moves.ts'
import { openLogWriter } from './write-log.ts'
import { openNewsWriter } from './write-news.ts'
import { openRecordWriter, type RecordWriter } from './write-records.ts'
import { openSettlementWriter } from './write-settlements.ts'
import { openWebhookWriter } from './write-webhooks.ts'

/** Carries out a batch in one transaction. Durable when it returns, but for the members that `failures` names. Never throws. */
export type CarryOut = (batch: readonly WriteOperation[]) => BatchDone

/** One at a time on a connection: what it has counted of the audit log it keeps in memory. */
export function openWriting(database: WritingSql, start: WriterStart): CarryOut {
  const { perform, records } = openOperations(database, start)

  /** A step of members. Throws MemberFailed for what concerns a member alone, and what concerns the store as it is. */
  function ofMembers<Result>(step: () => Result): Result {
    try {
      return step()
    } catch (error) {
      if (!database.concernsOneOnly(error) || !database.isTransaction) throw error
      throw new MemberFailed('a member of a batch failed', { cause: error })
    }
  }

  function performAll(batch: readonly WriteOperation[]): BatchDone {
    return { results: ofMembers(() => batch.map(perform)), failures: [] }
  }

  /** Each in a savepoint of its own, so that a bad one fails alone. */
  function performApart(batch: readonly WriteOperation[]): BatchDone {
    const results: unknown[] = []
    const failures: (readonly [number, Failure])[] = []
    for (const [index, operation] of batch.entries()) {
      const mark = records.mark()
      database.exec('SAVEPOINT member')
      try {
        results[index] = ofMembers(() => {
          const result = perform(operation)
          database.flush()
          return result
        })
      } catch (error) {
        if (!(error instanceof MemberFailed)) throw error
        database.exec('ROLLBACK TO member')
        records.rewind(mark)
        results[index] = null
        failures.push([index, failure('bad', 'no', error.cause)])
      }
      database.exec('RELEASE member')
    }
    return { results, failures }
  }

  /** One transaction, one sync. Throws what made it fail; nothing of the batch is kept then. */
  function commitBatch(batch: readonly WriteOperation[], apart: boolean): BatchDone {
    const mark = records.mark()
    let committing = false
    try {
      database.begin(() => records.begin())
      const done = apart ? performApart(batch) : performAll(batch)
      records.finish()
      committing = true
      database.commit()
      return { ...done, recorded: records.counted() }
    } catch (error) {
      records.rewind(mark)
      if (database.isTransaction) database.rollback()
      if (!committing) throw error
      if (!database.isUndone(error)) throw new CommitFailed(String(error), { cause: error })
      // A statement that nobody had waited for, of one of the members.
      throw !apart && database.concernsOneOnly(error) ? new MemberFailed(String(error), { cause: error }) : error
    }
  }

  return (batch) => {
    try {
      try {
        // A savepoint copies each page that its member touches. Bad members are rare: only a batch that has one pays.
        return commitBatch(batch, false)
      } catch (error) {
        if (!(error instanceof MemberFailed)) throw error
        return commitBatch(batch, true)
      }
    } catch (error) {
      const failed = failure('unavailable', error instanceof CommitFailed ? 'unknown' : 'no', error)
      return { results: batch.map(() => null), failures: batch.map((_, index) => [index, failed]) }
    }
  }
}

/** Each kind of operation, within the transaction at hand. */
function openOperations(
  database: WritingSql,
  start: WriterStart,
): { readonly perform: (operation: WriteOperation) => unknown; readonly records: RecordWriter } {
  const bytes = openRandom(start.seed)
  const sealer = openSealer({ keys: start.dataKeys, newestKeyId: start.newestDataKeyId, bytes })
  const subjectOf = openSubjects(database, bytes)
  const disclosed = openDisclosedValues(database, sealer, bytes)
  const records = openRecordWriter({ database, node: start.node, boot: start.boot, sealer, disclosed, subjectOf })
  const eraser = openEraser({ database, sealer, records, disclosed, subjectOf })
  const retain = openRetainer({ database, sealer, records, disclosed })
  const materials = openMaterialWriter({ database, sealer, records, subjectOf })
  const drafts = openDraftWriter({ database, sealer, records, subjectOf })
  const events = openEventWriter(database)
  const answers = openAnswerKeeper(database, sealer)
  const legs = openLegMover(database, events)
  const accept = openCaseWriter({ database, sealer, records, events, answers, subjectOf, materials })
  const settle = openSettlementWriter({ database, sealer, records, events, legs, answers })
  const claims = openClaimWriter({ database, sealer, records, events })
  const news = openNewsWriter({ database, sealer, records, events, legs })
  const enterAct = openActWriter({ database, sealer, records, events, legs, claims, materials, news })
  const holdLine = openHoldWriter({ database, sealer, records })
  const decide = openDecisionWriter({ database, sealer, records, events, legs })
  const log = openLogWriter(database)
  const holdKey = database.prepare('INSERT INTO store_keys (purpose, key_id, fingerprint) VALUES (?, ?, ?)')
  const webhooks = openWebhookWriter(database, records)
  const reconciled = openReconciliationWriter({ database, sealer, records })
  const duties = openDutyWriter(database)
  const beat = database.prepare('UPDATE heartbeat SET beaten_at = ?')

  function perform(operation: WriteOperation): unknown {
    switch (operation.kind) {
      case 'accept':
        return accept(operation.acceptance)
      case 'settle':
        return settle(operation.settlement)
      case 'enterAct':
        return enterAct(operation.act)
      case 'claimDue':
        return claims.due(operation.request)
      case 'append':
        for (const draft of operation.records) records.append(draft)
        if (operation.kept !== null) answers.keep(operation.kept.scope, operation.kept.answer)
        return null
      case 'takeNews':
        return news.take(operation.arrival)
      case 'keepNewsCursor':
        news.keepCursor(operation.source, operation.cursor)
        return null
      case 'holdLine':
        holdLine(operation.line, operation.hold, operation.record)
        return null
      case 'decideDelivery':
        return decide(operation.decision)
      case 'keepMaterial':
        return materials.keep(operation.material)
      case 'forgetMaterials':
        return materials.forget(operation.uploadedBefore, operation.limit)
      case 'replaceCheckpoint':
        return log.replaceCheckpoint(operation.old, operation.step)
      case 'keepWitnessed':
        log.keepWitnessed(operation.year, operation.checkpoint)
        return null
      case 'rotateLogKey': {
        const { keyId, fingerprint } = operation.key
        holdKey.run('log', keyId, fingerprint)
        noteLogKey(database, operation.key)
        records.append(operation.record)
        return null
      }
      case 'webhookCursor':
        return webhooks.cursor(operation.endpoint)
      case 'makeWebhookMessages':
        webhooks.make(operation.endpoint, operation.upTo, operation.messages, operation.now)
        return null
      case 'settleWebhookMessage':
        webhooks.settle(operation.messageId, operation.settled, operation.now)
        return null
      case 'redriveWebhook':
        return webhooks.redrive(operation.endpoint, operation.messageIds, operation.now, operation.record)
      case 'keepDraft':
        return drafts.keep(operation.draft)
      case 'deleteDraft':
        return drafts.delete(operation.draftId, operation.owner, operation.version, operation.record)
      case 'forgetDrafts':
        return drafts.forget(operation.savedBefore, operation.limit, operation.record)
      case 'keepReconciliation':
        reconciled(operation.reconciliation, operation.record)
        return null
      case 'eraseSubject':
        return eraser.erase(operation.subjectKey, operation.record)
      case 'redoErasure':
        return eraser.redo(operation.erasureRef, operation.record)
      case 'retain':
        return retain(operation.bounds, operation.record)
      case 'holdDuty':
        return duties.hold(operation.duty, operation.holder, operation.seen)
      case 'leaveDuty':
        duties.leave(operation.duty, operation.holder)
        return null
      case 'keepFound':
        duties.keep(operation.what, operation.content)
        return null
      case 'check':
        beat.run(operation.now)
        return null
    }
  }
  return { perform, records }
}

const failure = (why: Failure['why'], written: Failure['written'], error: unknown): Failure => ({
  why,
  written,
  message: error instanceof Error ? error.message : String(error),
})

class MemberFailed extends Error {}

/** Whether the transaction has been kept is not known. */
class CommitFailed extends Error {}

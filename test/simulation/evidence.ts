// Looks on while it happens: what was written, what left for the cities and in which order, and whether the one may follow the other.

import type { DatabaseSync } from 'node:sqlite'
import type { RecordDraft } from '../../src/domain/audit.ts'
import type { ActEntered, NewAct } from '../../src/domain/acts.ts'
import type { Accepted, Claim } from '../../src/domain/store.ts'
import type { WriteOperation } from '../../src/store/operations.ts'
import type { City } from './city.ts'
import type { Findings } from './findings.ts'
import type { CallName, CallWatch } from './line.ts'

interface Call {
  readonly name: CallName
  readonly reference: string
  /** Null while its process has not been told, and for ever where that has died. */
  sent: 'no' | 'maybe' | 'answered' | null
  /** Of an answer. */
  kind: string | null
}

export interface Evidence {
  readonly watch: CallWatch
  carryOut(operation: WriteOperation, write: (operation: WriteOperation) => unknown): unknown
  onFailure(operation: WriteOperation): void
  onDeath(): void
  isRecorded(recordId: string): boolean
  /** Intents without an outcome that no death and no failure of the disk explains; and outcomes of what was never intended. */
  checkIntents(): void
}

export function openEvidence(database: Pick<DatabaseSync, 'prepare'>, findings: Findings): Evidence {
  const recorded = new Set<string>()
  /** Durable intents without an outcome. */
  const open = new Map<string, RecordDraft>()
  const excused = new Set<string>()
  const intended = new Map<string, number>()
  const left = new Map<string, number>()
  const calls: Call[] = []
  const byReference = new Map<string, Call[]>()
  const messageRow = database.prepare(`
    SELECT d.state, d.lease, d.due_at, d.backend_case_no FROM deliveries d JOIN cases c ON c.position = d.case_position
    WHERE c.case_no = ? AND d.leg = ? AND d.message_no = ?`)

  const add = (counts: Map<string, number>, key: string): number => {
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    return count
  }

  function intend(id: string, key: string, draft: RecordDraft): void {
    open.set(id, draft)
    add(intended, key)
  }

  function keep(draft: RecordDraft): void {
    recorded.add(draft.id)
    if (draft.kind === 'forwarded') {
      const { caseNo, leg, call } = draft
      intend(draft.id, call === 'query' ? `${draft.id} query` : `${caseNo}.${leg} ${call}`, draft)
    }
    if (draft.kind !== 'city-answered' || draft.intent === null) return
    if (!recorded.has(draft.intent)) findings.broken('no outcome without its intent', `${draft.id} of ${draft.intent}`)
    open.delete(draft.intent)
  }

  /** What an operation has made durable, of what is looked at here. */
  function written(operation: WriteOperation, result: unknown): void {
    const { kind } = operation
    if (kind === 'accept') {
      if ((result as Accepted).kind === 'accepted') keep(operation.acceptance.intent)
    } else if (kind === 'enterAct') entered(operation.act, result as ActEntered)
    else if (kind === 'claimDue') {
      for (const { intentId, caseNo, leg, call } of result as readonly Claim[]) {
        keep({ id: intentId, kind: 'forwarded', intent: null, caseNo, leg, call } as RecordDraft)
      }
    } else if (kind === 'settle') for (const draft of operation.settlement.records) keep(draft)
    else if (kind === 'append') for (const draft of operation.records) keep(draft)
    else if (kind === 'takeNews') keep(operation.arrival.record)
    else if (kind === 'holdLine') keep(operation.record)
    else if (kind === 'decideDelivery') keep(operation.decision.record)
    else if (kind === 'keepMaterial') keep(operation.material.record)
  }

  function entered({ record, intent }: NewAct, result: ActEntered): void {
    if (result.kind !== 'entered') return
    keep(record)
    if (result.claim !== null) keep({ ...intent, leg: result.claim.leg })
  }

  /** Whoever does not hold the lease changes nothing. */
  function settle(
    operation: Extract<WriteOperation, { kind: 'settle' }>,
    write: (operation: WriteOperation) => unknown,
  ): unknown {
    const { caseNo, leg, messageNo, lease } = operation.settlement
    const before = messageRow.get(caseNo, leg, messageNo)
    const held = write(operation)
    findings.count(held === true ? 'settled' : 'settled too late')
    if (before?.['lease'] === lease) return held
    const after = messageRow.get(caseNo, leg, messageNo)
    if (held === true || JSON.stringify(after) !== JSON.stringify(before)) {
      findings.broken('without its lease an attempt settles nothing', `${caseNo}.${leg} ${messageNo}`)
    }
    return held
  }

  function mayLeave(city: City, name: CallName, reference: string): void {
    const before = byReference.get(reference) ?? []
    if (name === 'deliver') mayBeSent(city, reference, before)
    const entry = city.entries.get(reference)
    if ((name === 'correct' || name === 'withdraw') && (entry === undefined || entry.isRefused)) {
      findings.broken('what follows an application waits for its end', `${name} ${reference}`)
    }
  }

  /** An application whose outcome is unknown is enquired about, twice without success, before it is sent again. */
  function mayBeSent({ kind }: City, reference: string, before: readonly Call[]): void {
    const last = before.findLastIndex(({ name }) => name === 'deliver')
    if (last === -1 || before[last]?.sent === 'no') return
    findings.count('sent again')
    if (!kind.canEnquire && kind.honoursReference) return
    const since = before.slice(last + 1)
    const proofs = since.filter(({ name, kind }) => name === 'enquire' && kind === 'not-known').length
    if (proofs < 2) {
      findings.broken(
        'what may have arrived is enquired about',
        `${reference} is sent again after ${proofs} × not known`,
      )
    }
  }

  return {
    watch: {
      leaves(city, name, reference) {
        const number = calls.length
        const call: Call = { name, reference, sent: null, kind: null }
        calls.push(call)
        if (name === 'news') return number
        findings.count(name)
        const key = `${reference} ${name}`
        if (add(left, key) > (intended.get(key) ?? 0)) {
          findings.broken('no call without its intent on disk', `${city.key} ${key}`)
        }
        mayLeave(city, name, reference)
        const of = byReference.get(reference)
        if (of === undefined) byReference.set(reference, [call])
        else of.push(call)
        return number
      },
      ended(number, sent, kind) {
        const call = calls[number]
        if (call === undefined) throw new Error('no such call')
        call.sent = sent
        call.kind = kind
      },
    },

    carryOut(operation, write) {
      const result = operation.kind === 'settle' ? settle(operation, write) : write(operation)
      written(operation, result)
      return result
    },

    onFailure(operation) {
      findings.count('store failed')
      for (const id of intentsOf(operation)) excused.add(id)
    },

    onDeath() {
      findings.count('died')
      for (const id of open.keys()) excused.add(id)
    },

    isRecorded: (recordId) => recorded.has(recordId),

    checkIntents() {
      for (const [id, { caseNo, leg, call }] of open) {
        if (excused.has(id)) findings.count('intents without an outcome, explained')
        else findings.broken('each intent has its outcome', `${call} ${caseNo}.${leg} (${id})`)
      }
    },
  }
}

/** The intents that an operation brings, or brings the outcome of. */
function intentsOf(operation: WriteOperation): readonly string[] {
  const { kind } = operation
  if (kind === 'accept') return [operation.acceptance.intent.id]
  if (kind === 'enterAct') return [operation.act.intent.id]
  if (kind === 'claimDue') return operation.request.recordIds
  if (kind === 'settle') return intentsNamed(operation.settlement.records)
  return kind === 'append' ? intentsNamed(operation.records) : []
}

const intentsNamed = (records: readonly RecordDraft[]): readonly string[] =>
  records.flatMap(({ id, intent }) => (intent === null ? [id] : [intent]))

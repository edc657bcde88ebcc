// Answers a repeated idempotency key: with the answer that was kept, or with what is known while there is none.

import type { Caller, Handled } from '../domain/caller.ts'
import { Fault } from '../domain/fault.ts'
import type { CaseRecord } from '../domain/case-record.ts'
import type { IdempotencyKey, KeptAnswer, Repeat } from '../domain/store.ts'
import { caseScope } from '../identity/rights.ts'
import type { Parts } from './parts.ts'

/** The scope of a key is who called which address by which method. */
export function idempotencyKey(parts: Parts, caller: Caller, path: string, key: string, bytes: Buffer): IdempotencyKey {
  const { issuer, subject } = caller.principal
  return {
    scope: parts.keyed.scope([issuer, subject, caller.method, path, key]),
    fingerprint: parts.keyed.fingerprint(bytes),
  }
}

/**
 * Rights are checked again. `present`: the answer of now, given as a 202. Throws Fault IDEMPOTENCY_KEY_REUSED, CASE_UNKNOWN or,
 * while the first is within its lease, IDEMPOTENCY_IN_PROGRESS.
 */
export async function repeated(
  parts: Parts,
  caller: Caller,
  key: IdempotencyKey,
  repeat: Repeat,
  present: (record: CaseRecord) => KeptAnswer,
): Promise<Handled> {
  if (repeat.fingerprint !== key.fingerprint) throw new Fault('IDEMPOTENCY_KEY_REUSED')
  const now = parts.clock.now()
  const record = await parts.store.findCase(repeat.caseNo, caseScope(caller.principal, parts.keyed))
  if (record === null) throw new Fault('CASE_UNKNOWN')
  if (repeat.answer === null && now < repeat.leaseUntil) {
    throw new Fault('IDEMPOTENCY_IN_PROGRESS', { retryAfterMs: repeat.leaseUntil - now, caseNo: repeat.caseNo })
  }
  const answer = repeat.answer ?? { ...present(record), status: 202 }
  const audit = parts.recording.of(caller, 'request-answered', 'repeated', {
    item: record.item,
    caseNo: record.caseNo,
    status: answer.status,
  })
  await parts.store.append([audit])
  return { recordId: audit.id, ...answer, headers: { ...answer.headers, 'idempotency-replayed': 'true' } }
}

// Opens what stands behind the salted digests of a record: with a reason, each time recorded before it is shown.

import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Caller, Handled, ReceivedBody } from '../domain/caller.ts'
import type { FoundDisclosure } from '../domain/disclosure.ts'
import { Fault } from '../domain/fault.ts'
import { mayReadAudit } from '../identity/rights.ts'
import { word } from './asked.ts'
import { membersOf } from './members.ts'
import type { Parts } from './parts.ts'

export const REASON_LENGTH_MAX = 500

/** open: something is shown. gone: erased, or its time was over. none: the record has no such digest. */
export const DISCLOSURE_STATES = ['open', 'gone', 'none'] as const

/**
 * The reason is kept as the disclosures are: behind a digest of the record of this opening, under the key of the person concerned.
 * Throws Fault ROLE_NOT_ALLOWED, FORM_INVALID, RECORD_UNKNOWN, or what the store throws: nothing is shown then.
 */
export async function openDisclosure(
  parts: Parts,
  caller: Caller,
  recordId: string,
  received: ReceivedBody,
): Promise<Handled> {
  mayReadAudit(caller.principal)
  const reason = reasonOf(received.value)
  const found = await parts.store.findDisclosure(recordId)
  if (found === null) throw new Fault('RECORD_UNKNOWN')
  const state = stateOf(found)
  const record = parts.recording.of(caller, 'disclosure-opened', state, {
    subjectKey: found.subjectKey,
    caseNo: found.caseNo,
    item: found.item,
    intent: recordId,
    status: 200,
    disclosed: parts.recording.disclose({ reason }),
    counts: { values: found.values.length },
  })
  await parts.store.append([record])
  const { requestSalt, answerSalt } = found
  const values = found.values.map(({ name, value, salt }) => ({ name, value, salt, digest: digestOf(value, salt) }))
  const body = { record: recordId, state, values, requestSalt, answerSalt }
  return { recordId: record.id, status: 200, headers: {}, body: JSON.stringify(body) }
}

function stateOf({ values, requestSalt, answerSalt, isGone }: FoundDisclosure): (typeof DISCLOSURE_STATES)[number] {
  if (values.length > 0 || requestSalt !== null || answerSalt !== null) return 'open'
  return isGone ? 'gone' : 'none'
}

/** As it has to stand in the leaf. */
const digestOf = (value: unknown, salt: string): string =>
  createHash('sha256')
    .update(Buffer.from(salt, 'base64url'))
    .update(canonicalize(value) ?? '')
    .digest('base64url')

function reasonOf(value: unknown): string {
  const { members, errors } = membersOf(value, ['reason'])
  const { reason } = members
  const said = word(typeof reason === 'string' ? reason.trim() : reason, 'reason', REASON_LENGTH_MAX, errors)
  if (errors.length > 0 || said === undefined) throw new Fault('FORM_INVALID', { errors })
  return said
}

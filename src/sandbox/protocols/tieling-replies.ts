// How Tieling puts its answers: JSON, errors by code, refusals by reason, and what it says of an application.

import { createHash } from 'node:crypto'
import type { Entry, Refusal, RefusalKind } from '../cases.ts'
import type { Progress } from '../desk.ts'
import { isRefusedAtOnce } from '../life.ts'
import { reasonsToldIn, STATUSES } from './tieling-news.ts'
import type { WireReply } from './wire.ts'

export const REASON_CODES: Readonly<Record<RefusalKind, string>> = {
  item: 'item_unavailable',
  competence: 'wrong_area',
  identifier: 'id_invalid',
  incomplete: 'form_incomplete',
  applicant: 'applicant_blocked',
}

type Headers = Readonly<Record<string, string>>

export const json = (status: number, body: object, headers: Headers = {}): WireReply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: Buffer.from(JSON.stringify(body)),
})

export const failure = (status: number, code: string, message: string, headers: Headers = {}): WireReply =>
  json(status, { error: { code, message } }, headers)

/** `field`: JSON Pointer of what does not fit. */
export const malformed = (field?: string): WireReply =>
  json(400, { error: { code: 'MALFORMED', message: '请求格式错误', ...(field === undefined ? {} : { field }) } })

export const notAllowed = (allow: string): WireReply => failure(405, 'METHOD_NOT_ALLOWED', `只支持 ${allow}`, { allow })

export const unknownReference = (): WireReply => failure(404, 'REFERENCE_UNKNOWN', '没有这个编号')

export const reasons = (refusals: readonly Refusal[]): readonly object[] =>
  refusals.map(({ kind, message }) => ({ code: REASON_CODES[kind], message }))

/** The same for the same reference, before and after a restart. */
export const ticketOf = (reference: string): string =>
  `TLP-${createHash('sha256').update(reference).digest('hex').slice(0, 16).toUpperCase()}`

export const wasRefusedAtOnce = (entry: Entry): boolean =>
  entry.outcome === 'refused' && entry.refusals.some(isRefusedAtOnce)

/** What the enquiry tells. */
export function stateOf({ entry, last }: Progress): object {
  const { reference } = entry
  if (wasRefusedAtOnce(entry) && entry.outcome === 'refused') {
    return { reference, state: 'refused', reasons: reasons(entry.refusals) }
  }
  const ticket = ticketOf(reference)
  if (last === null) return { reference, ticket, state: 'queued' }
  if (entry.outcome === 'refused') return { reference, ticket, state: 'refused', reasons: reasons(entry.refusals) }
  return {
    reference,
    ticket,
    state: 'taken',
    case_no: entry.backendCaseNo,
    status: STATUSES[last.status],
    ...(last.status === 'refused' ? { reasons: reasonsToldIn(last, REASON_CODES) } : {}),
  }
}

// Tells the news of Tieling's cases, a page at a time.

import type { Desk } from '../desk.ts'
import { type CaseStatus, type NewsEvent, pointsTo } from '../life.ts'
import { theirName, writeTime } from './tieling-form.ts'
import { BODY_BYTES_MAX } from './wire.ts'

type ReasonCodes = Readonly<Record<string, string>>

export type News =
  | { readonly kind: 'told'; readonly body: object }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'cursor-unknown' }

export const STATUSES: Readonly<Record<CaseStatus, string>> = {
  received: 'registered',
  accepted: 'accepted',
  correction: 'supplement',
  refused: 'not_accepted',
  reviewing: 'examining',
  suspended: 'paused',
  approved: 'granted',
  rejected: 'denied',
  completed: 'closed',
  delivered: 'served',
  withdrawn: 'withdrawn',
  returned: 'sent_back',
}

/** `parameters`: what stands behind the question mark. */
export function answerNews(
  parameters: string,
  desk: Desk,
  ticketOf: (reference: string) => string,
  reasonCodes: ReasonCodes,
): News {
  const given = [...new URLSearchParams(parameters)]
  const names = given.map(([name]) => name)
  const limit = given.find(([name]) => name === 'limit')?.[1] ?? ''
  const isKnown = names.every((name) => name === 'cursor' || name === 'limit')
  if (!isKnown || new Set(names).size < names.length || !/^([1-9][0-9]?|100)$/.test(limit)) {
    return { kind: 'malformed' }
  }
  const cursor = given.find(([name]) => name === 'cursor')?.[1] ?? null
  const told = (many: number): News => {
    const page = desk.news(cursor, many)
    if (page === null) return { kind: 'cursor-unknown' }
    const events = page.events.map((event) => eventOf(event, ticketOf(event.reference), reasonCodes))
    const body = { events, next_cursor: page.next, has_more: page.more }
    const fits = many === 1 || Buffer.byteLength(JSON.stringify(body)) <= BODY_BYTES_MAX
    return fits ? { kind: 'told', body } : told(Math.floor(many / 2))
  }
  return told(Number(limit))
}

function eventOf(event: NewsEvent, ticket: string, reasonCodes: ReasonCodes): object {
  const { status, remark, points, results } = event
  return {
    event_id: event.id,
    reference: event.reference,
    ticket,
    ...(event.backendCaseNo === null ? {} : { case_no: event.backendCaseNo }),
    occurred_at: writeTime(Date.parse(event.at), 'milliseconds'),
    status: STATUSES[status],
    ...(remark === null ? {} : { remark }),
    ...(status === 'correction'
      ? { points: points.length > 0 ? points.map(pointOf) : [{ message: remark ?? '请补正材料' }] }
      : {}),
    ...(status === 'refused' ? { reasons: reasonsToldIn(event, reasonCodes) } : {}),
    ...((status === 'approved' || status === 'completed') && results.length > 0
      ? { results: results.map(({ code, name, number }) => ({ code, title: name, number })) }
      : {}),
  }
}

function pointOf({ code, message }: NewsEvent['points'][number]): object {
  if (code === null) return { message }
  return pointsTo(code) === 'material' ? { material: code, message } : { field: theirName(code), message }
}

/** Why a case was not accepted after all, as its clerk says. */
export function reasonsToldIn({ points, remark }: NewsEvent, reasonCodes: ReasonCodes): readonly object[] {
  if (points.length === 0) return [{ code: reasonCodes['applicant'], message: remark ?? '不予受理' }]
  return points.map(({ code, message }) => ({ code: reasonCodes[code ?? ''] ?? reasonCodes['applicant'], message }))
}

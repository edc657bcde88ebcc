// Writes what happened to cases as Anshan's news, and the cursors between the pages.

import { writePlace } from './anshan-form.ts'
import { beijingTime } from '../beijing-time.ts'
import type { CaseStatus, NewsEvent, Page } from '../life.ts'

export const STATUSES: Readonly<Record<CaseStatus, { readonly status: string; readonly result_type?: '1' | '2' }>> = {
  received: { status: '10' },
  accepted: { status: '20' },
  correction: { status: '21' },
  refused: { status: '22' },
  reviewing: { status: '30' },
  suspended: { status: '31' },
  approved: { status: '40', result_type: '1' },
  rejected: { status: '40', result_type: '2' },
  completed: { status: '50' },
  delivered: { status: '60' },
  withdrawn: { status: '90', result_type: '1' },
  returned: { status: '90', result_type: '2' },
}

/** Leads every cursor, so that in Base64 each has a `+` and a `/`: who does not encode it never gets the second page. */
const CURSOR_LEAD = '~~~???'

const writeCursor = (cursor: string): string => Buffer.from(CURSOR_LEAD + cursor).toString('base64')

/** The cursor inside; undefined if the city never wrote it. */
export function readCursor(written: string): string | undefined {
  const inner = Buffer.from(written, 'base64').toString().slice(CURSOR_LEAD.length)
  return writeCursor(inner) === written ? inner : undefined
}

export function newsOf({ events, next, more }: Page): object {
  return { events: events.map(eventOf), next_cursor: writeCursor(next), has_more: more ? '1' : '0' }
}

function eventOf({ id, reference, backendCaseNo, seq, at, status, remark, points, results }: NewsEvent): object {
  const asked = points.map(({ code, message }) => ({
    ...(code === null ? {} : { code: writePlace(code) }),
    text: message,
  }))
  return {
    event_id: id,
    outer_no: reference,
    case_no: backendCaseNo,
    seq: String(seq),
    event_time: beijingTime(Date.parse(at), 'spaced'),
    ...STATUSES[status],
    ...(remark === null ? {} : { remark }),
    ...(status === 'correction' ? { points: asked.length > 0 ? asked : [{ text: remark ?? '请补正申请材料' }] } : {}),
    ...((status === 'approved' || status === 'completed') && results.length > 0 ? { results } : {}),
  }
}

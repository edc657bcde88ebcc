// Writes what happened to cases as Benxi's news, and the cursors between the pages.

import { beijingTime } from '../beijing-time.ts'
import { writePlace } from './benxi-form.ts'
import type { CaseStatus, NewsEvent, Page } from '../life.ts'

export const STATES: Readonly<Record<CaseStatus, readonly [state: string, subState: string]>> = {
  received: ['A', '1'],
  accepted: ['A', '2'],
  correction: ['A', '3'],
  refused: ['A', '4'],
  reviewing: ['B', '1'],
  suspended: ['B', '2'],
  approved: ['C', '1'],
  rejected: ['C', '2'],
  completed: ['D', '1'],
  delivered: ['D', '2'],
  withdrawn: ['E', '1'],
  returned: ['E', '2'],
}
const CURSOR = /^BXYB_([A-Za-z0-9_-]+)$/

/** The cursor inside; undefined if the city never wrote it. */
export function readCursor(written: string): string | undefined {
  return CURSOR.exec(written)?.[1]
}

/** Null where there is nothing new. */
export function newsOf({ events, next, more }: Page): object | null {
  if (events.length === 0) return null
  return { EVENTS: events.map(eventOf), NEXT_CURSOR: `BXYB_${next}`, MORE: more ? '1' : '0' }
}

function eventOf({ id, reference, backendCaseNo, at, status, remark, points, results }: NewsEvent): object {
  const [state, subState] = STATES[status]
  const moment = Date.parse(at)
  const asked = points.map(({ code, message }) => ({ CODE: code === null ? null : writePlace(code), TEXT: message }))
  const yields = (status === 'approved' || status === 'completed') && results.length > 0
  return {
    EVENT_ID: id,
    REF_NO: reference,
    CASE_NO: backendCaseNo,
    EVENT_TIME: beijingTime(moment, 'compact') + String(moment % 1000).padStart(3, '0'),
    STATE: state,
    SUB_STATE: subState,
    REMARK: remark,
    POINTS:
      status !== 'correction' ? null : asked.length > 0 ? asked : [{ CODE: null, TEXT: remark ?? '请补正申请材料' }],
    RESULTS: yields ? results.map(({ code, name, number }) => ({ CODE: code, NAME: name, NUMBER: number })) : null,
  }
}

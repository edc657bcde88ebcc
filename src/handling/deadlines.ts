// How much time the legs of a case have left, and which of them are due.

import type { CaseRecord, LegView } from '../domain/case-record.ts'
import type { Item } from '../domain/item.ts'
import { currentLegs, itemKey } from '../domain/leg-place.ts'
import { legClock, type LegClock, type Standing } from '../domain/leg-clock.ts'
import type { WorkingDays } from '../domain/working-days.ts'

export const DUE = ['soon', 'overdue'] as const
export type Due = (typeof DUE)[number]

/** Two working days: of the five for a notice, it is told of from the third on. */
const SOON_WORKING_DAYS = 2

/** Null for a leg that has not begun, was taken back, is decided or at its end. */
export function clockOf(
  record: CaseRecord,
  leg: LegView,
  item: Item | undefined,
  workingDays: WorkingDays,
  now: number,
): LegClock | null {
  if (item === undefined || leg.delivery === 'waiting' || leg.delivery === 'cancelled') return null
  const own = record.events.filter((event) => event.leg === leg.leg)
  const begun = own[0]?.at ?? record.filedAt
  const standing: Standing = own.flatMap(({ at, state, by }) =>
    state === null || by === 'other-leg' ? [] : [{ at, state }],
  )
  const rule = item.legs.find(({ key }) => key === itemKey(leg.leg))
  const isOnly = currentLegs(record.legs).length === 1
  const promised = rule?.promisedWorkingDays ?? (isOnly ? item.promisedWorkingDays : null)
  const statutory = isOnly ? item.statutoryWorkingDays : null
  return legClock(workingDays, begun, standing, promised, statutory, now)
}

/** Whether a leg of the case is due within two working days, or was due before today; null = neither. A clock that stands is not due. */
export function dueOf(record: CaseRecord, item: Item | undefined, workingDays: WorkingDays, now: number): Due | null {
  const today = workingDays.dayOf(now)
  const soon = workingDays.due(now, SOON_WORKING_DAYS).date
  let due: Due | null = null
  for (const leg of record.legs) {
    const clock = clockOf(record, leg, item, workingDays, now)
    if (clock === null || clock.stoppedSince !== null) continue
    for (const day of [clock.noticeBy, clock.promisedBy, clock.statutoryBy]) {
      if (day === null || day.date > soon) continue
      if (day.date < today) return 'overdue'
      due = 'soon'
    }
  }
  return due
}

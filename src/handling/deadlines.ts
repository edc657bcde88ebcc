// How much time the legs of a case have left, and which of them are due.

import type { CaseRecord, LegView } from '../domain/case-record.ts'
import type { Item } from '../domain/item.ts'
import { legClock, type ClockName, type LegClock, type OpenLeg, type Standing } from '../domain/leg-clock.ts'
import { currentLegs, itemKey } from '../domain/leg-place.ts'
import type { WorkingDays } from '../domain/working-days.ts'

export const DUE = ['soon', 'overdue'] as const
export type Due = (typeof DUE)[number]

/** Two working days: of the five for a notice, it is told of from the third on. */
const SOON_WORKING_DAYS = 2

/** Null for a leg that has not begun, was taken back or given up, is decided or at its end. */
export function clockOf(
  record: CaseRecord,
  leg: LegView,
  item: Item | undefined,
  workingDays: WorkingDays,
  now: number,
): LegClock | null {
  if (leg.delivery === 'waiting' || leg.delivery === 'cancelled') return null
  const own = record.events.filter((event) => event.leg === leg.leg)
  const begun = own[0]?.at ?? record.filedAt
  const standing: Standing = own.flatMap(({ at, state, by }) =>
    state === null || by === 'other-leg' ? [] : [{ at, state }],
  )
  const isOnly = currentLegs(record.legs).length === 1
  return legClockOf({ leg: leg.leg, isOnly, begun, standing }, item, workingDays, now)
}

/** `item` as the competent city has it; undefined = it has left the catalogue, and nothing is promised any more. */
export function legClockOf(
  { leg, isOnly, begun, standing }: Pick<OpenLeg, 'leg' | 'isOnly' | 'begun' | 'standing'>,
  item: Item | undefined,
  workingDays: WorkingDays,
  now: number,
): LegClock | null {
  if (item === undefined) return null
  const rule = item.legs.find(({ key }) => key === itemKey(leg))
  const promised = rule?.promisedWorkingDays ?? (isOnly ? item.promisedWorkingDays : null)
  const statutory = isOnly ? item.statutoryWorkingDays : null
  return legClock(workingDays, begun, standing, promised, statutory, now)
}

/** For each clock whether it ends within two working days, or ended before today; null = neither. One that stands is not due. */
export function dueByClock(
  clock: LegClock | null,
  workingDays: WorkingDays,
  now: number,
): Readonly<Record<ClockName, Due | null>> {
  if (clock === null || clock.stoppedSince !== null) return { notice: null, promised: null, statutory: null }
  const today = workingDays.dayOf(now)
  const soon = workingDays.due(now, SOON_WORKING_DAYS).date
  const dueAt = (day: LegClock['noticeBy']): Due | null => {
    if (day === null || day.date > soon) return null
    return day.date < today ? 'overdue' : 'soon'
  }
  return { notice: dueAt(clock.noticeBy), promised: dueAt(clock.promisedBy), statutory: dueAt(clock.statutoryBy) }
}

/** Whether a leg of the case is due within two working days, or was due before today; null = neither. A clock that stands is not due. */
export function dueOf(record: CaseRecord, item: Item | undefined, workingDays: WorkingDays, now: number): Due | null {
  const found = record.legs.flatMap((leg) =>
    Object.values(dueByClock(clockOf(record, leg, item, workingDays, now), workingDays, now)),
  )
  return found.includes('overdue') ? 'overdue' : found.includes('soon') ? 'soon' : null
}

// How the law counts the time of a leg: the notice within five days, what is promised and what the law wants, and when the clock stands.

import { isOpen } from './case-states.ts'
import type { CaseState } from './delivery.ts'
import type { CityKey } from './words.ts'
import type { DueDay, WorkingDays } from './working-days.ts'

/** 行政许可法 art. 32: what is to be corrected is told within five days, all at once, or the application counts as accepted. */
const NOTICE_WORKING_DAYS = 5

export interface LegClock {
  /** By when the city has to say what is to be corrected; null once it has, or has accepted. Counted from the window, the safer reading. */
  readonly noticeBy: DueDay | null
  readonly promisedBy: DueDay | null
  readonly statutoryBy: DueDay | null
  /** Since when the clock stands: a correction or a special procedure (特别程序); null while it runs. */
  readonly stoppedSince: number | null
  /** Working days that it has stood in all, which the dates have moved by. */
  readonly stoppedWorkingDays: number
}

/** What a leg's clock tells the end of. */
export const CLOCKS = ['notice', 'promised', 'statutory'] as const
export type ClockName = (typeof CLOCKS)[number]

/** A leg that is not decided, with what its clock is counted from. */
export interface OpenLeg {
  readonly item: string
  readonly leg: string
  readonly city: CityKey
  readonly competentCity: CityKey
  /** No other leg of its case is to be counted beside it. */
  readonly isOnly: boolean
  readonly begun: number
  readonly standing: Standing
}

/** Where a leg stood from when on, oldest first. */
export type Standing = readonly { readonly at: number; readonly state: CaseState }[]

const STOPS: ReadonlySet<CaseState> = new Set(['correction-required', 'suspended'])
const UNANSWERED: ReadonlySet<CaseState> = new Set(['collected', 'pre-accepted'])

/**
 * `begun`: when the papers were received (收件), or a later leg began. Days are counted from there until the city has accepted in
 * time, and from the acceptance then: 受理之日. Null for a leg that is decided or at its end.
 */
export function legClock(
  workingDays: WorkingDays,
  begun: number,
  standing: Standing,
  promised: number | null,
  statutory: number | null,
  now: number,
): LegClock | null {
  if (!isOpen(standing.at(-1)?.state ?? 'collected')) return null
  const notice = workingDays.due(begun, NOTICE_WORKING_DAYS)
  let from = begun
  let stoppedSince: number | null = null
  let stopped = 0
  let isAnswered = false
  let isAccepted = false
  for (const { at, state } of standing) {
    if (stoppedSince !== null && !STOPS.has(state)) {
      stopped += workingDays.passed(stoppedSince, at)
      stoppedSince = null
    }
    if (STOPS.has(state)) stoppedSince ??= at
    if (!UNANSWERED.has(state)) {
      const inTime = isAnswered || workingDays.dayOf(at) <= notice.date
      isAnswered = true
      if (state !== 'correction-required' && !isAccepted) {
        isAccepted = true
        // Too late: it counts as accepted since the papers were received.
        if (inTime) {
          from = at
          stopped = 0
        }
      }
    }
  }
  const standsFor = stopped + (stoppedSince === null ? 0 : workingDays.passed(stoppedSince, now))
  const due = (days: number | null): DueDay | null => (days === null ? null : workingDays.due(from, days + standsFor))
  return {
    noticeBy: isAnswered ? null : notice,
    promisedBy: due(promised),
    statutoryBy: due(statutory),
    stoppedSince,
    stoppedWorkingDays: standsFor,
  }
}

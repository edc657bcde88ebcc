// Tells whether a city is in maintenance by the plan that its configuration gives.

import { BEIJING_OFFSET_MS } from './beijing-time.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
/** 1970-01-01 was a Thursday: the fourth day of a week that begins on Monday. */
const DAYS_BEFORE_THURSDAY = 3

/** By Beijing time. One whose end is not after its beginning lasts into the next day. */
export interface MaintenanceWindow {
  /** 1 = Monday … 7 = Sunday: the days on which it begins. */
  readonly days: readonly number[]
  /** `HH:MM`. */
  readonly from: string
  readonly until: string
}

/** When the maintenance that runs at `now` ends, in milliseconds since 1970; null where none runs. */
export function maintenanceEnd(windows: readonly MaintenanceWindow[], now: number): number | null {
  let end: number | null = null
  const local = now + BEIJING_OFFSET_MS
  const today = Math.floor(local / DAY_MS)
  for (const { days, from, until } of windows) {
    for (const day of [today - 1, today]) {
      if (!days.includes(((day + DAYS_BEFORE_THURSDAY) % 7) + 1)) continue
      const begins = day * DAY_MS + minuteOf(from) * MINUTE_MS
      const ends = day * DAY_MS + (minuteOf(until) + (until > from ? 0 : 24 * 60)) * MINUTE_MS
      if (local >= begins && local < ends) end = Math.max(end ?? 0, ends - BEIJING_OFFSET_MS)
    }
  }
  return end
}

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}

// Days of Beijing, which is UTC+8 all year.

import type { TimeRange } from '../domain/reconciliation.ts'

export const DAY_MS = 24 * 3_600_000
const OFFSET_MS = 8 * 3_600_000

/** `YYYY-MM-DD` of the day that it is then in Beijing. */
export function beijingDay(time: number): string {
  return new Date(time + OFFSET_MS).toISOString().slice(0, 10)
}

/** From its midnight to the next. */
export function dayRange(day: string): TimeRange {
  const from = Date.parse(`${day}T00:00:00+08:00`)
  return { from, until: from + DAY_MS }
}

/** Whether it is a day of the calendar, as `beijingDay` writes it. */
export function isDay(text: string): boolean {
  const { from } = dayRange(text)
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(from) && beijingDay(from) === text
}

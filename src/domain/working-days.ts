// Counts working days as offices in China do: by the official calendar as far as it is known, by weekdays beyond.

import type { Sentence } from './words.ts'

/** What a yearly notice of the State Council says of one year. Days are written YYYY-MM-DD. */
export interface CalendarYear {
  readonly year: number
  readonly notice: string
  /** Days off, weekends among them; both ends included. */
  readonly holidays: readonly { readonly name: Sentence; readonly from: string; readonly to: string }[]
  /** Weekend days that are worked. */
  readonly workdays: readonly string[]
}

export interface DueDay {
  /** YYYY-MM-DD in China. */
  readonly date: string
  readonly workingDays: number
  /** Part of the time lies in a year whose calendar is not known yet: the day may still change. */
  readonly provisional: boolean
}

export interface WorkingDays {
  /** The day by which `workingDays` have passed since `from` (milliseconds): the next working day is the first; 0 = the same day. */
  due(from: number, workingDays: number): DueDay
  /** How many working days begin after the day of `from`, up to that of `until`: 0 within one day. */
  passed(from: number, until: number): number
  /** YYYY-MM-DD in China. */
  dayOf(time: number): string
  /** The last day that the calendar knows. */
  readonly knownUntil: string
}

const DAY_MS = 86_400_000
const BEIJING_AHEAD_MS = 8 * 3_600_000
// Lists of cases ask for the same few days again and again.
const REMEMBERED_MAX = 2000

export function openWorkingDays(years: readonly CalendarYear[]): WorkingDays {
  const known = new Set(years.map(({ year }) => year))
  const off = new Set(years.flatMap(({ holidays }) => holidays.flatMap(({ from, to }) => daysFrom(from, to))))
  const worked = new Set(years.flatMap(({ workdays }) => workdays.map(dayNumber)))
  const remembered = new Map<string, DueDay>()

  function isWorked(day: number): boolean {
    if (worked.has(day)) return true
    // 1970-01-01 was a Thursday.
    const weekday = (day + 4) % 7
    return weekday !== 0 && weekday !== 6 && !off.has(day)
  }

  function count(start: number, workingDays: number): DueDay {
    let day = start
    let provisional = false
    for (let left = workingDays; left > 0;) {
      day += 1
      if (!known.has(yearOf(day))) provisional = true
      if (isWorked(day)) left -= 1
    }
    return { date: textOf(day), workingDays, provisional }
  }

  return {
    due(from, workingDays) {
      const start = dayIn(from)
      const key = `${start} ${workingDays}`
      const found = remembered.get(key) ?? count(start, workingDays)
      if (remembered.size >= REMEMBERED_MAX) remembered.clear()
      remembered.set(key, found)
      return found
    },
    passed(from, until) {
      let days = 0
      for (let day = dayIn(from) + 1; day <= dayIn(until); day += 1) if (isWorked(day)) days += 1
      return days
    },
    dayOf: (time) => textOf(dayIn(time)),
    knownUntil: `${Math.max(...known)}-12-31`,
  }
}

/** Days since 1970 in China. */
const dayIn = (time: number): number => Math.floor((time + BEIJING_AHEAD_MS) / DAY_MS)

function dayNumber(text: string): number {
  return Date.parse(`${text}T00:00:00Z`) / DAY_MS
}

function textOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

function yearOf(day: number): number {
  return new Date(day * DAY_MS).getUTCFullYear()
}

function daysFrom(from: string, to: string): number[] {
  const first = dayNumber(from)
  return Array.from({ length: Math.max(0, dayNumber(to) - first + 1) }, (_, index) => first + index)
}

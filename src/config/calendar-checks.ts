// Checks what no schema can say about the calendar, and tells when a new year's notice is due.

import { openWorkingDays } from '../domain/working-days.ts'
import type { CalendarYear } from '../domain/working-days.ts'
import type { Item } from '../domain/item.ts'
import type { ConfigProblem } from './problems.ts'
import type { Source } from './source.ts'

/** The shape of config/calendar.yaml, as schemas/config/calendar.schema.json describes it. */
export interface CalendarFile {
  readonly years: readonly CalendarYear[]
}

/** No year twice, none left out between two, every day in its year, days that are worked on a weekend. */
export function checkCalendar({ years }: CalendarFile, source: Source): ConfigProblem[] {
  return years.flatMap(({ year, holidays, workdays }, index) => {
    const problems: ConfigProblem[] = []
    const say = (path: readonly (string | number)[], zh: string, en: string): void => {
      problems.push(source.problemAt(['years', index, ...path], { zh, en }))
    }
    const before = years[index - 1]?.year
    if (before !== undefined && year !== before + 1)
      say(['year'], `应为 ${before + 1}，逐年排列`, `must be ${before + 1}: the years follow each other`)
    for (const [at, { from, to }] of holidays.entries()) {
      if (!(from.startsWith(`${year}-`) && to.startsWith(`${year}-`) && from <= to))
        say(['holidays', at], `须在 ${year} 年内，from 不晚于 to`, `must lie in ${year}, from not after to`)
    }
    for (const [at, day] of workdays.entries()) {
      const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
      if (!day.startsWith(`${year}-`) || (weekday !== 0 && weekday !== 6))
        say(['workdays', at], `须为 ${year} 年的周末`, `must be a weekend day of ${year}`)
    }
    return problems
  })
}

/** Null while the longest time of any item, from `now`, ends before the calendar does. */
export function calendarWarning(
  years: readonly CalendarYear[],
  items: readonly Item[],
  now: number,
): ConfigProblem['message'] | null {
  const longest = Math.max(0, ...items.flatMap((item) => [item.promisedWorkingDays, item.statutoryWorkingDays ?? 0]))
  const { due, knownUntil } = openWorkingDays(years)
  const { date, provisional } = due(now, longest)
  if (!provisional) return null
  const next = Number(knownUntil.slice(0, 4)) + 1
  return {
    zh: `日历只到 ${knownUntil}，而今天收件的 ${longest} 个工作日到 ${date}：${next} 年的日期只按周末计算，标为暂定；通知发布后请补上`,
    en: `the calendar ends on ${knownUntil}, but ${longest} working days from today end on ${date}: dates in ${next} leave out weekends only and are marked provisional; add that year once its notice is published`,
  }
}

// Working days are those of the official calendar, and marked provisional where it is not known yet.

import t from 'tap'
import { configOptions, loadConfig } from '../../src/config.ts'
import { calendarWarning } from '../../src/config/calendar-checks.ts'
import { openWorkingDays } from '../../src/domain/working-days.ts'

const { calendar, catalogue } = loadConfig(configOptions({}))
const { due, knownUntil } = openWorkingDays(calendar)
const at = (moment: string): number => Date.parse(moment)

t.test('days are counted from the day after, over weekends, holidays and make-up days', async (t) => {
  const table: readonly (readonly [from: string, workingDays: number, date: string])[] = [
    ['2026-11-20T10:00:00+08:00', 0, '2026-11-20'],
    ['2026-11-20T10:00:00+08:00', 1, '2026-11-23'], // a Friday
    ['2026-02-13T10:00:00+08:00', 1, '2026-02-14'], // a Saturday that is worked before the Spring Festival
    ['2026-02-14T10:00:00+08:00', 1, '2026-02-24'], // nine days off
    ['2026-02-14T10:00:00+08:00', 5, '2026-02-28'], // the last of them a Saturday that is worked
    ['2026-09-30T10:00:00+08:00', 1, '2026-10-08'], // the National Day
    ['2026-09-30T10:00:00+08:00', 3, '2026-10-10'],
    ['2026-06-18T10:00:00+08:00', 1, '2026-06-22'], // the Dragon Boat Festival on a Friday
    ['2025-12-31T10:00:00+08:00', 1, '2026-01-04'], // a Sunday that is worked
  ]
  for (const [from, workingDays, date] of table) {
    t.strictSame(due(at(from), workingDays), { date, workingDays, provisional: false }, `${from} ${workingDays}`)
  }
})

t.test('the day of filing is that of China', async (t) => {
  t.equal(due(at('2026-11-22T15:59:59Z'), 0).date, '2026-11-22')
  t.equal(due(at('2026-11-22T16:00:00Z'), 0).date, '2026-11-23')
})

t.test('beyond the calendar weekdays count, and the day is provisional', async (t) => {
  t.equal(knownUntil, '2026-12-31')
  t.strictSame(due(at('2026-12-30T10:00:00+08:00'), 1), { date: '2026-12-31', workingDays: 1, provisional: false })
  t.strictSame(due(at('2026-12-30T10:00:00+08:00'), 2), { date: '2027-01-01', workingDays: 2, provisional: true })
  t.equal(due(at('2026-11-23T10:00:00+08:00'), 45).provisional, true)
})

t.test('a warning is given while the time of an item reaches beyond the calendar', async (t) => {
  t.match(calendarWarning(calendar, catalogue.items, at('2026-11-22T12:00:00+08:00')), {
    zh: /日历只到 2026-12-31/,
    en: /the calendar ends on 2026-12-31/,
  })
  t.equal(calendarWarning(calendar, catalogue.items, at('2026-06-01T12:00:00+08:00')), null)
})

// Counts of audit records by hour and by day, so that statistics read thousands of rows where there are millions of records.

import type { CountQuestion, RecordCount } from '../domain/audit.ts'
import type { Sql, Statement } from './sql.ts'

const HOUR_MS = 3_600_000
/** China has one time (UTC+8): its days begin at 16:00 UTC. */
const CHINA_HOURS = 8
const DAY_HOURS = 24

const hourOf = (time: number): number => Math.floor(time / HOUR_MS)
const dayOfHour = (hour: number): number => Math.floor((hour + CHINA_HOURS) / DAY_HOURS)
const firstHourOf = (day: number): number => day * DAY_HOURS - CHINA_HOURS

/** Records that one step counts at most. What it leaves is counted by the next one, and read from the records until then. */
const STEP_RECORDS = 20_000

/**
 * Counts the records up to a position that have not been counted yet, within the transaction at hand. One statement for a second's
 * records costs less than a row touched with each of them.
 */
export function openRecordCounter(database: Sql): (upTo: number) => void {
  const mark = database.prepare('SELECT position FROM records_counted')
  const move = database.prepare('UPDATE records_counted SET position = ?')
  const countBy = (table: string, unit: string, of: string): Statement =>
    database.prepare(`
      INSERT INTO ${table} (${unit}, kind, city, item, outcome, count)
      SELECT ${of}, kind, coalesce(city, ''), coalesce(item, ''), outcome, count(*) FROM records
      WHERE position > ? AND position <= ? GROUP BY 1, 2, 3, 4, 5
      ON CONFLICT (${unit}, kind, city, item, outcome) DO UPDATE SET count = ${table}.count + excluded.count`)
  const byHour = countBy('record_hours', 'hour', `time / ${HOUR_MS}`)
  const byDay = countBy('record_days', 'day', `(time / ${HOUR_MS} + ${CHINA_HOURS}) / ${DAY_HOURS}`)
  return (upTo) => {
    const counted = Number(mark.get()?.['position'])
    const last = Math.min(upTo, counted + STEP_RECORDS)
    if (last <= counted) return
    byHour.run(counted, last)
    byDay.run(counted, last)
    move.run(last)
  }
}

interface Spans {
  /** Hours before and behind the whole days, both from inclusive, to exclusive. */
  readonly hours: readonly [number, number, number, number]
  readonly days: readonly [number, number]
}

/** The whole days of a period by their own counts, what is left of it by hours. */
function spansOf(from: number, until: number, byTheHour: boolean): Spans {
  const firstDay = dayOfHour(from + DAY_HOURS - 1)
  const endDay = dayOfHour(until)
  if (byTheHour || firstDay >= endDay) return { hours: [from, until, until, until], days: [0, 0] }
  return { hours: [from, firstHourOf(firstDay), firstHourOf(endDay), until], days: [firstDay, endDay] }
}

/** By what records are counted, in the order in which the answer is sorted. */
const COLUMNS: readonly CountQuestion['by'][number][] = ['day', 'hour', 'kind', 'city', 'item', 'outcome']

/** What no step has counted yet is counted from the records themselves: about a second's. */
export function openRecordCounts(database: Sql): (question: CountQuestion) => readonly RecordCount[] {
  const statements = new Map<string, Statement>()
  const dayOf = (hour: string): string => `(${hour} + ${CHINA_HOURS}) / ${DAY_HOURS}`

  function statementFor(columns: readonly string[]): Statement {
    const list = columns.join(', ')
    const known = statements.get(list)
    if (known !== undefined) return known
    const statement = database.prepare(`
      SELECT ${[...columns, 'sum(count) AS count'].join(', ')} FROM (
        SELECT ${dayOf('hour')} AS day, hour, kind, city, item, outcome, count FROM record_hours
        WHERE hour >= ?1 AND hour < ?2
        UNION ALL
        SELECT ${dayOf('hour')}, hour, kind, city, item, outcome, count FROM record_hours
        WHERE hour >= ?3 AND hour < ?4
        UNION ALL
        SELECT day, NULL AS hour, kind, city, item, outcome, count FROM record_days WHERE day >= ?5 AND day < ?6
        UNION ALL
        SELECT ${dayOf(`time / ${HOUR_MS}`)}, time / ${HOUR_MS}, kind, coalesce(city, ''), coalesce(item, ''), outcome, 1
        FROM records
        WHERE position > (SELECT position FROM records_counted) AND time >= ?12 AND time < ?13
      ) AS counted
      WHERE kind = coalesce(?7, kind) AND city = coalesce(?8, city) AND item = coalesce(?9, item)
        AND outcome = coalesce(?10, outcome)
      ${columns.length === 0 ? '' : `GROUP BY ${list} ORDER BY ${list}`} LIMIT ?11 + 0`)
    statements.set(list, statement)
    return statement
  }

  return ({ by, from, until, kind, city, item, outcome, limit }) => {
    const columns = COLUMNS.filter((column) => by.includes(column))
    const { hours, days } = spansOf(hourOf(from), hourOf(until), by.includes('hour'))
    const filters = [kind ?? null, city ?? null, item ?? null, outcome ?? null]
    const rows = statementFor(columns).all(...hours, ...days, ...filters, limit, from, until)
    return rows.map(({ count, ...of }) => ({
      of: Object.fromEntries(columns.map((name) => [name, said(name, of[name])])),
      count: Number(count ?? 0),
    }))
  }
}

/** Hours and days as when they begin; a record that names no city, or no item, has null. */
function said(name: CountQuestion['by'][number], value: unknown): string | number | null {
  if (name === 'hour') return Number(value) * HOUR_MS
  if (name === 'day') return firstHourOf(Number(value)) * HOUR_MS
  return value === '' ? null : String(value)
}

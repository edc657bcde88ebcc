// Checks days, months, moments and amounts as forms write them.

import type { Clock } from '../domain/clock.ts'
import type { Sentence } from '../domain/words.ts'

const DAY_MS = 86_400_000
const BEIJING_AHEAD_MS = 8 * 3_600_000
const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Today in China as YYYY-MM-DD. The text is made once a day only: forms with many dates ask often. */
export function openToday(clock: Clock): () => string {
  let day = Number.NaN
  let text = ''
  return () => {
    const now = Math.floor((clock.now() + BEIJING_AHEAD_MS) / DAY_MS)
    if (now !== day) {
      day = now
      text = new Date(now * DAY_MS).toISOString().slice(0, 10)
    }
    return text
  }
}

const NOT_A_DAY = { zh: '应写作 年-月-日，例如 2026-09-01', en: 'should be written year-month-day, e.g. 2026-09-01' }
const NO_SUCH_DAY = { zh: '不是存在的日期', en: 'is no date that exists' }

/** YYYY-MM-DD of a day that exists, from the year 1800 on (the standard's own example of an identity number is from 1880). */
export function dayFault(text: string): Sentence | null {
  if (text.length !== 10 || text.charAt(4) !== '-' || text.charAt(7) !== '-') return NOT_A_DAY
  return daysFault(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10))
}

/** The same for eight digits in a row that begin at `from`. */
export function compactDayFault(text: string, from: number): Sentence | null {
  return daysFault(digits(text, from, from + 4), digits(text, from + 4, from + 6), digits(text, from + 6, from + 8))
}

function daysFault(year: number, month: number, day: number): Sentence | null {
  if (Number.isNaN(year + month + day)) return NOT_A_DAY
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const length = month === 2 && leap ? 29 : (MONTH_LENGTHS[month - 1] ?? 0)
  return year < 1800 || day < 1 || day > length ? NO_SUCH_DAY : null
}

// By hand, without cutting texts to pieces: a form has many dates, and each is looked at for every submission.
function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let index = from; index < to; index += 1) {
    const digit = text.charCodeAt(index) - 48
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/** A day that exists and is not later than today. */
export function pastDay(today: () => string): (text: string) => Sentence | null {
  return (text) => {
    const fault = dayFault(text)
    if (fault !== null) return fault
    return text > today() ? { zh: '不能晚于今天', en: 'should not be later than today' } : null
  }
}

/** YYYY-MM, years 1949 to 2199. */
export function monthFault(text: string): Sentence | null {
  if (!/^[0-9]{4}-[0-9]{2}$/.test(text)) {
    return { zh: '应写作 年-月，例如 2026-09', en: 'should be written year-month, e.g. 2026-09' }
  }
  const month = Number(text.slice(5))
  if (month < 1 || month > 12 || text < '1949-01' || text > '2199-12') {
    return { zh: '不是存在的月份', en: 'is no month that exists' }
  }
  return null
}

/** RFC 3339 date-time with its offset. */
export function momentFault(text: string): Sentence | null {
  const parts =
    /^([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]{1,9})?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$/.exec(
      text,
    )
  if (parts === null) {
    return {
      zh: '应写作带时区的时间，例如 2026-09-01T09:30:00+08:00',
      en: 'should be a time with its offset, e.g. 2026-09-01T09:30:00+08:00',
    }
  }
  return dayFault(parts[1] ?? '')
}

/** Decimal text in yuan, at most two decimals, no sign, no leading zeros: text, because 0.1 + 0.2 is not 0.3. */
export function yuanFault(text: string): Sentence | null {
  if (/^(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?$/.test(text)) return null
  return {
    zh: '应为以元为单位的金额，最多两位小数，例如 1200.50',
    en: 'should be an amount in yuan with at most two decimals, e.g. 1200.50',
  }
}

export function positiveYuanFault(text: string): Sentence | null {
  return yuanFault(text) ?? (/[1-9]/.test(text) ? null : { zh: '应大于零', en: 'should be more than zero' })
}

// How cities write dates, months, times, flags, numbers and amounts, and how each is read back.

import { compactBeijingTime, fromCompactBeijingTime, offsetBeijingTime, spacedBeijingTime } from '../beijing-time.ts'
import type { Kind, MappingConfig } from '../mapping.ts'

type Scalar = string | number | boolean

export interface Writing {
  /** Null where the value is none of this kind. */
  readonly write: (ours: unknown) => Scalar | null
  /** Null where what came is not written in this way. */
  readonly read: (theirs: unknown) => unknown
}

type Values = NonNullable<MappingConfig['values']>
type Formats<Name extends keyof Values> = Readonly<Record<Extract<NonNullable<Values[Name]>, string>, Writing>>

/** A kind whose values are texts here and there. */
function texts(write: (ours: string) => string | null, read: (theirs: string) => string | null): Writing {
  return {
    write: (ours) => (typeof ours === 'string' ? write(ours) : null),
    read: (theirs) => (typeof theirs === 'string' ? read(theirs) : null),
  }
}

/** The same, written as a JSON number of the digits. */
function numbers(write: (ours: string) => number | null, read: (theirs: number) => string | null): Writing {
  return {
    write(ours) {
      const theirs = typeof ours === 'string' ? write(ours) : null
      return Number.isSafeInteger(theirs) ? theirs : null
    },
    read: (theirs) => (Number.isSafeInteger(theirs) ? read(theirs as number) : null),
  }
}

/** Rewrites `text` by `pattern`; null where it does not fit. */
function rewritten(text: string, pattern: RegExp, replacement: string): string | null {
  return pattern.test(text) ? text.replace(pattern, replacement) : null
}

const asItIs = (text: string): string => text
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const MONTH = /^(\d{4})-(\d{2})$/

// All years that both sides write with four digits.
const EARLIEST_MS = Date.UTC(1, 0, 1)
const LATEST_MS = Date.UTC(9999, 11, 31)

/** The RFC 3339 form of a point in time, with Beijing's offset. */
function beijingTime(time: number): string | null {
  if (time < EARLIEST_MS || time > LATEST_MS) return null
  const fraction = new Date(time).toISOString().slice(19, 23).replace('.000', '')
  return `${spacedBeijingTime(time).replace(' ', 'T')}${fraction}+08:00`
}

/** Its digits or words in Beijing time, by `write`; null where it is no point in time. */
function timeBy<Written>(write: (time: number) => Written): (ours: string) => Written | null {
  return (ours) => {
    const time = Date.parse(ours)
    return time >= EARLIEST_MS && time <= LATEST_MS ? write(time) : null
  }
}

const DATES: Formats<'date'> = {
  'YYYY-MM-DD': texts((ours) => rewritten(ours, DATE, '$&'), asItIs),
  YYYYMMDD: texts(
    (ours) => rewritten(ours, DATE, '$1$2$3'),
    (theirs) => rewritten(theirs, /^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3'),
  ),
  'YYYY-MM-DD 00:00:00': texts(
    (ours) => rewritten(ours, DATE, '$& 00:00:00'),
    (theirs) => rewritten(theirs, /^(\d{4}-\d{2}-\d{2}) 00:00:00$/, '$1'),
  ),
  'epoch-ms': numbers(
    (ours) => (DATE.test(ours) ? timeBy((time) => time)(`${ours}T00:00:00+08:00`) : null),
    (theirs) => rewritten(beijingTime(theirs) ?? '', /^(\d{4}-\d{2}-\d{2})T00:00:00\+08:00$/, '$1'),
  ),
}

const MONTHS: Formats<'month'> = {
  'YYYY-MM': texts((ours) => rewritten(ours, MONTH, '$&'), asItIs),
  YYYYMM: texts(
    (ours) => rewritten(ours, MONTH, '$1$2'),
    (theirs) => rewritten(theirs, /^(\d{4})(\d{2})$/, '$1-$2'),
  ),
  'YYYY/MM': texts(
    (ours) => rewritten(ours, MONTH, '$1/$2'),
    (theirs) => rewritten(theirs, /^(\d{4})\/(\d{2})$/, '$1-$2'),
  ),
  'YYYYMM-json': numbers(
    (ours) => (MONTH.test(ours) ? Number(ours.replace('-', '')) : null),
    (theirs) => rewritten(String(theirs), /^(\d{4})(\d{2})$/, '$1-$2'),
  ),
}

const TIMES: Formats<'time'> = {
  RFC3339: texts(asItIs, asItIs),
  'RFC3339+08:00': texts(timeBy(offsetBeijingTime), asItIs),
  'yyyy-MM-dd HH:mm:ss': texts(timeBy(spacedBeijingTime), (theirs) =>
    /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(theirs) ? fromCompactBeijingTime(theirs.replace(/\D/g, '')) : null,
  ),
  yyyyMMddHHmmss: texts(timeBy(compactBeijingTime), fromCompactBeijingTime),
  'epoch-ms': numbers(
    timeBy((time) => time),
    beijingTime,
  ),
}

const NUMBERS: Formats<'number'> = {
  json: {
    write: (ours) => (typeof ours === 'number' && Number.isFinite(ours) ? ours : null),
    read: (theirs) => theirs,
  },
  text: {
    write: (ours) => (typeof ours === 'number' && /^-?\d+(\.\d+)?$/.test(String(ours)) ? String(ours) : null),
    read: (theirs) => (typeof theirs === 'string' && /^-?\d{1,15}(\.\d{1,10})?$/.test(theirs) ? Number(theirs) : null),
  },
}

const YUAN = /^(-?)(\d{1,15})(?:\.(\d{1,2}))?$/

// Moved by the digits, never by arithmetic: a binary fraction would lose a fen here and there.
function fenOf(yuan: string): string | null {
  const parts = YUAN.exec(yuan)
  if (parts === null) return null
  const [, sign = '', whole = '', fraction = ''] = parts
  return sign + (whole + fraction.padEnd(2, '0')).replace(/^0+(?=\d)/, '')
}

function yuanOf(fen: string): string | null {
  const parts = /^(-?)(\d{1,17})$/.exec(fen)
  if (parts === null) return null
  const digits = (parts[2] ?? '').padStart(3, '0')
  return `${parts[1]}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

const AMOUNTS: Formats<'amount'> = {
  yuan: texts((ours) => rewritten(ours, YUAN, '$&'), asItIs),
  'yuan-2': texts((ours) => {
    const fen = fenOf(ours)
    return fen === null ? null : yuanOf(fen)
  }, asItIs),
  fen: texts(fenOf, yuanOf),
  'fen-json': numbers(
    (ours) => {
      const fen = fenOf(ours)
      return fen === null ? null : Number(fen)
    },
    (theirs) => yuanOf(String(theirs)),
  ),
}

function flag(words: Values['flag'] = 'json'): Writing {
  const [yes, no] = words === 'json' ? [true, false] : words
  return {
    write: (ours) => (ours === true ? yes : ours === false ? no : null),
    read: (theirs) => (theirs === yes ? true : theirs === no ? false : null),
  }
}

/** The way of writing of each kind; what is left out is written as ours. */
export function writingsOf(
  values: Values,
): Readonly<Record<Exclude<Kind, 'text' | 'texts' | 'list' | 'object'>, Writing>> {
  return {
    date: DATES[values.date ?? 'YYYY-MM-DD'],
    month: MONTHS[values.month ?? 'YYYY-MM'],
    time: TIMES[values.time ?? 'RFC3339'],
    flag: flag(values.flag),
    number: NUMBERS[values.number ?? 'json'],
    amount: AMOUNTS[values.amount ?? 'yuan'],
  }
}

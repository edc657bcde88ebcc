// Reads query parameters strictly: an unknown name, a second value or a wrong form is refused, never ignored.

import { Fault, type FieldError } from '../domain/fault.ts'
import type { Sentence } from '../domain/words.ts'

const LIMIT_DEFAULT = 50
const LIMIT_MAX = 200
const VALUE_LENGTH_MAX = 128

export interface Parameters {
  text(name: string): string | undefined
  /** One of the words in `known`: a word mistyped must not look like something not found. */
  oneOf(name: string, known: readonly string[]): string | undefined
  /** RFC 3339 date-time as milliseconds. */
  time(name: string): number | undefined
  limit(): number
  /** A whole number from 1 to `max`. */
  count(name: string, max: number): number | undefined
  /** Position from the `after` cursor of an earlier page. */
  after(): number | undefined
}

/** `allowed` are the parameters of the route beside `limit` and `after`. Throws Fault PARAMETER_INVALID naming each wrong one. */
export function readParameters(query: unknown, allowed: readonly string[]): Parameters {
  const given = query as Readonly<Record<string, string | readonly string[]>>
  const errors: FieldError[] = []
  for (const [name, value] of Object.entries(given)) {
    if (!allowed.includes(name) && name !== 'limit' && name !== 'after') {
      errors.push(
        wrong(
          name,
          'unknown',
          '没有这个参数。',
          `There is no such parameter; known: ${[...allowed, 'limit', 'after'].join(', ')}.`,
        ),
      )
    } else if (typeof value !== 'string') errors.push(wrong(name, 'once', '只能出现一次。', 'May appear only once.'))
    else if (value === '' || value.length > VALUE_LENGTH_MAX) {
      errors.push(
        wrong(
          name,
          'length',
          `须为 1 至 ${VALUE_LENGTH_MAX} 个字符。`,
          `Must have 1 to ${VALUE_LENGTH_MAX} characters.`,
        ),
      )
    }
  }
  refuseIf(errors)
  const text = (name: string): string | undefined => given[name] as string | undefined

  return {
    text,
    oneOf(name, known) {
      const value = text(name)
      if (value !== undefined && !known.includes(value)) {
        refuse(name, 'enum', `须为以下之一：${known.join('、')}。`, `Must be one of: ${known.join(', ')}.`)
      }
      return value
    },
    time(name) {
      const value = text(name)
      if (value === undefined) return undefined
      const [, day] = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/.exec(value) ?? []
      const time = day !== undefined && isDay(day) ? Date.parse(value) : Number.NaN
      if (Number.isNaN(time))
        refuse(
          name,
          'date-time',
          '须为 RFC 3339 日期时间，如 2026-01-31T08:00:00+08:00。',
          'Must be an RFC 3339 date-time, e.g. 2026-01-31T08:00:00+08:00.',
        )
      return time
    },
    limit() {
      const value = text('limit')
      if (value === undefined) return LIMIT_DEFAULT
      const limit = /^\d{1,3}$/.test(value) ? Number(value) : 0
      if (limit < 1 || limit > LIMIT_MAX)
        refuse('limit', 'range', `须为 1 至 ${LIMIT_MAX} 的整数。`, `Must be a whole number from 1 to ${LIMIT_MAX}.`)
      return limit
    },
    count(name, max) {
      const value = text(name)
      if (value === undefined) return undefined
      const count = /^\d{1,15}$/.test(value) ? Number(value) : 0
      if (count < 1 || count > max)
        refuse(name, 'range', `须为 1 至 ${max} 的整数。`, `Must be a whole number from 1 to ${max}.`)
      return count
    },
    after() {
      const value = text('after')
      if (value === undefined) return undefined
      const position = Number(Buffer.from(value, 'base64url').toString('latin1'))
      // Exactly as `cursor` spells it: 1e3, a blank or padding are nobody's cursor.
      if (!Number.isSafeInteger(position) || position < 0 || cursor(position) !== value)
        refuse('after', 'cursor', '不是上一页返回的 next 值。', 'Not a value that an earlier page gave as next.')
      return position
    },
  }
}

/** The `next` of a page, to be sent back as `after`. */
export function cursor(position: number | null): string | null {
  return position === null ? null : Buffer.from(String(position), 'latin1').toString('base64url')
}

/** Date.parse takes 30 February for 2 March. */
function isDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day)
}

function wrong(name: string, rule: string, zh: string, en: string): FieldError {
  const message: Sentence = { zh: `参数 ${name}：${zh}`, en: `Parameter ${name}: ${en}` }
  return { pointer: `?${name}`, rule, message }
}

function refuse(name: string, rule: string, zh: string, en: string): never {
  throw new Fault('PARAMETER_INVALID', { errors: [wrong(name, rule, zh, en)] })
}

function refuseIf(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw new Fault('PARAMETER_INVALID', { errors: errors.slice(0, 20) })
}

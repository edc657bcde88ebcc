// GET /v1/audit/statistics: how many records, by city, item, outcome, kind, hour and day, from counts that are kept.

import type { FastifyInstance } from 'fastify'
import { AUDIT_KINDS, COUNTED_BY, type CountQuestion, type RecordCount } from '../domain/audit.ts'
import { Fault, type FieldError } from '../domain/fault.ts'
import { mayReadAudit } from '../identity/rights.ts'
import { answerRecorded, withToken, type Desk } from './desk.ts'
import { readParameters, type Parameters } from './parameters.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const DEFAULT_DAYS = 30
const FILTERS = ['city', 'item', 'outcome'] as const
/** Lines of an answer: whoever needs more asks for shorter periods. */
export const LINES_MAX = 5000

export function auditStatisticsRoutes(app: FastifyInstance, desk: Desk): void {
  const { store, clock } = desk.parts

  app.get(
    '/v1/audit/statistics',
    withToken(desk, async (caller, request) => {
      mayReadAudit(caller.principal)
      const question = questionOf(
        readParameters(request.query, ['by', 'kind', ...FILTERS, 'from', 'until']),
        clock.now(),
      )
      const lines = await store.countRecords({ ...question, limit: LINES_MAX + 1 })
      if (lines.length > LINES_MAX) throw new Fault('PARAMETER_INVALID', { errors: [TOO_MANY] })
      return answerRecorded(
        desk,
        caller,
        'audit-read',
        { counts: { lines: lines.length } },
        {
          from: chinaTime(question.from),
          until: chinaTime(question.until),
          statistics: lines.map(lineBody),
        },
      )
    }),
  )
}

/** Whole hours that hold all of the period. */
function questionOf(parameters: Parameters, now: number): Omit<CountQuestion, 'limit'> {
  const until = Math.ceil((parameters.time('until') ?? now) / HOUR_MS) * HOUR_MS
  const from = Math.floor((parameters.time('from') ?? until - DEFAULT_DAYS * DAY_MS) / HOUR_MS) * HOUR_MS
  const given = parameters.text('by')
  const words = given === undefined ? [] : given.split(',')
  const by = COUNTED_BY.filter((one) => words.includes(one))
  if (by.length < words.length) throw new Fault('PARAMETER_INVALID', { errors: [BY_WHAT] })
  const kind = parameters.oneOf('kind', AUDIT_KINDS)
  const filters = FILTERS.map((name) => [name, parameters.text(name)] as const).filter(
    ([, value]) => value !== undefined,
  )
  return { by, from, until, ...(kind === undefined ? {} : { kind }), ...(Object.fromEntries(filters) as object) }
}

function lineBody({ of, count }: RecordCount): object {
  const shown = Object.entries(of).map(([name, value]) => {
    if (name === 'hour') return [name, chinaTime(Number(value))]
    return [name, name === 'day' ? chinaTime(Number(value)).slice(0, 10) : value]
  })
  return { ...Object.fromEntries(shown), count }
}

/** RFC 3339 with the offset of China. */
function chinaTime(time: number): string {
  return new Date(time + 8 * HOUR_MS).toISOString().replace('.000Z', '+08:00')
}

const BY_WHAT: FieldError = {
  pointer: '?by',
  rule: 'enum',
  message: {
    zh: `参数 by：须为以下各词，以逗号分隔，每个至多一次：${COUNTED_BY.join('、')}。`,
    en: `Parameter by: words of these, with commas between them, each at most once: ${COUNTED_BY.join(', ')}.`,
  },
}
const TOO_MANY: FieldError = {
  pointer: '?by',
  rule: 'range',
  message: {
    zh: `参数 by：结果超过 ${LINES_MAX} 行。请缩短时段、减少分组或加上条件。`,
    en: `Parameter by: there are more than ${LINES_MAX} lines. Ask for a shorter period, by fewer words, or with a filter.`,
  },
}

// Lists what Shenyang has taken within a time: SY-LEDGER-0001.

import { beijingTime, readBeijingTime } from '../beijing-time.ts'
import type { Desk } from '../desk.ts'
import { integer, misfit, object, text } from './shape.ts'
import { misfitAt, reply } from './shenyang-replies.ts'
import type { WireReply } from './wire.ts'

const TIME = text(/^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$/)
const QUESTION = object(
  { begin_time: TIME, end_time: TIME, page_size: integer },
  { cursor: text(/^[A-Za-z0-9_-]{1,64}$/) },
)
const PAGE_MAX = 100

export async function ledger(body: Readonly<Record<string, unknown>>, desk: Desk): Promise<WireReply> {
  const wrong = misfit(body, QUESTION)
  if (wrong !== null) return misfitAt(wrong.slice(1))
  const asked = body as {
    readonly begin_time: string
    readonly end_time: string
    readonly page_size: number
    readonly cursor?: string
  }
  const from = readBeijingTime(asked.begin_time, 'spaced')
  const until = readBeijingTime(asked.end_time, 'spaced')
  if (from === null) return misfitAt('begin_time')
  if (until === null || until <= from) return misfitAt('end_time')
  if (asked.page_size < 1 || asked.page_size > PAGE_MAX) return misfitAt('page_size')
  const page = desk.ledger({ from, until, cursor: asked.cursor ?? null, limit: asked.page_size })
  if (page === null) return reply('1003')
  const { total, entries, next } = page
  return reply('0000', {
    total,
    accept_list: entries.map(({ reference, backendCaseNo, at }) => ({
      project_no: reference,
      accept_no: backendCaseNo,
      receive_time: beijingTime(at, 'spaced'),
    })),
    ...(next === null ? {} : { next_cursor: next }),
  })
}

// Lists what Tieling has registered within a time.

import type { Desk } from '../desk.ts'
import { readQuestion } from './ledger-question.ts'
import { writeTime } from './tieling-form.ts'
import { failure, json, malformed } from './tieling-replies.ts'
import type { WireReply } from './wire.ts'

const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}\+08:00$/

/** `parameters`: what stands behind the question mark. */
export function answerLedger(parameters: string, desk: Desk): WireReply {
  const question = readQuestion(parameters, (text) => (TIME.test(text) ? Date.parse(text) : null), 'cursor')
  if (question.kind === 'misfit') return malformed(question.name)
  const page = desk.ledger(question.asked)
  if (page === null) return failure(400, 'CURSOR_UNKNOWN', '游标无效')
  const { total, entries, next } = page
  return json(200, {
    total,
    entries: entries.map(({ reference, backendCaseNo, at }) => ({
      reference,
      case_no: backendCaseNo,
      registered_at: writeTime(at, 'milliseconds'),
    })),
    ...(next === null ? {} : { next_cursor: next }),
  })
}

// Takes what follows an application in Anshan: corrections and the withdrawal.

import { readBeijingTime } from '../beijing-time.ts'
import type { Desk } from '../desk.ts'
import { FUTURE_MS_MAX, OF_CORRECTION, readAnshanSubmission, TIME } from './anshan-body.ts'
import { STATUSES } from './anshan-news.ts'
import type { Pair } from './anshan-pairs.ts'
import { misfitAt, reasons, reply } from './anshan-replies.ts'
import { CASE_REFERENCE, misfit, object, text, words } from './shape.ts'
import type { WireReply } from './wire.ts'

/** `now`: the city's clock, in milliseconds since 1970. */
export async function correct(pairs: readonly Pair[], desk: Desk, now: number): Promise<WireReply> {
  const read = readAnshanSubmission(pairs, now, OF_CORRECTION)
  if (read.kind !== 'read') return read.kind === 'gap' ? reply(1001) : misfitAt(read.key)
  const { submission } = read
  const { reference: outer_no, leg } = submission
  if (CASE_REFERENCE.exec(outer_no)?.[2] !== leg) return misfitAt('outer_no')
  const { correct_no, case_no } = Object.fromEntries(pairs)
  const corrected = await desk.correct({
    submission,
    correctionNo: Number(correct_no),
    backendCaseNo: case_no ?? null,
  })
  switch (corrected.kind) {
    case 'taken':
      return reply(0, { outer_no, correct_no, ...STATUSES[corrected.status] })
    case 'refused':
      return reply(2001, { reasons: reasons(corrected.refusals) })
    case 'unknown':
      return reply(2004)
    case 'not-asked-for':
      return reply(2011, { outer_no, ...STATUSES[corrected.status] })
    case 'out-of-order':
      return reply(2012, { correct_no: String(corrected.expected) })
    case 'other-content':
      return reply(2013)
  }
}

const WITHDRAWAL = object(
  { outer_no: text(CASE_REFERENCE), taken_at: TIME },
  { case_no: words(80), chyy: text(/^.{1,200}$/su) },
)

export async function withdraw(pairs: readonly Pair[], desk: Desk, now: number): Promise<WireReply> {
  const texts: Readonly<Record<string, string>> = Object.fromEntries(pairs)
  const wrong = misfit(texts, WITHDRAWAL)
  if (wrong !== null) return misfitAt(wrong.slice(1))
  const takenAt = readBeijingTime(texts['taken_at']!, 'spaced')
  if (takenAt === null || takenAt > now + FUTURE_MS_MAX) return misfitAt('taken_at')
  const outer_no = texts['outer_no']!
  const withdrawn = await desk.withdraw({
    reference: outer_no,
    backendCaseNo: texts['case_no'] ?? null,
    reason: texts['chyy'] ?? null,
  })
  switch (withdrawn.kind) {
    case 'withdrawn':
      return reply(0, { outer_no, ...STATUSES.withdrawn })
    case 'unknown':
      return reply(2004)
    case 'too-late':
      return reply(2021, { outer_no, ...STATUSES[withdrawn.status] })
  }
}

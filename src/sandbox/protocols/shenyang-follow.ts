// Takes what follows an application in Shenyang, and the files that come before it: corrections, withdrawals, attachments.

import { readBeijingTime } from '../beijing-time.ts'
import type { Desk } from '../desk.ts'
import { isMultipart, readParts } from './multipart.ts'
import { CASE_NUMBER, FUTURE_MS_MAX, readShenyangCorrection } from './shenyang-body.ts'
import { STATUSES } from './shenyang-news.ts'
import { misfitAt, reasons, reply } from './shenyang-replies.ts'
import { CASE_REFERENCE, misfit, object, text } from './shape.ts'
import type { WireReply } from './wire.ts'

type Body = Readonly<Record<string, unknown>>

/** `now`: the city's clock, in milliseconds since 1970. */
export async function correct(body: Body, desk: Desk, now: number): Promise<WireReply> {
  const read = readShenyangCorrection(body, now)
  if (read.kind === 'misfit') return misfitAt(read.field)
  const { submission, correctionNo } = read.correction
  if (CASE_REFERENCE.exec(submission.reference)?.[2] !== submission.leg) return misfitAt('project_no')
  const corrected = await desk.correct(read.correction)
  switch (corrected.kind) {
    case 'taken': {
      const status = STATUSES[corrected.status]
      return reply('0000', { project_no: submission.reference, correct_no: correctionNo, status })
    }
    case 'refused':
      return reply('3001', { reasons: reasons(corrected.refusals) })
    case 'unknown':
      return reply('2002')
    case 'not-asked-for':
      return reply('2003', { status: STATUSES[corrected.status] })
    case 'out-of-order':
      return reply('2004', { correct_no: corrected.expected })
    case 'other-content':
      return reply('2005')
  }
}

const WITHDRAWAL = object(
  { project_no: text(CASE_REFERENCE), withdraw_date: text(/^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$/) },
  { accept_no: text(CASE_NUMBER), withdraw_reason: text(/^.{1,200}$/su) },
)

export async function withdraw(body: Body, desk: Desk, now: number): Promise<WireReply> {
  const wrong = misfit(body, WITHDRAWAL)
  if (wrong !== null) return misfitAt(wrong.slice(1))
  const members = body as Readonly<Record<string, string>>
  const takenAt = readBeijingTime(members['withdraw_date']!, 'spaced')
  if (takenAt === null || takenAt > now + FUTURE_MS_MAX) return misfitAt('withdraw_date')
  const reference = members['project_no']!
  const withdrawn = await desk.withdraw({
    reference,
    backendCaseNo: members['accept_no'] ?? null,
    reason: members['withdraw_reason'] ?? null,
  })
  switch (withdrawn.kind) {
    case 'withdrawn':
      return reply('0000', { project_no: reference, status: STATUSES.withdrawn })
    case 'unknown':
      return reply('2002')
    case 'too-late':
      return reply('2006', { status: STATUSES[withdrawn.status] })
  }
}

const ATTACHMENT = object({
  project_no: text(CASE_REFERENCE),
  attach_id: text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/),
  material_code: text(/^[a-z][a-z0-9-]{0,79}$/),
  attach_digest: text(/^[0-9a-f]{64}$/),
})

export async function attach(contentType: string | undefined, body: Buffer, desk: Desk): Promise<WireReply> {
  const parts = isMultipart(contentType) ? await readParts(contentType ?? '', body) : null
  if (parts === null) return reply('1001')
  const wrong = misfit(parts.texts, ATTACHMENT)
  if (wrong !== null) return misfitAt(wrong.slice(1))
  const { attach: file, ...others } = parts.files
  const [stranger] = Object.keys(others)
  if (file === undefined || stranger !== undefined) return misfitAt(stranger ?? 'attach')
  const [reference, materialId] = [parts.texts['project_no']!, parts.texts['attach_id']!]
  const [code, digest] = [parts.texts['material_code']!, parts.texts['attach_digest']!]
  const taken = await desk.takeMaterial({ reference, materialId, code, digest, ...file })
  switch (taken.kind) {
    case 'taken':
      return reply('0000', { project_no: reference, attach_id: materialId })
    case 'other-content':
      return reply('2007')
    case 'misfit':
      return MISFITS[taken.what]
  }
}

const MISFITS = {
  name: misfitAt('attach'),
  digest: misfitAt('attach_digest'),
  size: reply('3001', { reasons: [{ reason_code: 'B06', reason_desc: '附件大小不符合要求' }] }),
  'media-type': reply('3001', { reasons: [{ reason_code: 'B07', reason_desc: '附件内容与类型不符' }] }),
} as const

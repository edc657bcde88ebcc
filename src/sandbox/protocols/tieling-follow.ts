// What follows an application in Tieling's protocol: corrections, the withdrawal, and files.

import type { Desk } from '../desk.ts'
import { isMultipart, readParts } from './multipart.ts'
import { CASE_REFERENCE, integer, misfit, object, text } from './shape.ts'
import { readTielingSubmission } from './tieling-body.ts'
import { isTimeInReach } from './tieling-form.ts'
import { STATUSES } from './tieling-news.ts'
import { failure, json, malformed, reasons, stateOf, unknownReference } from './tieling-replies.ts'
import type { WireReply, WireRequest } from './wire.ts'

type Members = Readonly<Record<string, unknown>>

const CASE_NO = text(/^211200-[0-9]{4}-[0-9]{6}$/)
const SUPPLEMENTS_MAX = 99
const OF_SUPPLEMENT = object({ supplement_no: integer }, { case_no: CASE_NO })
const OF_WITHDRAWAL = object(
  { received_at: text(/^[0-9T:+-]{25}$/) },
  { case_no: CASE_NO, reason: text(/^.{1,200}$/su) },
)

/** 20 MiB, and room for the other parts. */
export const FILE_BODY_BYTES_MAX = 20_975_616
const TEXT_PARTS: Readonly<Record<string, RegExp>> = {
  file_id: /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/,
  material_code: /^[a-z][a-z0-9-]{0,79}$/,
  sha256: /^[0-9a-f]{64}$/,
}
const MEDIA_TYPES = new Set(['application/pdf', 'image/jpeg', 'image/png'])

/** What the enquiry tells of a reference that the desk knows. */
async function applicationOf(reference: string, desk: Desk): Promise<object> {
  const progress = await desk.enquire(reference)
  return progress === null ? {} : { application: stateOf(progress) }
}

async function caseNoOf(reference: string, desk: Desk): Promise<object> {
  const entry = (await desk.enquire(reference))?.entry
  return entry?.outcome === 'taken' ? { case_no: entry.backendCaseNo } : {}
}

/** `now`: the city's clock, in milliseconds since 1970. */
export async function correct(reference: string, body: Members, desk: Desk, now: number): Promise<WireReply> {
  const { supplement_no: number, case_no: caseNo, ...rest } = body
  const own = { supplement_no: number, ...(caseNo === undefined ? {} : { case_no: caseNo }) }
  const wrong = misfit(own, OF_SUPPLEMENT)
  if (wrong !== null) return malformed(wrong)
  const correctionNo = number as number
  if (correctionNo < 1 || correctionNo > SUPPLEMENTS_MAX) return malformed('/supplement_no')
  const read = readTielingSubmission(rest, now)
  if (read.kind === 'misfit') return malformed(read.field)
  const { submission } = read
  if (submission.reference !== reference || CASE_REFERENCE.exec(reference)?.[2] !== submission.leg) {
    return malformed('/reference')
  }
  const backendCaseNo = (caseNo as string | undefined) ?? null
  const corrected = await desk.correct({ submission, backendCaseNo, correctionNo })
  const about = { reference, ...(await caseNoOf(reference, desk)), supplement_no: correctionNo }
  switch (corrected.kind) {
    case 'taken':
      return json(200, { ...about, status: STATUSES[corrected.status] })
    case 'refused':
      return json(422, { ...about, reasons: reasons(corrected.refusals) })
    case 'not-asked-for': {
      const error = { code: 'NOT_AWAITED', message: '该办件目前不需要补正' }
      return json(409, { error, ...(await applicationOf(reference, desk)) })
    }
    case 'out-of-order': {
      const { expected } = corrected
      return json(409, { error: { code: 'SUPPLEMENT_OUT_OF_ORDER', message: `应为第 ${expected} 次补正`, expected } })
    }
    case 'other-content':
      return failure(409, 'SUPPLEMENT_EXISTS', '该次补正已提交过，内容不同')
    case 'unknown':
      return unknownReference()
  }
}

export async function withdraw(reference: string, body: Members, desk: Desk, now: number): Promise<WireReply> {
  const wrong = misfit(body, OF_WITHDRAWAL)
  if (wrong !== null) return malformed(wrong)
  const given = body as { readonly received_at: string; readonly case_no?: string; readonly reason?: string }
  if (!isTimeInReach(given.received_at, now)) return malformed('/received_at')
  const withdrawn = await desk.withdraw({
    reference,
    backendCaseNo: given.case_no ?? null,
    reason: given.reason ?? null,
  })
  switch (withdrawn.kind) {
    case 'withdrawn':
      return json(200, { reference, ...(await caseNoOf(reference, desk)), status: STATUSES.withdrawn })
    case 'too-late': {
      const error = { code: 'TOO_LATE', message: '该办件已有结果，不能撤回' }
      return json(409, { error, ...(await applicationOf(reference, desk)) })
    }
    case 'unknown':
      return unknownReference()
  }
}

export async function takeFile(reference: string, request: WireRequest, desk: Desk): Promise<WireReply> {
  const { 'content-type': type = '', 'content-encoding': encoding } = request.headers
  if (!isMultipart(type) || encoding !== undefined) {
    return failure(415, 'MEDIA_TYPE', '只接受带 boundary 的 multipart/form-data')
  }
  if (request.body === null) return failure(413, 'TOO_LARGE', '请求体过大')
  const parts = await readParts(type, request.body)
  if (parts === null) return malformed()
  const { texts, files } = parts
  const wrong = Object.entries(TEXT_PARTS).find(([name, form]) => !form.test(texts[name] ?? ''))?.[0]
  if (wrong !== undefined) return malformed(`/${wrong}`)
  const other = [...Object.keys(texts), ...Object.keys(files)].find(
    (name) => !Object.hasOwn(TEXT_PARTS, name) && name !== 'file',
  )
  if (other !== undefined) return malformed(`/${other}`)
  const { file } = files
  if (file === undefined || !MEDIA_TYPES.has(file.mediaType)) return malformed('/file')
  const { file_id: materialId = '', material_code: code = '', sha256: digest = '' } = texts
  const { name, mediaType, bytes } = file
  const handedOver = await desk.takeMaterial({ reference, materialId, code, name, mediaType, digest, bytes })
  switch (handedOver.kind) {
    case 'taken':
      return json(200, { reference, file_id: materialId, sha256: digest, size: bytes.length })
    case 'other-content':
      return failure(409, 'FILE_EXISTS', '该编号下已有另一份文件')
    case 'misfit':
      return unfit(handedOver.what)
  }
}

function unfit(what: 'size' | 'digest' | 'media-type' | 'name'): WireReply {
  switch (what) {
    case 'digest':
      return malformed('/sha256')
    case 'name':
      return malformed('/file')
    case 'size':
      return json(422, { reasons: [{ code: 'file_size', message: '文件为空或超过 20 MiB' }] })
    case 'media-type':
      return json(422, { reasons: [{ code: 'file_type', message: '文件内容与所说的类型不符' }] })
  }
}

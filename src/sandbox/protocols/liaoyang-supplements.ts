// What Liaoyang takes beside an application: corrections, the withdrawal, and files (docs/wire/liaoyang.md).

import type { Entry } from '../cases.ts'
import type { Desk } from '../desk.ts'
import { type Body, fits, reasons, type Said, says } from './liaoyang-answers.ts'
import { readLiaoyangSubmission } from './liaoyang-body.ts'
import { FieldMisfit, readMoment } from './liaoyang-form.ts'
import { STATUSES } from './liaoyang-news.ts'
import { CASE_REFERENCE, integer, object, text, words } from './shape.ts'

/** A file of 20 MiB in Base64, encrypted, and once more in Base64. */
export const MATERIAL_REQUEST_BYTES_MAX = 41_943_040

const ACCEPT_NO = text(/^[0-9A-Za-z-]{1,40}$/)
const NUMBERED = object({ suppNo: integer }, { acceptNo: ACCEPT_NO })
const WITHDRAWAL = object(
  { bizNo: text(CASE_REFERENCE), time: integer },
  { acceptNo: ACCEPT_NO, reason: text(/^.{1,200}$/su) },
)
const MATERIAL = object({
  bizNo: text(CASE_REFERENCE),
  itemCode: text(/^[a-z][a-z0-9-]{0,79}$/),
  stepCode: text(/^[a-z][a-z0-9-]{0,31}$/),
  code: text(/^[a-z][a-z0-9-]{0,79}$/),
  fileNo: words(80),
  fileName: text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
  fileType: text(/^(application\/pdf|image\/jpeg|image\/png)$/),
  sha256: text(/^[0-9a-f]{64}$/),
  content: text(/^[A-Za-z0-9+/]+={0,2}$/),
})

const refusedWith = (code: string, words: string): Said => says(42201, { reasons: [{ code, text: words }] })

const acceptNoOf = (body: Body): string | null => (body['acceptNo'] as string | undefined) ?? null

const numberOf = (entry: Entry | undefined): string | undefined =>
  entry?.outcome === 'taken' ? entry.backendCaseNo : undefined

export async function supplement({ suppNo, acceptNo, ...whole }: Body, desk: Desk, now: number): Promise<Said> {
  fits(acceptNo === undefined ? { suppNo } : { suppNo, acceptNo }, NUMBERED)
  const correctionNo = suppNo as number
  if (correctionNo < 1) throw new FieldMisfit('/suppNo')
  const submission = readLiaoyangSubmission(whole, now)
  const { reference } = submission
  if (CASE_REFERENCE.exec(reference)?.[2] !== submission.leg) throw new FieldMisfit('/bizNo')
  const corrected = await desk.correct({ submission, correctionNo, backendCaseNo: acceptNoOf({ acceptNo }) })
  switch (corrected.kind) {
    case 'taken': {
      const number = numberOf((await desk.enquire(reference))?.entry)
      return says(0, { bizNo: reference, acceptNo: number, suppNo, status: STATUSES[corrected.status] })
    }
    case 'refused':
      return says(42201, { reasons: reasons(corrected.refusals) })
    case 'not-asked-for':
      return refusedWith('R07', '办件不在待补正状态')
    case 'out-of-order':
      return says(40902, { expected: corrected.expected })
    case 'other-content':
      return says(40903)
    case 'unknown':
      return says(40401)
  }
}

export async function withdraw(body: Body, desk: Desk): Promise<Said> {
  fits(body, WITHDRAWAL)
  if (readMoment(body['time']) === null) throw new FieldMisfit('/time')
  const reference = String(body['bizNo'])
  const reason = (body['reason'] as string | undefined) ?? null
  const withdrawn = await desk.withdraw({ reference, backendCaseNo: acceptNoOf(body), reason })
  switch (withdrawn.kind) {
    case 'withdrawn': {
      const number = numberOf((await desk.enquire(reference))?.entry)
      return says(0, { bizNo: reference, acceptNo: number, status: STATUSES.withdrawn })
    }
    case 'too-late':
      return refusedWith('R06', '办件已作出决定，不能撤回')
    case 'unknown':
      return says(40401)
  }
}

export async function material(body: Body, desk: Desk): Promise<Said> {
  fits(body, MATERIAL)
  const { bizNo, stepCode, code, fileNo, fileName, fileType, sha256, content } = body as Readonly<
    Record<string, string>
  >
  const reference = bizNo!
  if (CASE_REFERENCE.exec(reference)?.[2] !== stepCode) throw new FieldMisfit('/bizNo')
  if (content!.length % 4 !== 0) throw new FieldMisfit('/content')
  const taken = await desk.takeMaterial({
    reference,
    materialId: fileNo!,
    code: code!,
    name: fileName!,
    mediaType: fileType!,
    digest: sha256!,
    bytes: Buffer.from(content!, 'base64'),
  })
  switch (taken.kind) {
    case 'taken':
      return says(0, { bizNo, fileNo })
    case 'other-content':
      return says(40903)
    case 'misfit':
      return misfitting(taken.what)
  }
}

function misfitting(what: 'size' | 'digest' | 'media-type' | 'name'): Said {
  switch (what) {
    case 'size':
      return refusedWith('R08', '材料文件为空或超过 20971520 字节')
    case 'media-type':
      return refusedWith('R08', '材料文件的内容与所报类型不符')
    case 'digest':
      throw new FieldMisfit('/sha256')
    case 'name':
      throw new FieldMisfit('/fileName')
  }
}

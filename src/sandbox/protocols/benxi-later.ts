// Takes what follows an application in Benxi: its files, corrections and the withdrawal, as docs/wire/benxi.md says.

import type { Desk } from '../desk.ts'
import type { CaseStatus } from '../life.ts'
import { readBeijingTime } from '../beijing-time.ts'
import { OF_CORRECTION, readBenxiSubmission } from './benxi-body.ts'
import { STATES } from './benxi-news.ts'
import { misfitAt, type Params, reasons, type Said } from './benxi-said.ts'
import { fetchFiles, type Link } from './links.ts'
import { CASE_REFERENCE, type Members, text, words } from './shape.ts'

const CORRECTIONS_MAX = 99

/** Fetches what is linked; what speaks against the message if that cannot be done. */
export async function lackingFile(links: readonly Link[], reference: string, desk: Desk): Promise<Said | null> {
  const fetched = await fetchFiles(links, reference, desk)
  switch (fetched.kind) {
    case 'all-here':
      return null
    case 'other-content':
      return misfitAt(`MATERIALS/${fetched.place}/SHA256`)
    case 'not-fetched':
      return { code: 1424, data: { FIELD: `MATERIALS/${fetched.place}/URL` } }
  }
}

export async function correct(params: Params, desk: Desk, now: number): Promise<Said> {
  const read = readBenxiSubmission(params, now, OF_CORRECTION)
  if (read.kind === 'misfit') return misfitAt(read.field)
  const { submission, links } = read
  const { reference, leg } = submission
  const { CORRECT_NO: correctionNo, CASE_NO: caseNo = null } = params as {
    readonly CORRECT_NO: number
    readonly CASE_NO?: string
  }
  if (correctionNo < 1 || correctionNo > CORRECTIONS_MAX) return misfitAt('CORRECT_NO')
  if (CASE_REFERENCE.exec(reference)?.[2] !== leg) return misfitAt('REF_NO')
  if ((await desk.enquire(reference)) === null) return { code: 1410 }
  const lacking = await lackingFile(links, reference, desk)
  if (lacking !== null) return lacking
  const corrected = await desk.correct({ submission, correctionNo, backendCaseNo: caseNo })
  switch (corrected.kind) {
    case 'taken':
      return {
        code: 1,
        msg: '补正成功',
        data: { REF_NO: reference, CORRECT_NO: correctionNo, ...stateOf(corrected.status) },
      }
    case 'refused':
      return { code: 0, data: { REASONS: reasons(corrected.refusals) } }
    case 'not-asked-for':
      return { code: 1413 }
    case 'out-of-order':
      return { code: 1412 }
    case 'other-content':
      return { code: 1411 }
    case 'unknown':
      return { code: 1410 }
  }
}

export const WITHDRAWAL: { readonly required: Members; readonly optional: Members } = {
  required: { REF_NO: text(CASE_REFERENCE), TAKEN_AT: text(/^[0-9]{14}$/) },
  optional: { CASE_NO: words(80), REASON: text(/^.{1,200}$/su) },
}

export async function withdraw(params: Params, desk: Desk): Promise<Said> {
  const { REF_NO: reference, TAKEN_AT: takenAt, CASE_NO: caseNo, REASON: reason } = params as Record<string, string>
  if (readBeijingTime(takenAt!, 'compact') === null) return misfitAt('TAKEN_AT')
  const withdrawn = await desk.withdraw({
    reference: reference!,
    backendCaseNo: caseNo ?? null,
    reason: reason ?? null,
  })
  switch (withdrawn.kind) {
    case 'withdrawn':
      return { code: 1, msg: '撤回成功', data: { REF_NO: reference, ...stateOf('withdrawn') } }
    case 'too-late':
      return { code: 1414 }
    case 'unknown':
      return { code: 1410 }
  }
}

function stateOf(status: CaseStatus): object {
  const [state, subState] = STATES[status]
  return { STATE: state, SUB_STATE: subState }
}

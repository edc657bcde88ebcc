// What follows an application in Tieling, and the files before it (docs/wire/tieling.md): bodies out, answers in.

import type {
  CorrectionAnswer,
  CorrectionMessage,
  MaterialAnswer,
  MaterialMessage,
  WithdrawalAnswer,
  WithdrawalMessage,
} from '../../domain/delivery.ts'
import { offsetBeijingTime } from '../beijing-time.ts'
import { garbled, objectIn, tokenIn, type JsonObject } from '../decoding.ts'
import type { Mapping } from '../mapping.ts'
import type { Part } from '../multipart.ts'
import { answered, notDone, stateOf, type Reading, type StatusTable } from '../protocol.ts'
import type { WireAnswer } from '../wire.ts'
import { readError, refused, type Said } from './tieling-answers.ts'
import { submissionOf } from './tieling-body.ts'

const WORDS_CHARACTERS_MAX = 500

/** The submission, as of an application, under its number. */
export function supplementOf(
  message: CorrectionMessage,
  mapping: Mapping,
  areas: Readonly<Record<string, string>>,
): object {
  return {
    ...submissionOf({ ...message, relatedCaseNo: null }, mapping, areas),
    supplement_no: message.correctionNo,
    case_no: message.backendCaseNo ?? undefined,
  }
}

export function withdrawalOf({ backendCaseNo, takenAt, reason }: WithdrawalMessage): object {
  return {
    received_at: offsetBeijingTime(takenAt),
    case_no: backendCaseNo ?? undefined,
    reason: reason === '' ? undefined : (reason ?? undefined),
  }
}

export function partsOf({ material }: MaterialMessage): readonly Part[] {
  const { materialId, code, name, mediaType, digest, bytes } = material
  return [
    { name: 'file_id', text: materialId },
    { name: 'material_code', text: code },
    { name: 'sha256', text: digest },
    { name: 'file', fileName: name, mediaType, bytes },
  ]
}

export function readCorrected(
  { reference, correctionNo }: CorrectionMessage,
  { what, body }: Said,
  answer: WireAnswer,
  statuses: StatusTable,
): Reading<CorrectionAnswer> {
  switch (what) {
    case '200':
    case '422': {
      if (about(reference, body)['supplement_no'] !== correctionNo) throw garbled('another supplement_no')
      if (what === '422') return answered(refused(body))
      const cityStatus = tokenIn(body['status'])
      return answered({ kind: 'taken', cityStatus, state: stateOf(statuses, cityStatus) })
    }
    case '409 NOT_AWAITED':
      return answered(tooLate(reference, body))
    case '404 REFERENCE_UNKNOWN':
    case '409 SUPPLEMENT_OUT_OF_ORDER':
      return notDone('CITY_MESSAGE_REFUSED')
    case '409 SUPPLEMENT_EXISTS': // another content stands under this number
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    default:
      return readError(what, answer)
  }
}

export function readWithdrawn(
  { reference }: WithdrawalMessage,
  { what, body }: Said,
  answer: WireAnswer,
  statuses: StatusTable,
): Reading<WithdrawalAnswer> {
  switch (what) {
    case '200': {
      const cityStatus = tokenIn(about(reference, body)['status'])
      if (stateOf(statuses, cityStatus) !== 'withdrawn') throw garbled('withdrawn, and not withdrawn')
      return answered({ kind: 'withdrawn', cityStatus })
    }
    case '409 TOO_LATE':
      return answered(tooLate(reference, body))
    case '404 REFERENCE_UNKNOWN':
      return notDone('CITY_MESSAGE_REFUSED')
    default:
      return readError(what, answer)
  }
}

export function readFileTaken(
  { reference, material }: MaterialMessage,
  { what, body }: Said,
  answer: WireAnswer,
): Reading<MaterialAnswer> {
  switch (what) {
    case '200': {
      const { file_id: materialId, sha256: digest, size } = about(reference, body)
      const isOurs = materialId === material.materialId && digest === material.digest
      if (!isOurs || size !== material.bytes.length) throw garbled('another file')
      return answered({ kind: 'taken' })
    }
    case '422':
      return answered(refused(body))
    case '409 FILE_EXISTS': // another file stands under this number
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    default:
      return readError(what, answer)
  }
}

/** An answer about another reference would settle our case by a stranger's. */
function about(reference: string, body: JsonObject): JsonObject {
  if (body['reference'] !== reference) throw garbled('another reference')
  return body
}

/** The code says why, and the city's own words; it has no reasons besides. */
function tooLate(
  reference: string,
  body: JsonObject,
): { kind: 'refused'; reasons: { code: string; message: string }[] } {
  about(reference, objectIn(body['application']))
  const { code, message } = objectIn(body['error'])
  const words = typeof message === 'string' ? message.slice(0, WORDS_CHARACTERS_MAX) : ''
  return { kind: 'refused', reasons: [{ code: tokenIn(code), message: words }] }
}

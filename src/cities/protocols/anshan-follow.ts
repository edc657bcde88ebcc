// What follows an application in Anshan, and the files before it (Corrections, Withdrawals, Files of docs/wire/anshan.md).

import type {
  CorrectionAnswer,
  CorrectionMessage,
  MaterialAnswer,
  MaterialMessage,
  WithdrawalAnswer,
  WithdrawalMessage,
} from '../../domain/delivery.ts'
import { spacedBeijingTime } from '../beijing-time.ts'
import { garbled } from '../decoding.ts'
import { multipart, type Multipart } from '../multipart.ts'
import { answered, notDone, stateOf, type Reading, type StatusTable } from '../protocol.ts'
import type { Pairs } from '../signing/anshan.ts'
import { about, readCode, refused, statusIn, tooLate, type Said } from './anshan-answers.ts'
import { present } from './anshan-body.ts'

export function withdrawalPairs({ reference, backendCaseNo, takenAt, reason }: WithdrawalMessage): Pairs {
  return present([
    ['outer_no', reference],
    ['case_no', backendCaseNo ?? undefined],
    ['taken_at', spacedBeijingTime(takenAt)],
    ['chyy', reason ?? undefined],
  ])
}

/**
 * A file's request: the bytes that are sent, and the pairs that are signed for them. The digest is that under which the file was
 * stored, sealed with it: 20 MiB need not be hashed once more.
 */
export function fileOf(
  { reference, material }: MaterialMessage,
  random: Buffer,
): Multipart & { readonly signed: Pairs } {
  const { materialId, code, name: fileName, mediaType, digest, bytes } = material
  const texts: Pairs = [
    ['outer_no', reference],
    ['material_id', materialId],
    ['material_code', code],
  ]
  const parts = texts.map(([name, text]) => ({ name, text }))
  return {
    ...multipart([...parts, { name: 'file', fileName, mediaType, bytes }], random),
    signed: [...texts, ['file.name', fileName], ['file.type', mediaType], ['file.sha256', digest]],
  }
}

export function readCorrected(
  { reference, correctionNo }: CorrectionMessage,
  said: Said,
  statuses: StatusTable,
): Reading<CorrectionAnswer> {
  switch (said.code) {
    case 0: {
      const data = about(reference, said.data)
      if (data['correct_no'] !== String(correctionNo)) throw garbled('another correct_no')
      const cityStatus = statusIn(data)
      return answered({ kind: 'taken', cityStatus, state: stateOf(statuses, cityStatus) })
    }
    case 2001:
      return answered(refused(said.data))
    case 2011: // the case does not wait for a correction, or no longer
      return answered(tooLate(reference, said))
    case 2004:
    case 2012:
      return notDone('CITY_MESSAGE_REFUSED')
    case 2013: // other content stands under this number
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    default:
      return readCode(said)
  }
}

export function readWithdrawn(
  { reference }: WithdrawalMessage,
  said: Said,
  statuses: StatusTable,
): Reading<WithdrawalAnswer> {
  switch (said.code) {
    case 0: {
      const cityStatus = statusIn(about(reference, said.data))
      if (stateOf(statuses, cityStatus) !== 'withdrawn') throw garbled('withdrawn, and not withdrawn')
      return answered({ kind: 'withdrawn', cityStatus })
    }
    case 2021:
      return answered(tooLate(reference, said))
    case 2004:
      return notDone('CITY_MESSAGE_REFUSED')
    default:
      return readCode(said)
  }
}

export function readFileTaken({ reference, material }: MaterialMessage, said: Said): Reading<MaterialAnswer> {
  switch (said.code) {
    case 0: {
      const { material_id: id, sha256, size } = about(reference, said.data)
      const isOurs = id === material.materialId && sha256 === material.digest && size === String(material.bytes.length)
      if (!isOurs) throw garbled('another file')
      return answered({ kind: 'taken' })
    }
    case 2031:
      return answered(refused(said.data))
    case 2032: // another file stands under this number
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    default:
      return readCode(said)
  }
}

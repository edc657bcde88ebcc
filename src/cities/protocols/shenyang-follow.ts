// What follows an application in Shenyang, and the files before it (correct, withdraw, attach of docs/wire/shenyang.md).

import type {
  CorrectionAnswer,
  CorrectionMessage,
  MaterialAnswer,
  MaterialMessage,
  WithdrawalAnswer,
  WithdrawalMessage,
} from '../../domain/delivery.ts'
import { spacedBeijingTime } from '../beijing-time.ts'
import { garbled, objectIn, tokenIn } from '../decoding.ts'
import { BOUNDARY_BYTES, multipart, type Multipart } from '../multipart.ts'
import { answered, notDone, stateOf, type Reading, type StatusTable } from '../protocol.ts'
import { about, readCode, refused, type Said } from './shenyang-answers.ts'
import { membersOf } from './shenyang-body.ts'

const WORDS_CHARACTERS_MAX = 500

export function correctionOf(message: CorrectionMessage, areas: Readonly<Record<string, string>>): object {
  const { reference, backendCaseNo, correctionNo } = message
  return {
    project_no: reference,
    accept_no: backendCaseNo ?? undefined,
    correct_no: correctionNo,
    ...membersOf(message, areas),
  }
}

export function withdrawalOf({ reference, backendCaseNo, takenAt, reason }: WithdrawalMessage): object {
  return {
    project_no: reference,
    accept_no: backendCaseNo ?? undefined,
    withdraw_date: spacedBeijingTime(takenAt),
    withdraw_reason: reason === null || reason === '' ? undefined : reason,
  }
}

export function fileOf({ reference, material }: MaterialMessage, random: (size: number) => Buffer): Multipart {
  const { materialId, code, digest, name: fileName, mediaType, bytes } = material
  const texts = [
    { name: 'project_no', text: reference },
    { name: 'attach_id', text: materialId },
    { name: 'material_code', text: code },
    { name: 'attach_digest', text: digest },
  ]
  return multipart([...texts, { name: 'attach', fileName, mediaType, bytes }], random(BOUNDARY_BYTES))
}

export function readCorrected(
  message: CorrectionMessage,
  said: Said,
  statuses: StatusTable,
): Reading<CorrectionAnswer> {
  switch (said.code) {
    case '0000': {
      const data = about(message, said.data)
      if (data['correct_no'] !== message.correctionNo) throw garbled('another correct_no')
      const cityStatus = tokenIn(data['status'])
      return answered({ kind: 'taken', cityStatus, state: stateOf(statuses, cityStatus) })
    }
    case '3001':
      return answered(refused(objectIn(said.data)))
    case '2003': // the case does not wait for a correction, or no longer
      return answered(tooLate(said))
    case '2002':
    case '2004':
      return notDone('CITY_MESSAGE_REFUSED')
    case '2005': // other content stands under this number
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    default:
      return readCode(said.code)
  }
}

export function readWithdrawn(
  message: WithdrawalMessage,
  said: Said,
  statuses: StatusTable,
): Reading<WithdrawalAnswer> {
  switch (said.code) {
    case '0000': {
      const cityStatus = tokenIn(about(message, said.data)['status'])
      if (stateOf(statuses, cityStatus) !== 'withdrawn') throw garbled('withdrawn, and not withdrawn')
      return answered({ kind: 'withdrawn', cityStatus })
    }
    case '2006':
      return answered(tooLate(said))
    case '2002':
      return notDone('CITY_MESSAGE_REFUSED')
    default:
      return readCode(said.code)
  }
}

export function readFileTaken(message: MaterialMessage, said: Said): Reading<MaterialAnswer> {
  switch (said.code) {
    case '0000':
      if (about(message, said.data)['attach_id'] !== message.material.materialId) throw garbled('another attach_id')
      return answered({ kind: 'taken' })
    case '3001':
      return answered(refused(objectIn(said.data)))
    case '2007': // another file stands under this number
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    default:
      return readCode(said.code)
  }
}

/** How the case stands says why; the city has no reasons beside its own words. */
function tooLate({ code, words, data }: Said): { kind: 'refused'; reasons: { code: string; message: string }[] } {
  tokenIn(objectIn(data)['status'])
  const message = typeof words === 'string' ? words.slice(0, WORDS_CHARACTERS_MAX) : ''
  return { kind: 'refused', reasons: [{ code, message }] }
}

// What follows an application in Fuxin, and the files before it (1005, 1006, 1007 of docs/wire/fuxin.md): contents out, answers in.

import type {
  CorrectionAnswer,
  CorrectionMessage,
  MaterialAnswer,
  MaterialMessage,
  WithdrawalAnswer,
  WithdrawalMessage,
} from '../../domain/delivery.ts'
import { compactBeijingTime } from '../beijing-time.ts'
import { garbled, tokenIn } from '../decoding.ts'
import { answered, notDone, stateOf, type Reading, type StatusTable } from '../protocol.ts'
import { elements, textOf, writeXml, type Element } from '../xml.ts'
import { about, readCode, refusal, statusIn, type Said } from './fuxin-answers.ts'

const WORDS_CHARACTERS_MAX = 500

const MEDIA_TYPES: Readonly<Record<MaterialMessage['material']['mediaType'], string>> = {
  'application/pdf': '1',
  'image/jpeg': '2',
  'image/png': '3',
}

export function withdrawalOf({ reference, backendCaseNo, takenAt, reason }: WithdrawalMessage): readonly Element[] {
  return elements(
    ['yewubianhao', reference],
    ['banjianhao', backendCaseNo ?? undefined],
    ['shoujianshijian', compactBeijingTime(takenAt)],
    ['chehuiliyou', reason?.trim() || undefined],
  )
}

/** Written at once: Base64 has nothing to escape, and a file is large. */
export function fileOf({ reference, material }: MaterialMessage): string {
  const { materialId, code, name, mediaType, digest, bytes } = material
  const described = elements(
    ['yewubianhao', reference],
    ['cailiaobianhao', materialId],
    ['cailiaobianma', code],
    ['wenjianming', name],
    ['wenjianleixing', MEDIA_TYPES[mediaType]],
    ['wenjianzhaiyao', digest],
  )
  return `${described.map(writeXml).join('')}<wenjianneirong>${bytes.toString('base64')}</wenjianneirong>`
}

export function readCorrected(
  { reference, correctionNo }: CorrectionMessage,
  said: Said,
  statuses: StatusTable,
): Reading<CorrectionAnswer> {
  switch (said.code) {
    case '00000': {
      const data = about(reference, said.data)
      if (textOf(data, 'buzhengxuhao') !== String(correctionNo)) throw garbled('another buzhengxuhao')
      const cityStatus = tokenIn(statusIn(data))
      return answered({ kind: 'taken', cityStatus, state: stateOf(statuses, cityStatus) })
    }
    case '30001':
      return answered(refusal(said.data))
    case '20003': // the case does not wait for a correction, or no longer
      return answered(tooLate(said))
    case '20002':
    case '20004':
      return notDone('CITY_MESSAGE_REFUSED')
    case '20005': // another content stands under this number
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    default:
      return readCode(said.code)
  }
}

export function readWithdrawn(
  { reference }: WithdrawalMessage,
  said: Said,
  statuses: StatusTable,
): Reading<WithdrawalAnswer> {
  switch (said.code) {
    case '00000': {
      const cityStatus = tokenIn(statusIn(about(reference, said.data)))
      if (stateOf(statuses, cityStatus) !== 'withdrawn') throw garbled('withdrawn, and not withdrawn')
      return answered({ kind: 'withdrawn', cityStatus })
    }
    case '20006':
      return answered(tooLate(said))
    case '20002':
      return notDone('CITY_MESSAGE_REFUSED')
    default:
      return readCode(said.code)
  }
}

export function readFileTaken({ reference, material }: MaterialMessage, said: Said): Reading<MaterialAnswer> {
  switch (said.code) {
    case '00000':
      if (textOf(about(reference, said.data), 'cailiaobianhao') !== material.materialId) {
        throw garbled('another cailiaobianhao')
      }
      return answered({ kind: 'taken' })
    case '30001':
      return answered(refusal(said.data))
    case '20007': // another file stands under this number
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    default:
      return readCode(said.code)
  }
}

/** How the case stands says why; the city has no reasons beside its own words. */
function tooLate({ code, words, data }: Said): { kind: 'refused'; reasons: { code: string; message: string }[] } {
  tokenIn(statusIn(data))
  return { kind: 'refused', reasons: [{ code, message: words.slice(0, WORDS_CHARACTERS_MAX) }] }
}

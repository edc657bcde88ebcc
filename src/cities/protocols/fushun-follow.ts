// What follows an application in Fushun, and the files before it (0105, 0106, 0107 of docs/wire/fushun.md): records out, answers in.

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
import { elements, textOf, type Element, type Parsed } from '../xml.ts'
import { about, only, readCode, refused, type Package } from './fushun-answers.ts'

const WORDS_CHARACTERS_MAX = 500

const FILE_TYPES: Readonly<Record<MaterialMessage['material']['mediaType'], string>> = {
  'application/pdf': '1',
  'image/jpeg': '2',
  'image/png': '3',
}

export function withdrawalOf({ backendCaseNo, takenAt, reason }: WithdrawalMessage): Element {
  return {
    tag: 'RECORD',
    content: elements(
      ['BJBH', backendCaseNo ?? undefined],
      ['SLSJ', compactBeijingTime(takenAt)],
      // Space around a text is cut off there, and an empty element is none.
      ['CHYY', reason?.trim() || undefined],
    ),
  }
}

/** All but the bytes, which stand beside it. */
export function fileOf({ material }: MaterialMessage): Element {
  const { materialId, code, name, mediaType, digest } = material
  return {
    tag: 'RECORD',
    content: elements(
      ['CLBH', materialId],
      ['CLBM', code],
      ['WJMC', name],
      ['WJLX', FILE_TYPES[mediaType]],
      ['WJZY', digest],
    ),
  }
}

export function readCorrected(
  message: CorrectionMessage,
  said: Package,
  statuses: StatusTable,
): Reading<CorrectionAnswer> {
  switch (said.code) {
    case '0': {
      const record = about(message, said.records)
      if (textOf(record, 'BZXH') !== String(message.correctionNo)) throw garbled('another BZXH')
      const cityStatus = tokenIn(textOf(record, 'BJZT'))
      return answered({ kind: 'taken', cityStatus, state: stateOf(statuses, cityStatus) })
    }
    case '-910':
      return answered(refused(said.records))
    case '-920': // the case does not wait for a correction, or no longer
      return answered(tooLate(said))
    case '2':
    case '-921':
      return notDone('CITY_MESSAGE_REFUSED')
    case '-922': // other content stands under this number
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    default:
      return readCode(said.code)
  }
}

export function readWithdrawn(
  message: WithdrawalMessage,
  said: Package,
  statuses: StatusTable,
): Reading<WithdrawalAnswer> {
  switch (said.code) {
    case '0': {
      const cityStatus = tokenIn(textOf(about(message, said.records), 'BJZT'))
      if (stateOf(statuses, cityStatus) !== 'withdrawn') throw garbled('withdrawn, and not withdrawn')
      return answered({ kind: 'withdrawn', cityStatus })
    }
    case '-923':
      return answered(tooLate(said))
    case '2':
      return notDone('CITY_MESSAGE_REFUSED')
    default:
      return readCode(said.code)
  }
}

export function readFileTaken(message: MaterialMessage, said: Package): Reading<MaterialAnswer> {
  switch (said.code) {
    case '0':
      if (textOf(about(message, said.records), 'CLBH') !== message.material.materialId) throw garbled('another CLBH')
      return answered({ kind: 'taken' })
    case '-910':
      return answered(refused(said.records))
    case '-924': // another file stands under this number
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    default:
      return readCode(said.code)
  }
}

/** How the case stands says why; the city has no reasons beside its own words. */
function tooLate({ code, words, records }: Package): { kind: 'refused'; reasons: { code: string; message: string }[] } {
  const record: Parsed = only(records)
  tokenIn(textOf(record, 'BJZT'))
  return { kind: 'refused', reasons: [{ code, message: words.slice(0, WORDS_CHARACTERS_MAX) }] }
}

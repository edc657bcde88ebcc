// Reads what all of Shenyang's answers have in common: the code, what it is about, reasons, and who says what with a code.

import type { Reason } from '../../domain/delivery.ts'
import { Fault } from '../../domain/fault.ts'
import {
  garbled,
  objectIn,
  readJsonObject,
  reasonsIn,
  refuseServerError,
  tokenIn,
  type JsonObject,
} from '../decoding.ts'
import { notDone, type Reading } from '../protocol.ts'
import type { WireAnswer } from '../wire.ts'

export interface Said {
  readonly code: string
  /** The city's words with it, for people. */
  readonly words: unknown
  readonly data: unknown
}

/** Another HTTP status than 200, or a body without a code, is no answer in this protocol. */
export function read(answer: WireAnswer): Said {
  refuseServerError(answer)
  if (answer.status !== 200) throw garbled(`HTTP status ${answer.status}`)
  const { code, msg, data } = readJsonObject(answer)
  return { code: tokenIn(code), words: msg, data }
}

/** An answer about another reference would settle our case by a stranger's. */
export function about({ reference }: { readonly reference: string }, data: unknown): JsonObject {
  const found = objectIn(data)
  if (found['project_no'] !== reference) throw garbled('another project_no')
  return found
}

export function refused(data: JsonObject): { readonly kind: 'refused'; readonly reasons: readonly Reason[] } {
  return { kind: 'refused', reasons: reasonsIn(data['reasons'], 'reason_code', 'reason_desc') }
}

/** The codes by which the city says that it did not carry out a call. */
export function readCode(code: string): Reading<never> {
  switch (code) {
    case '1001':
    case '1002':
    case '1003':
    case '4014':
    case '4040':
      return notDone('CITY_MESSAGE_REFUSED')
    case '2001':
      // Something was taken or refused under this reference before: to be enquired about, never sent again.
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    case '4010': // also said of a secret that the city has forgotten, e.g. over a restart
    case '4012':
      return notDone('CITY_SIGNATURE_REFUSED', 'no', true)
    case '4011':
    case '4013':
      return notDone('CITY_SIGNATURE_REFUSED')
    case '5000':
      throw new Fault('CITY_ERROR', { cause: new Error('code 5000') })
    default:
      throw garbled('a code that the protocol does not know')
  }
}

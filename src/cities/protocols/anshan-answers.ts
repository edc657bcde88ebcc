// Reads what is common to Anshan's answers: code and data, whom they are about, refusals, and the codes of what was not carried out.

import type { Reason } from '../../domain/delivery.ts'
import { Fault } from '../../domain/fault.ts'
import { garbled, objectIn, readJsonObject, reasonsIn, tokenIn, type JsonObject } from '../decoding.ts'
import { clocksApart, notDone, type Reading } from '../protocol.ts'
import type { WireAnswer } from '../wire.ts'

const WORDS_CHARACTERS_MAX = 500

export interface Said {
  readonly code: number
  /** The city's own words for the code. */
  readonly words: unknown
  readonly data: unknown
}

type Refused = { readonly kind: 'refused'; readonly reasons: readonly Reason[] }

/** A status that the document does not name, or a body without a number as `retcode`, is no answer in this protocol. */
export function read(answer: WireAnswer): Said {
  if (![200, 401, 404, 405, 413, 415, 503].includes(answer.status)) {
    if (answer.status >= 500) throw new Fault('CITY_ERROR', { cause: new Error(`HTTP status ${answer.status}`) })
    throw garbled(`HTTP status ${answer.status}`)
  }
  const body = readJsonObject(answer)
  const code = body['retcode']
  if (typeof code !== 'number' || !Number.isSafeInteger(code)) throw garbled('retcode')
  // A code of five digits begins with the status that it comes with; with any other the answer contradicts itself.
  if (answer.status !== (code >= 10_000 ? Math.floor(code / 100) : 200)) throw garbled('retcode of another status')
  return { code, words: body['retmsg'], data: body['data'] }
}

/** An answer about another reference would settle our case by a stranger's. */
export function about(reference: string, data: unknown): JsonObject {
  const found = objectIn(data)
  if (found['outer_no'] !== reference) throw garbled('another outer_no')
  return found
}

/** A status of two parts is told by both. */
export function statusIn({ status, result_type: type }: JsonObject): string {
  return type === undefined ? tokenIn(status) : `${tokenIn(status)}/${tokenIn(type)}`
}

export function refused(data: unknown): Refused {
  return { kind: 'refused', reasons: reasonsIn(objectIn(data)['reasons'], 'reason_code', 'reason_text') }
}

/** How the case stands says why; the city has no reasons beside its own words. */
export function tooLate(reference: string, { code, words, data }: Said): Refused {
  statusIn(about(reference, data))
  const message = typeof words === 'string' ? words.slice(0, WORDS_CHARACTERS_MAX) : ''
  return { kind: 'refused', reasons: [{ code: String(code), message }] }
}

/** The codes by which the city says that it did not carry out a call. */
export function readCode({ code, data }: Said): Reading<never> {
  switch (code) {
    case 1001:
    case 1002:
    case 1003:
    case 40400:
    case 40500:
    case 41300:
    case 41500:
      return notDone('CITY_MESSAGE_REFUSED')
    case 40101:
    case 40102:
      return notDone('CITY_SIGNATURE_REFUSED')
    case 40103:
      return clocksApart(serverTimeIn(data))
    case 50300:
      return notDone('CITY_IN_MAINTENANCE')
    case 9000:
      throw new Fault('CITY_ERROR', { cause: new Error('retcode 9000') })
    default:
      throw garbled('a retcode that the protocol does not know')
  }
}

/** Null where the city does not say its time in the document's form. */
function serverTimeIn(data: unknown): number | null {
  const time = typeof data === 'object' && data !== null && 'server_time' in data ? data.server_time : null
  const at = typeof time === 'string' ? Date.parse(time) : NaN
  return Number.isNaN(at) || new Date(at).toUTCString() !== time ? null : at
}

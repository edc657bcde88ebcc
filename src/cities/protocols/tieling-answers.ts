// Reads what Tieling's answers say, by the tables of docs/wire/tieling.md: the HTTP status, and after it the code of an error.

import type { DeliverAnswer } from '../../domain/delivery.ts'
import { Fault } from '../../domain/fault.ts'
import {
  objectIn,
  garbled,
  readJsonObject,
  reasonsIn,
  refuseServerError,
  tokenIn,
  type JsonObject,
} from '../decoding.ts'
import { notDone, type Reading } from '../protocol.ts'
import { headerOf, type WireAnswer } from '../wire.ts'

export interface Said {
  /** `200`, `409 REFERENCE_EXISTS`. */
  readonly what: string
  readonly body: JsonObject
}

/**
 * What an answer is, as the document's tables write it: the HTTP status, and after it the code of an error. A 5xx that does not
 * say by its body that nothing was done is CITY_ERROR.
 */
export function read(answer: WireAnswer): Said {
  if (answer.status !== 503) refuseServerError(answer)
  let body: JsonObject
  try {
    body = readJsonObject(answer)
  } catch (error) {
    refuseServerError(answer)
    throw error
  }
  const { error } = body
  if (error === undefined) return { what: String(answer.status), body }
  // Of the token's own call the error is a code alone, as OAuth 2 has it.
  const code = typeof error === 'string' ? error : objectIn(error)['code']
  return { what: `${answer.status} ${tokenIn(code)}`, body }
}

export function refused(body: JsonObject): DeliverAnswer & { kind: 'refused' } {
  return { kind: 'refused', reasons: reasonsIn(body['reasons'], 'code', 'message') }
}

/** The statuses and codes by which the city says that it did not carry out a call. */
export function readError(what: string, answer: WireAnswer): Reading<never> {
  switch (what) {
    case '400 MALFORMED':
    case '400 CURSOR_UNKNOWN':
    case '404 NOT_FOUND':
    case '405 METHOD_NOT_ALLOWED':
    case '413 TOO_LARGE':
    case '415 MEDIA_TYPE':
    case '400 invalid_request':
    case '400 unsupported_grant_type':
      return notDone('CITY_MESSAGE_REFUSED')
    case '401 UNAUTHORIZED':
      // Tokens end by the clock and by the city's restarts; of one that was never good another would not be better.
      return notDone(
        'CITY_SIGNATURE_REFUSED',
        'no',
        /\berror="invalid_token"/.test(headerOf(answer, 'www-authenticate')),
      )
    case '401 invalid_client':
    case '403 CLIENT_SUSPENDED':
      return notDone('CITY_SIGNATURE_REFUSED')
    case '429 BUSY':
      return notDone('CITY_BUSY')
    case '503 MAINTENANCE':
      return notDone('CITY_IN_MAINTENANCE')
    default:
      if (answer.status >= 500) throw new Fault('CITY_ERROR', { cause: new Error(`HTTP status ${answer.status}`) })
      throw garbled('an answer that the protocol does not know')
  }
}

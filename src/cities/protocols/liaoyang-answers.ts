// Reads what Liaoyang answers: nothing before its envelope has proved that the city says it, now, to this very request.

import type { Reason } from '../../domain/delivery.ts'
import { asFault, Fault } from '../../domain/fault.ts'
import { parseStrictJson } from '../../domain/strict-json.ts'
import { garbled, objectIn, readJsonObject, reasonsIn, refuseServerError, type JsonObject } from '../decoding.ts'
import { notDone, type Reading } from '../protocol.ts'
import type { WireAnswer } from '../wire.ts'
import { envelopeIn, type Flaw, type Seal, type Service } from './liaoyang-envelope.ts'

// Far deeper than any answer; what is deeper is not worth a stack.
const DEPTH_MAX = 64

export const DONE = 0
export const NOT_KNOWN = 40401
export const REFUSED = 42201

export interface Said {
  readonly code: number
  readonly data: unknown
}

/** What the city has signed as its answer to this very request; anything less is no answer, and is thrown. */
export function read(seal: Seal, service: Service, answer: WireAnswer): Said {
  refuseServerError(answer)
  if (answer.status !== 200) throw garbled(`HTTP status ${answer.status}`)
  const sealed = readJsonObject(answer)
  const envelope = envelopeIn(sealed)
  if (envelope === null) throw garbled(isBare(sealed) ? `a bare answer, code ${sealed.code}` : 'no envelope')
  const { at = 0, nonce } = answer.receipt ?? {}
  const opened = seal.open(service, envelope, at, (given) => given === nonce)
  if (opened.kind === 'flawed') throw unproven(opened.flaw, envelope.timestamp - at)
  const { code, data } = plainIn(opened.plain)
  if (typeof code !== 'number' || !Number.isSafeInteger(code)) throw garbled('code')
  return { code, data }
}

function plainIn(plain: Buffer): JsonObject {
  try {
    return objectIn(parseStrictJson(plain, DEPTH_MAX))
  } catch (error) {
    throw garbled(`the plaintext: ${asFault(error).code}`)
  }
}

/** Not sealed by the city, so that anybody may have said it: its code is for those who look for what is wrong. */
function isBare(said: JsonObject): said is { readonly code: number } {
  return typeof said['code'] === 'number'
}

function unproven(flaw: Flaw, aheadMs: number): Fault {
  switch (flaw) {
    case 'envelope':
      return garbled('an envelope for another application, or of another version')
    case 'decryption':
      return garbled('the answer does not decrypt with our key')
    case 'signature':
      return unsigned('the signature is not the city’s')
    case 'nonce':
      return unsigned('it answers another request')
    case 'timestamp':
      return unsigned(`the city’s clock is ${Math.round(aheadMs / 1000)} s ahead of ours`)
  }
}

const unsigned = (why: string): Fault => new Fault('CITY_ANSWER_UNSIGNED', { cause: new Error(why) })

/** An answer about another reference would settle our case by a stranger's. */
export function about(reference: string, data: unknown): JsonObject {
  const found = objectIn(data)
  if (found['bizNo'] !== reference) throw garbled('another bizNo')
  return found
}

export function refused(data: JsonObject): { readonly kind: 'refused'; readonly reasons: readonly Reason[] } {
  return { kind: 'refused', reasons: reasonsIn(data['reasons'], 'code', 'text') }
}

/** The codes by which the city says that it did not carry out a call. */
export function readCode(code: number): Reading<never> {
  switch (code) {
    case 40001:
    case 40002:
    case 40104: // it has another SM4 key
    case 40902: // another correction is due
      return notDone('CITY_MESSAGE_REFUSED')
    case 40103: // whoever had the nonce before may have been heard
    case 40901: // the first one under this reference stands
    case 40903: // and under this number
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    case 40101:
    case 40102: // the clocks are too far apart, which the line's own watch shows
      return notDone('CITY_SIGNATURE_REFUSED')
    case 50301:
      return notDone('CITY_IN_MAINTENANCE')
    case 50001:
      throw new Fault('CITY_ERROR', { cause: new Error('code 50001') })
    default:
      throw garbled('a code that the protocol does not know')
  }
}

// Speaks the protocol of docs/wire/liaoyang.md: JSON encrypted with SM4 in an envelope that SM3 digests and SM2 signs, both ways.

import type { DeliverAnswer, EnquiryAnswer } from '../../domain/delivery.ts'
import { asFault, Fault } from '../../domain/fault.ts'
import { parseStrictJson } from '../../domain/strict-json.ts'
import {
  garbled,
  objectIn,
  readJsonObject,
  reasonsIn,
  refuseServerError,
  tokenIn,
  type JsonObject,
} from '../decoding.ts'
import type { Mapping } from '../mapping.ts'
import {
  answered,
  NO_LATER_MESSAGES,
  notDone,
  stateOf,
  type Protocol,
  type Reading,
  type Stamp,
  type StatusTable,
} from '../protocol.ts'
import type { WireAnswer, WireRequest } from '../wire.ts'
import { bodyOf } from './liaoyang-body.ts'
import { envelopeIn, openSeal, type Flaw, type Seal, type Service } from './liaoyang-envelope.ts'
import { liaoyangNews } from './liaoyang-news.ts'

type Call = Exclude<Service, 'notify'>

const NONCE_BYTES = 16
// Far deeper than any answer; what is deeper is not worth a stack.
const DEPTH_MAX = 64

const DONE = 0
const NOT_KNOWN = 40401
const REFUSED = 42201

interface Said {
  readonly code: number
  readonly data: unknown
}

export function liaoyangProtocol(options: {
  /** Our name in envelopes, given by the city; no secret. */
  readonly appId: string
  /** What the secret file holds: the keys of both sides. */
  readonly secret: Buffer
  readonly statuses: StatusTable
  /** City key → division code, for `collectArea`. */
  readonly areas: Readonly<Record<string, string>>
  readonly mapping: Mapping
  /** Random bytes, for nonces and initialization vectors. */
  readonly bytes: (size: number) => Buffer
}): Protocol {
  const { appId, secret, statuses, areas, mapping, bytes } = options
  const seal = openSeal({ appId, secret, bytes })

  const post = (call: Call, plain: object, { now }: Stamp): WireRequest => {
    const nonce = bytes(NONCE_BYTES).toString('hex')
    return {
      method: 'POST',
      path: `/kytb/api/${call}`,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: seal.seal(call, now, nonce, plain),
      nonce,
    }
  }

  const taken = (data: JsonObject): DeliverAnswer => {
    const cityStatus = tokenIn(data['status'])
    return {
      kind: 'taken',
      backendCaseNo: tokenIn(data['acceptNo']),
      cityStatus,
      state: stateOf(statuses, cityStatus),
    }
  }

  return {
    canEnquire: true,
    ...NO_LATER_MESSAGES,
    headers: [],
    secret: null,
    news: liaoyangNews({ seal, statuses }),

    health: (stamp) => post('health', {}, stamp),
    readHealth(answer) {
      const { code, data } = read(seal, 'health', answer)
      if (code !== DONE) return readCode(code)
      if (objectIn(data)['status'] !== 'UP') throw garbled('health')
      return answered(true)
    },

    query: (message, stamp) => post('query', bodyOf(message, mapping, areas), stamp),
    readQuery(_message, answer) {
      const { code, data } = read(seal, 'query', answer)
      if (code === REFUSED) return answered(refused(objectIn(data)))
      if (code !== DONE) return readCode(code)
      const { found, result } = objectIn(data)
      if (found === 'N') return answered({ kind: 'nothing-found' })
      if (found === 'Y') return answered({ kind: 'found', result: mapping.read(objectIn(result)) })
      throw garbled('found')
    },

    deliver: (message, stamp) => post('apply', bodyOf(message, mapping, areas), stamp),
    readDeliver(message, answer) {
      const { code, data } = read(seal, 'apply', answer)
      if (code === REFUSED) return answered(refused(objectIn(data)))
      if (code !== DONE) return readCode(code)
      return answered(taken(about(message.reference, data)))
    },

    enquire: (message, stamp) => post('enquire', { bizNo: message.reference }, stamp),
    readEnquiry(message, answer): Reading<EnquiryAnswer> {
      const { code, data } = read(seal, 'enquire', answer)
      if (code === NOT_KNOWN) return answered({ kind: 'not-known' })
      if (code !== DONE) return readCode(code)
      const found = about(message.reference, data)
      return answered(found['reasons'] === undefined ? taken(found) : refused(found))
    },
  }
}

/** What the city has signed as its answer to this very request; anything less is no answer, and is thrown. */
function read(seal: Seal, service: Call, answer: WireAnswer): Said {
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
function about(reference: string, data: unknown): JsonObject {
  const found = objectIn(data)
  if (found['bizNo'] !== reference) throw garbled('another bizNo')
  return found
}

function refused(data: JsonObject): DeliverAnswer & { kind: 'refused' } {
  return { kind: 'refused', reasons: reasonsIn(data['reasons'], 'code', 'text') }
}

/** The codes by which the city says that it did not carry out a call. */
function readCode(code: number): Reading<never> {
  switch (code) {
    case 40001:
    case 40002:
    case 40104: // it has another SM4 key
      return notDone('CITY_MESSAGE_REFUSED')
    case 40103: // whoever had the nonce before may have been heard
    case 40901: // the first one under this reference stands
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

// Speaks the protocol of docs/wire/shenfu.md: JSON over mutual TLS, with our reference honoured and events pushed to us.

import { RESULT_TYPES, type DeliverAnswer, type EnquiryAnswer, type Reason } from '../../domain/delivery.ts'
import {
  garbled,
  objectIn,
  readJsonObject,
  reasonsIn,
  refuseServerError,
  tokenIn,
  type JsonObject,
} from '../decoding.ts'
import { answered, notDone, stateOf, type Protocol, type Reading, type StatusTable } from '../protocol.ts'
import type { WireAnswer, WireRequest } from '../wire.ts'
import { applicationBody, correctionBody, withdrawalBody } from './shenfu-body.ts'
import { ledgerIn, ledgerPath } from './shenfu-ledger.ts'
import { shenfuNews } from './shenfu-news.ts'
import { fileIn, resultPath } from './shenfu-result.ts'

const JSON_TYPE = 'application/json'

export function shenfuProtocol(options: { readonly statuses: StatusTable }): Protocol {
  const { statuses } = options

  const taken = (body: JsonObject): DeliverAnswer => {
    const cityStatus = tokenIn(body['status'])
    return { kind: 'taken', backendCaseNo: tokenIn(body['caseNo']), cityStatus, state: stateOf(statuses, cityStatus) }
  }

  return {
    canEnquire: true,
    news: shenfuNews({ statuses }),
    results: {
      request: (message) => ({
        ...get(resultPath(message)),
        headers: { accept: `${RESULT_TYPES.join(', ')}, ${JSON_TYPE}` },
      }),
      read(answer) {
        if (answer.status === 200) return answered(fileIn(answer))
        const body = read(answer)
        const isNone = answer.status === 404 && errorCode(body) === 'RESULT_NOT_PROVIDED'
        return isNone ? answered({ kind: 'not-provided' }) : readError(answer, body)
      },
    },
    ledger: {
      request: (range, cursor, limit) => get(ledgerPath(range, cursor, limit)),
      read(answer) {
        const body = read(answer)
        return answer.status === 200 ? answered(ledgerIn(body)) : readError(answer, body)
      },
    },
    headers: ['reference'],
    secret: null,

    health: () => get('/v1/health'),
    readHealth(answer) {
      const body = read(answer)
      if (answer.status !== 200) return readError(answer, body)
      if (body['status'] !== 'ok') throw garbled('health')
      return answered(true)
    },

    query: (message) => post('/v1/queries', message.reference, applicationBody(message)),
    readQuery(_message, answer) {
      const body = read(answer)
      if (answer.status === 422) return answered(refused(body))
      if (answer.status !== 200) return readError(answer, body)
      if (body['found'] === true) return answered({ kind: 'found', result: objectIn(body['result']) })
      if (body['found'] === false) return answered({ kind: 'nothing-found' })
      throw garbled('query')
    },

    deliver: (message) => post('/v1/applications', message.reference, applicationBody(message)),
    readDeliver(_message, answer) {
      const body = read(answer)
      if (answer.status === 200 || answer.status === 201) return answered(taken(body))
      if (answer.status === 422) return answered(refused(body))
      return readError(answer, body)
    },

    enquire: (message) => get(pathOf(message.reference)),
    readEnquiry(message, answer): Reading<EnquiryAnswer> {
      const body = read(answer)
      if (answer.status === 404 && errorCode(body) === 'REFERENCE_UNKNOWN') return answered({ kind: 'not-known' })
      if (answer.status !== 200) return readError(answer, body)
      // An answer about another reference would settle our case by a stranger's.
      if (body['reference'] !== message.reference) throw garbled('another reference')
      return answered(body['reasons'] === undefined ? taken(body) : refused(body))
    },

    correct: (message) => post(`${pathOf(message.reference)}/corrections`, message.reference, correctionBody(message)),
    readCorrection(message, answer) {
      const body = read(answer)
      if (answer.status === 422) return answered(refused(body))
      if (answer.status === 409 && errorCode(body) === 'CORRECTION_NOT_AWAITED') return answered(tooLate(body))
      if (answer.status !== 200 && answer.status !== 201) return readError(answer, body)
      if (body['correctionNo'] !== message.correctionNo) throw garbled('another correction')
      const cityStatus = tokenIn(body['status'])
      return answered({ kind: 'taken', cityStatus, state: stateOf(statuses, cityStatus) })
    },

    withdraw: (message) => post(`${pathOf(message.reference)}/withdrawal`, message.reference, withdrawalBody(message)),
    readWithdrawal(_message, answer) {
      const body = read(answer)
      if (answer.status === 409 && errorCode(body) === 'TOO_LATE') return answered(tooLate(body))
      if (answer.status !== 200) return readError(answer, body)
      if (body['status'] !== 'withdrawn') throw garbled('withdrawal')
      return answered({ kind: 'withdrawn', cityStatus: 'withdrawn' })
    },

    // Files are fetched from the addresses in the materials.
    linksMaterials: true,
    handOver: null,
    readHandOver: null,
  }
}

const pathOf = (reference: string): string => `/v1/applications/by-reference/${encodeURIComponent(reference)}`

function get(path: string): WireRequest {
  return {
    method: 'GET',
    path,
    headers: { accept: JSON_TYPE },
    body: null,
  }
}

function post(path: string, reference: string, body: object): WireRequest {
  return {
    method: 'POST',
    path,
    headers: {
      'content-type': JSON_TYPE,
      accept: JSON_TYPE,
      reference,
    },
    body: Buffer.from(JSON.stringify(body)),
  }
}

function read(answer: WireAnswer): JsonObject {
  // 503 in the city's own words says that nothing was done; from whatever stands before it, it says nothing.
  if (answer.status !== 503) refuseServerError(answer)
  try {
    return readJsonObject(answer)
  } catch (error) {
    refuseServerError(answer)
    throw error
  }
}

function refused(body: JsonObject): DeliverAnswer & { kind: 'refused' } {
  return { kind: 'refused', reasons: reasonsIn(body['reasons'], 'code', 'message') }
}

/** The city says no because of how the case stands, with an error in place of reasons. */
function tooLate(body: JsonObject): { readonly kind: 'refused'; readonly reasons: readonly Reason[] } {
  return { kind: 'refused', reasons: reasonsIn([body['error']], 'code', 'message') }
}

function errorCode(body: JsonObject): string {
  return tokenIn(objectIn(body['error'])['code'])
}

/** The errors that the wire document lists; none of them has taken effect. */
function readError(answer: WireAnswer, body: JsonObject): Reading<never> {
  switch (`${answer.status} ${errorCode(body)}`) {
    case '401 UNAUTHORIZED':
      return notDone('CITY_CERTIFICATE_REFUSED')
    case '503 UNAVAILABLE':
      return notDone('CITY_IN_MAINTENANCE')
    case '400 MALFORMED':
    case '400 CURSOR_UNKNOWN':
    case '400 REFERENCE_INVALID':
    case '404 NOT_FOUND':
    case '404 REFERENCE_UNKNOWN':
    case '405 METHOD_NOT_ALLOWED':
    case '413 TOO_LARGE':
    case '409 CORRECTION_OUT_OF_ORDER':
    case '415 MEDIA_TYPE':
    case '424 FILE_NOT_FETCHED':
      return notDone('CITY_MESSAGE_REFUSED')
    case '409 CORRECTION_REUSED':
    case '409 REFERENCE_REUSED':
      // Something was taken under this reference or number before: never to be sent again blindly.
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    default:
      refuseServerError(answer)
      throw garbled('an error that the protocol does not know')
  }
}

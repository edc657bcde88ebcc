// Speaks the protocol of docs/wire/shenfu.md: JSON under an API key, with our reference honoured.

import type { CityMessage, DeliverAnswer, EnquiryAnswer } from '../../domain/delivery.ts'
import {
  garbled,
  objectIn,
  readJsonObject,
  reasonsIn,
  refuseServerError,
  tokenIn,
  type JsonObject,
} from '../decoding.ts'
import {
  answered,
  notDone,
  stateOf,
  type Protocol,
  type Reading,
  type Stamp,
  type StatusTable,
  NO_LATER_MESSAGES,
} from '../protocol.ts'
import type { WireAnswer, WireRequest } from '../wire.ts'

const JSON_TYPE = 'application/json'

export function shenfuProtocol(options: { readonly statuses: StatusTable }): Protocol {
  const { statuses } = options

  const taken = (body: JsonObject): DeliverAnswer => {
    const cityStatus = tokenIn(body['status'])
    return { kind: 'taken', backendCaseNo: tokenIn(body['caseNo']), cityStatus, state: stateOf(statuses, cityStatus) }
  }

  return {
    canEnquire: true,
    ...NO_LATER_MESSAGES,
    news: null,
    headers: ['authorization', 'reference'],
    secret: null,

    health: (stamp) => get('/v1/health', stamp),
    readHealth(answer) {
      const body = read(answer)
      if (answer.status !== 200) return readError(answer, body)
      if (body['status'] !== 'ok') throw garbled('health')
      return answered(true)
    },

    query: (message, stamp) => post('/v1/queries', message, stamp),
    readQuery(_message, answer) {
      const body = read(answer)
      if (answer.status === 422) return answered(refused(body))
      if (answer.status !== 200) return readError(answer, body)
      if (body['found'] === true) return answered({ kind: 'found', result: objectIn(body['result']) })
      if (body['found'] === false) return answered({ kind: 'nothing-found' })
      throw garbled('query')
    },

    deliver: (message, stamp) => post('/v1/applications', message, stamp),
    readDeliver(_message, answer) {
      const body = read(answer)
      if (answer.status === 200 || answer.status === 201) return answered(taken(body))
      if (answer.status === 422) return answered(refused(body))
      return readError(answer, body)
    },

    enquire: (message, stamp) => get(`/v1/applications/by-reference/${encodeURIComponent(message.reference)}`, stamp),
    readEnquiry(message, answer): Reading<EnquiryAnswer> {
      const body = read(answer)
      if (answer.status === 404 && errorCode(body) === 'REFERENCE_UNKNOWN') return answered({ kind: 'not-known' })
      if (answer.status !== 200) return readError(answer, body)
      // An answer about another reference would settle our case by a stranger's.
      if (body['reference'] !== message.reference) throw garbled('another reference')
      return answered(body['reasons'] === undefined ? taken(body) : refused(body))
    },
  }
}

function get(path: string, stamp: Stamp): WireRequest {
  return {
    method: 'GET',
    path,
    headers: { accept: JSON_TYPE, authorization: `Bearer ${stamp.secret.toString('latin1')}` },
    body: null,
  }
}

function post(path: string, message: CityMessage, stamp: Stamp): WireRequest {
  return {
    method: 'POST',
    path,
    headers: {
      'content-type': JSON_TYPE,
      accept: JSON_TYPE,
      authorization: `Bearer ${stamp.secret.toString('latin1')}`,
      reference: message.reference,
    },
    body: Buffer.from(JSON.stringify(bodyOf(message))),
  }
}

function read(answer: WireAnswer): JsonObject {
  refuseServerError(answer)
  return readJsonObject(answer)
}

function refused(body: JsonObject): DeliverAnswer & { kind: 'refused' } {
  return { kind: 'refused', reasons: reasonsIn(body['reasons'], 'code', 'message') }
}

function errorCode(body: JsonObject): string {
  return tokenIn(objectIn(body['error'])['code'])
}

/** The errors that the wire document lists; none of them has taken effect. */
function readError(answer: WireAnswer, body: JsonObject): Reading<never> {
  switch (`${answer.status} ${errorCode(body)}`) {
    case '401 UNAUTHORIZED':
      return notDone('CITY_SIGNATURE_REFUSED')
    case '400 MALFORMED':
    case '400 REFERENCE_INVALID':
    case '404 NOT_FOUND':
    case '405 METHOD_NOT_ALLOWED':
    case '413 TOO_LARGE':
    case '415 MEDIA_TYPE':
      return notDone('CITY_MESSAGE_REFUSED')
    case '409 REFERENCE_REUSED':
      // Something was taken under this reference before: to be enquired about, never sent again.
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    default:
      throw garbled('an error that the protocol does not know')
  }
}

function bodyOf(message: CityMessage): object {
  const { body } = message
  return {
    reference: message.reference,
    relatedCaseNo: message.relatedCaseNo ?? undefined,
    item: message.item.code,
    leg: message.leg.key,
    takenAt: new Date(message.takenAt).toISOString(),
    handlingMode: body.handlingMode,
    collectingCity: body.collectingCity,
    applicant: body.applicant,
    agent: body.agent,
    purpose: body.purpose,
    identityCheck: body.identityCheck,
    form: body.form,
    materials: body.materials,
  }
}

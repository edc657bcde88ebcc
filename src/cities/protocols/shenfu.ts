// Speaks the protocol of docs/wire/shenfu.md: JSON over mutual TLS, with our reference honoured and events pushed to us.

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
import { shenfuNews } from './shenfu-news.ts'

const JSON_TYPE = 'application/json'

/** `byApiKey`: the first form, over plain HTTP and without events, for the cities whose own protocol is not spoken yet. */
export function shenfuProtocol(options: { readonly statuses: StatusTable; readonly byApiKey: boolean }): Protocol {
  const { statuses, byApiKey } = options
  const credential = ({ secret }: Stamp): Readonly<Record<string, string>> =>
    byApiKey ? { authorization: `Bearer ${secret.toString('latin1')}` } : {}

  const taken = (body: JsonObject): DeliverAnswer => {
    const cityStatus = tokenIn(body['status'])
    return { kind: 'taken', backendCaseNo: tokenIn(body['caseNo']), cityStatus, state: stateOf(statuses, cityStatus) }
  }

  return {
    canEnquire: true,
    ...NO_LATER_MESSAGES,
    news: byApiKey ? null : shenfuNews({ statuses }),
    headers: byApiKey ? ['authorization', 'reference'] : ['reference'],
    secret: null,

    health: (stamp) => get('/v1/health', credential(stamp)),
    readHealth(answer) {
      const body = read(answer)
      if (answer.status !== 200) return readError(answer, body)
      if (body['status'] !== 'ok') throw garbled('health')
      return answered(true)
    },

    query: (message, stamp) => post('/v1/queries', message, credential(stamp)),
    readQuery(_message, answer) {
      const body = read(answer)
      if (answer.status === 422) return answered(refused(body))
      if (answer.status !== 200) return readError(answer, body)
      if (body['found'] === true) return answered({ kind: 'found', result: objectIn(body['result']) })
      if (body['found'] === false) return answered({ kind: 'nothing-found' })
      throw garbled('query')
    },

    deliver: (message, stamp) => post('/v1/applications', message, credential(stamp)),
    readDeliver(_message, answer) {
      const body = read(answer)
      if (answer.status === 200 || answer.status === 201) return answered(taken(body))
      if (answer.status === 422) return answered(refused(body))
      return readError(answer, body)
    },

    enquire: (message, stamp) =>
      get(`/v1/applications/by-reference/${encodeURIComponent(message.reference)}`, credential(stamp)),
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

type Headers = WireRequest['headers']

function get(path: string, credential: Headers): WireRequest {
  return {
    method: 'GET',
    path,
    headers: { accept: JSON_TYPE, ...credential },
    body: null,
  }
}

function post(path: string, message: CityMessage, credential: Headers): WireRequest {
  return {
    method: 'POST',
    path,
    headers: {
      'content-type': JSON_TYPE,
      accept: JSON_TYPE,
      ...credential,
      reference: message.reference,
    },
    body: Buffer.from(JSON.stringify(bodyOf(message))),
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
      refuseServerError(answer)
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

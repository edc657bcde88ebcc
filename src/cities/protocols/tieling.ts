// Speaks the protocol of docs/wire/tieling.md: JSON with a bearer token of OAuth 2 (client credentials). What is filed gets a
// ticket; the case number, or the refusal, comes later.

import type { DeliverAnswer } from '../../domain/delivery.ts'
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
import { headerOf, type WireAnswer, type WireRequest } from '../wire.ts'
import { submissionOf } from './tieling-body.ts'
import { eventsPath, pageIn } from './tieling-news.ts'

const JSON_TYPE = 'application/json'
const GRANT = Buffer.from('grant_type=client_credentials')
const APPLICATIONS = '/api/v1/applications'
/** RFC 6750's b64token, as long as the document lets it be. */
const TOKEN = /^[A-Za-z0-9._~+/-]{1,512}=*$/
/** A year: what is told to last longer is no token of this protocol. */
const LASTS_SECONDS_MAX = 31_536_000

export function tielingProtocol(options: {
  /** Client id (客户端标识) that the city has given us; the client secret is the key. */
  readonly clientId: string
  readonly statuses: StatusTable
  /** City key → division code, for `collected_in`. */
  readonly areas: Readonly<Record<string, string>>
  readonly mapping: Mapping
}): Protocol {
  const { clientId, statuses, areas, mapping } = options

  const request = (path: string, { secret }: Stamp, body: object | null = null): WireRequest => ({
    method: body === null ? 'GET' : 'POST',
    path,
    headers: {
      accept: JSON_TYPE,
      authorization: `Bearer ${secret.toString('latin1')}`,
      ...(body === null ? {} : { 'content-type': JSON_TYPE }),
    },
    body: body === null ? null : Buffer.from(JSON.stringify(body)),
  })

  /** What the enquiry tells: a ticket in the queue, a case, or a refusal. An answer about another reference would settle our case by a stranger's. */
  const applicationIn = (reference: string, value: unknown): DeliverAnswer => {
    const found = objectIn(value)
    if (found['reference'] !== reference) throw garbled('another reference')
    switch (found['state']) {
      case 'queued':
        // Nobody has entered it as a case yet: the ticket is no case number, and `registered` or a refusal will be told.
        tokenIn(found['ticket'])
        return { kind: 'taken', backendCaseNo: null, cityStatus: 'queued', state: 'collected' }
      case 'refused':
        return refused(found)
      case 'taken':
        return found['reasons'] === undefined ? caseIn(found) : refused(found)
      default:
        throw garbled('state')
    }
  }

  const caseIn = (found: JsonObject): DeliverAnswer => {
    const backendCaseNo = tokenIn(found['case_no'])
    if (backendCaseNo === tokenIn(found['ticket'])) throw garbled('the ticket in place of the case number')
    const cityStatus = tokenIn(found['status'])
    return { kind: 'taken', backendCaseNo, cityStatus, state: stateOf(statuses, cityStatus) }
  }

  return {
    ...NO_LATER_MESSAGES,
    canEnquire: true,
    headers: ['authorization'],

    secret: {
      request: ({ secret }) => ({
        method: 'POST',
        path: '/oauth/token',
        headers: {
          accept: JSON_TYPE,
          authorization: `Basic ${Buffer.from(`${clientId}:${secret.toString('latin1')}`, 'latin1').toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: GRANT,
      }),
      read(answer, stamp) {
        const { what, body } = read(answer)
        if (what !== '200') return readError(what, answer)
        const { access_token: token, token_type: type, expires_in: seconds } = body
        if (typeof token !== 'string' || !TOKEN.test(token)) throw garbled('access_token')
        if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') throw garbled('token_type')
        if (typeof seconds !== 'number' || !(seconds > 0 && seconds <= LASTS_SECONDS_MAX)) throw garbled('expires_in')
        // Counted from before it was asked for, by our own clock: the city's may be another.
        return answered({ secret: Buffer.from(token, 'latin1'), endsAt: stamp.now + seconds * 1000 })
      },
    },

    health: (stamp) => request('/api/v1/health', stamp),
    readHealth(answer) {
      const { what, body } = read(answer)
      if (what !== '200') return readError(what, answer)
      if (body['status'] !== 'up') throw garbled('health')
      return answered(true)
    },

    query: (message, stamp) => request('/api/v1/queries', stamp, submissionOf(message, mapping, areas)),
    readQuery(_message, answer) {
      const { what, body } = read(answer)
      if (what === '422') return answered(refused(body))
      if (what !== '200') return readError(what, answer)
      if (body['found'] === false) return answered({ kind: 'nothing-found' })
      if (body['found'] === true) return answered({ kind: 'found', result: mapping.read(objectIn(body['result'])) })
      throw garbled('found')
    },

    deliver: (message, stamp) => request(APPLICATIONS, stamp, submissionOf(message, mapping, areas)),
    readDeliver(message, answer) {
      const { what, body } = read(answer)
      // The first one under this reference stands, and the city says what has become of it.
      if (what === '409 REFERENCE_EXISTS') return answered(applicationIn(message.reference, body['application']))
      if (what !== '202' && what !== '422') return readError(what, answer)
      const application = applicationIn(message.reference, body)
      if ((what === '202') !== (body['state'] === 'queued')) throw garbled('state of another HTTP status')
      return answered(application)
    },

    enquire: (message, stamp) => request(`${APPLICATIONS}/${message.reference}`, stamp),
    readEnquiry(message, answer) {
      const { what, body } = read(answer)
      if (what === '404 REFERENCE_UNKNOWN') return answered({ kind: 'not-known' })
      return what === '200' ? answered(applicationIn(message.reference, body)) : readError(what, answer)
    },

    news: {
      kind: 'poll',
      request: (cursor, limit, stamp) => request(eventsPath(cursor, limit), stamp),
      read(answer) {
        const { what, body } = read(answer)
        return what === '200' ? answered(pageIn(body, statuses, mapping)) : readError(what, answer)
      },
    },
  }
}

/**
 * What an answer is, as the document's tables write it: the HTTP status, and after it the code of an error. A 5xx that does not
 * say by its body that nothing was done is CITY_ERROR.
 */
function read(answer: WireAnswer): { readonly what: string; readonly body: JsonObject } {
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

function refused(body: JsonObject): DeliverAnswer & { kind: 'refused' } {
  return { kind: 'refused', reasons: reasonsIn(body['reasons'], 'code', 'message') }
}

/** The statuses and codes by which the city says that it did not carry out a call. */
function readError(what: string, answer: WireAnswer): Reading<never> {
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

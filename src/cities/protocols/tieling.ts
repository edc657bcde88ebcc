// Speaks the protocol of docs/wire/tieling.md: JSON with a bearer token of OAuth 2 (client credentials). What is filed gets a
// ticket; the case number, or the refusal, comes later.

import type { DeliverAnswer } from '../../domain/delivery.ts'
import { garbled, objectIn, tokenIn, type JsonObject } from '../decoding.ts'
import type { Mapping } from '../mapping.ts'
import { BOUNDARY_BYTES, multipart } from '../multipart.ts'
import { answered, stateOf, type Protocol, type Stamp, type StatusTable } from '../protocol.ts'
import type { WireRequest } from '../wire.ts'
import { read, readError, refused } from './tieling-answers.ts'
import { submissionOf } from './tieling-body.ts'
import { partsOf, readCorrected, readFileTaken, readWithdrawn, supplementOf, withdrawalOf } from './tieling-follow.ts'
import { ledgerIn, ledgerPath } from './tieling-ledger.ts'
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
  /** Random bytes, for the boundary between a file and what is said of it. */
  readonly bytes: (size: number) => Buffer
}): Protocol {
  const { clientId, statuses, areas, mapping } = options

  const get = (path: string, { secret }: Stamp): WireRequest => ({
    method: 'GET',
    path,
    headers: { accept: JSON_TYPE, authorization: `Bearer ${secret.toString('latin1')}` },
    body: null,
  })

  const post = (path: string, stamp: Stamp, body: Buffer, contentType = JSON_TYPE): WireRequest => {
    const { headers } = get(path, stamp)
    return { method: 'POST', path, headers: { ...headers, 'content-type': contentType }, body }
  }

  const about = (reference: string, what: string): string => `${APPLICATIONS}/${reference}/${what}`
  const written = (body: object): Buffer => Buffer.from(JSON.stringify(body))

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
        return stateOf(statuses, tokenIn(found['status'])) === 'refused' ? refused(found) : caseIn(found)
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

    health: (stamp) => get('/api/v1/health', stamp),
    readHealth(answer) {
      const { what, body } = read(answer)
      if (what !== '200') return readError(what, answer)
      if (body['status'] !== 'up') throw garbled('health')
      return answered(true)
    },

    query: (message, stamp) => post('/api/v1/queries', stamp, written(submissionOf(message, mapping, areas))),
    readQuery(_message, answer) {
      const { what, body } = read(answer)
      if (what === '422') return answered(refused(body))
      if (what !== '200') return readError(what, answer)
      if (body['found'] === false) return answered({ kind: 'nothing-found' })
      if (body['found'] === true) return answered({ kind: 'found', result: mapping.read(objectIn(body['result'])) })
      throw garbled('found')
    },

    deliver: (message, stamp) => post(APPLICATIONS, stamp, written(submissionOf(message, mapping, areas))),
    readDeliver(message, answer) {
      const { what, body } = read(answer)
      // The first one under this reference stands, and the city says what has become of it.
      if (what === '409 REFERENCE_EXISTS') return answered(applicationIn(message.reference, body['application']))
      if (what !== '202' && what !== '422') return readError(what, answer)
      const application = applicationIn(message.reference, body)
      if ((what === '202') !== (body['state'] === 'queued')) throw garbled('state of another HTTP status')
      return answered(application)
    },

    enquire: (message, stamp) => get(`${APPLICATIONS}/${message.reference}`, stamp),
    readEnquiry(message, answer) {
      const { what, body } = read(answer)
      if (what === '404 REFERENCE_UNKNOWN') return answered({ kind: 'not-known' })
      return what === '200' ? answered(applicationIn(message.reference, body)) : readError(what, answer)
    },

    correct: (message, stamp) =>
      post(about(message.reference, 'supplements'), stamp, written(supplementOf(message, mapping, areas))),
    readCorrection: (message, answer) => readCorrected(message, read(answer), answer, statuses),
    withdraw: (message, stamp) => post(about(message.reference, 'withdrawal'), stamp, written(withdrawalOf(message))),
    readWithdrawal: (message, answer) => readWithdrawn(message, read(answer), answer, statuses),
    linksMaterials: false,
    handOver(message, stamp) {
      const { contentType, body } = multipart(partsOf(message), options.bytes(BOUNDARY_BYTES))
      return post(about(message.reference, 'files'), stamp, body, contentType)
    },
    readHandOver: (message, answer) => readFileTaken(message, read(answer), answer),

    results: null,
    ledger: {
      request: (range, cursor, limit, stamp) => get(ledgerPath(range, cursor, limit), stamp),
      read(answer) {
        const { what, body } = read(answer)
        return what === '200' ? answered(ledgerIn(body)) : readError(what, answer)
      },
    },
    news: {
      kind: 'poll',
      request: (cursor, limit, stamp) => get(eventsPath(cursor, limit), stamp),
      read(answer) {
        const { what, body } = read(answer)
        return what === '200' ? answered(pageIn(body, statuses, mapping)) : readError(what, answer)
      },
    },
  }
}

// Speaks the protocol of docs/wire/anshan.md: form-encoded requests signed over method, path, query and date; JSON answers.

import type { DeliverAnswer, EnquiryAnswer } from '../../domain/delivery.ts'
import { garbled, objectIn, tokenIn, type JsonObject } from '../decoding.ts'
import type { Mapping } from '../mapping.ts'
import { BOUNDARY_BYTES } from '../multipart.ts'
import { answered, notDone, stateOf, type Protocol, type Reading, type Stamp, type StatusTable } from '../protocol.ts'
import { canonicalQuery, sign, type Pairs } from '../signing/anshan.ts'
import type { WireRequest } from '../wire.ts'
import { about, read, readCode, refused } from './anshan-answers.ts'
import { correctionPairs, pairsOf } from './anshan-body.ts'
import { fileOf, readCorrected, readFileTaken, readWithdrawn, withdrawalPairs } from './anshan-follow.ts'
import { pageIn } from './anshan-news.ts'

const APPLICATIONS = '/kytb/v1/applications'
const FORM_TYPE = 'application/x-www-form-urlencoded'
const EMPTY = Buffer.alloc(0)

export function anshanProtocol(options: {
  /** Application id (应用标识) that the city has given us. */
  readonly appId: string
  readonly statuses: StatusTable
  /** City key → division code, for `collecting_area`. */
  readonly areas: Readonly<Record<string, string>>
  readonly mapping: Mapping
  /** Random bytes, for the boundaries of files. */
  readonly bytes: (size: number) => Buffer
}): Protocol {
  const { appId, statuses, areas, mapping, bytes } = options

  /** `signed`: what the signature covers in the place of a body. */
  const headersOf = (
    method: 'GET' | 'POST',
    path: string,
    query: string,
    signed: Buffer,
    { now, secret }: Stamp,
  ): Readonly<Record<string, string>> => {
    const date = new Date(now).toUTCString()
    return {
      accept: 'application/json',
      date,
      'x-as-app-id': appId,
      'x-as-algorithm': 'HMAC-SHA256',
      'x-as-signature': sign(secret, { method, path, query, appId, date, body: signed }),
    }
  }

  const get = (path: string, pairs: Pairs, stamp: Stamp): WireRequest => {
    const query = canonicalQuery(pairs)
    return {
      method: 'GET',
      path: query === '' ? path : `${path}?${query}`,
      headers: headersOf('GET', path, query, EMPTY, stamp),
      body: null,
    }
  }

  const post = (path: string, pairs: Pairs, stamp: Stamp): WireRequest => {
    const body = Buffer.from(canonicalQuery(pairs))
    const headers = { ...headersOf('POST', path, '', body, stamp), 'content-type': FORM_TYPE }
    return { method: 'POST', path, headers, body }
  }

  const taken = (data: JsonObject): DeliverAnswer => {
    const cityStatus = tokenIn(data['status'])
    return { kind: 'taken', backendCaseNo: tokenIn(data['case_no']), cityStatus, state: stateOf(statuses, cityStatus) }
  }

  return {
    canEnquire: true,
    headers: ['date', 'x-as-app-id', 'x-as-algorithm', 'x-as-signature'],
    secret: null,

    health: (stamp) => get('/kytb/v1/health', [], stamp),
    readHealth(answer) {
      const said = read(answer)
      if (said.code !== 0) return readCode(said)
      if (objectIn(said.data)['status'] !== '1') throw garbled('health')
      return answered(true)
    },

    query: (message, stamp) => post('/kytb/v1/queries', pairsOf(message, mapping, areas), stamp),
    readQuery(_message, answer) {
      const said = read(answer)
      if (said.code === 2001) return answered(refused(said.data))
      if (said.code !== 0) return readCode(said)
      const { exist, result } = objectIn(said.data)
      if (exist === '0') return answered({ kind: 'nothing-found' })
      if (exist === '1') return answered({ kind: 'found', result: mapping.read(objectIn(result)) })
      throw garbled('exist')
    },

    deliver: (message, stamp) => post(APPLICATIONS, pairsOf(message, mapping, areas), stamp),
    readDeliver(message, answer) {
      const said = read(answer)
      if (said.code === 2001) return answered(refused(said.data))
      // The first one under this reference stands: to be enquired about, never sent again.
      if (said.code === 2002) return notDone('CITY_MESSAGE_REFUSED', 'maybe')
      if (said.code !== 0) return readCode(said)
      return answered(taken(about(message.reference, said.data)))
    },

    enquire: (message, stamp) => get(APPLICATIONS, [['outer_no', message.reference]], stamp),
    readEnquiry(message, answer): Reading<EnquiryAnswer> {
      const said = read(answer)
      if (said.code === 2004) return answered({ kind: 'not-known' })
      if (said.code !== 0) return readCode(said)
      const found = about(message.reference, said.data)
      return answered(stateOf(statuses, tokenIn(found['status'])) === 'refused' ? refused(found) : taken(found))
    },

    correct: (message, stamp) => post('/kytb/v1/corrections', correctionPairs(message, mapping, areas), stamp),
    readCorrection: (message, answer) => readCorrected(message, read(answer), statuses),

    withdraw: (message, stamp) => post('/kytb/v1/withdrawals', withdrawalPairs(message), stamp),
    readWithdrawal: (message, answer) => readWithdrawn(message, read(answer), statuses),

    linksMaterials: false,
    handOver(message, stamp) {
      const path = '/kytb/v1/files'
      const { contentType, body, signed } = fileOf(message, bytes(BOUNDARY_BYTES))
      const headers = headersOf('POST', path, '', Buffer.from(canonicalQuery(signed)), stamp)
      return { method: 'POST', path, headers: { ...headers, 'content-type': contentType }, body }
    },
    readHandOver: (message, answer) => readFileTaken(message, read(answer)),

    ledger: null,
    results: null,
    news: {
      kind: 'poll',
      request: (cursor, limit, stamp) =>
        get(
          '/kytb/v1/news',
          [['limit', String(limit)], ...(cursor === null ? [] : [['cursor', cursor] as const])],
          stamp,
        ),
      read(answer) {
        const said = read(answer)
        return said.code === 0 ? answered(pageIn(statuses, said.data)) : readCode(said)
      },
    },
  }
}

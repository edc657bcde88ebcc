// Speaks the protocol of docs/wire/shenyang.md: JSON in the style of the national exchange platform, every call signed with a
// secret that is fetched first.

import type { CityMessage, DeliverAnswer, EnquiryAnswer } from '../../domain/delivery.ts'
import { garbled, objectIn, tokenIn, type JsonObject } from '../decoding.ts'
import { answered, stateOf, type Protocol, type Reading, type Stamp, type StatusTable } from '../protocol.ts'
import { openSecret, sign } from '../signing/national-exchange.ts'
import type { WireRequest } from '../wire.ts'
import { about, read, readCode, refused } from './shenyang-answers.ts'
import { membersOf } from './shenyang-body.ts'
import { correctionOf, fileOf, readCorrected, readFileTaken, readWithdrawn, withdrawalOf } from './shenyang-follow.ts'
import { ledgerIn, ledgerOf } from './shenyang-ledger.ts'
import { shenyangNews } from './shenyang-news.ts'

const JSON_TYPE = 'application/json'
const EMPTY_OBJECT = Buffer.from('{}')

const CALLS = {
  secret: { path: '/gjgxjhpt/secret', sid: 'SY-AUTH-0001' },
  query: { path: '/gjgxjhpt/query', sid: 'SY-QUERY-0001' },
  apply: { path: '/gjgxjhpt/apply', sid: 'SY-APPLY-0001' },
  enquire: { path: '/gjgxjhpt/enquire', sid: 'SY-ENQUIRE-0001' },
  correct: { path: '/gjgxjhpt/correct', sid: 'SY-CORRECT-0001' },
  withdraw: { path: '/gjgxjhpt/withdraw', sid: 'SY-WITHDRAW-0001' },
  attach: { path: '/gjgxjhpt/attach', sid: 'SY-ATTACH-0001' },
  ledger: { path: '/gjgxjhpt/ledger', sid: 'SY-LEDGER-0001' },
  health: { path: '/gjgxjhpt/health', sid: 'SY-HEALTH-0001' },
} as const

export function shenyangProtocol(options: {
  /** Requester (请求方标识) that the city has given us. */
  readonly rid: string
  /** What the city calls itself when it calls us. */
  readonly cityRid: string
  readonly statuses: StatusTable
  /** City key → division code, for `accept_area`. */
  readonly areas: Readonly<Record<string, string>>
  /** Random bytes, for the boundaries of files. */
  readonly bytes: (size: number) => Buffer
}): Protocol {
  const { rid, cityRid, statuses, areas, bytes } = options

  const post = (call: keyof typeof CALLS, body: Buffer, stamp: Stamp, contentType = JSON_TYPE): WireRequest => {
    const { path, sid } = CALLS[call]
    const rtime = String(stamp.now)
    return {
      method: 'POST',
      path,
      headers: {
        'content-type': contentType,
        accept: JSON_TYPE,
        gjgxjhpt_rid: rid,
        gjgxjhpt_sid: sid,
        gjgxjhpt_rtime: rtime,
        gjgxjhpt_sign: sign(stamp.secret, sid, rid, rtime, body),
      },
      body,
    }
  }

  const taken = (data: JsonObject): DeliverAnswer => {
    const cityStatus = tokenIn(data['status'])
    return {
      kind: 'taken',
      backendCaseNo: tokenIn(data['accept_no']),
      cityStatus,
      state: stateOf(statuses, cityStatus),
    }
  }

  return {
    canEnquire: true,
    news: shenyangNews({ rid: cityRid, statuses }),
    results: null,
    ledger: {
      request: (range, cursor, limit, stamp) => post('ledger', bytesOf(ledgerOf(range, cursor, limit)), stamp),
      read(answer) {
        const { code, data } = read(answer)
        return code === '0000' ? answered(ledgerIn(data)) : readCode(code)
      },
    },
    headers: ['gjgxjhpt_rid', 'gjgxjhpt_sid', 'gjgxjhpt_rtime', 'gjgxjhpt_sign'],

    secret: {
      request: (stamp) => post('secret', EMPTY_OBJECT, stamp),
      read(answer, { secret: key }) {
        const { code, data } = read(answer)
        if (code !== '0000') return readCode(code)
        const { secret, iv, secretEndTime } = objectIn(data)
        if (typeof secretEndTime !== 'number' || !Number.isSafeInteger(secretEndTime)) throw garbled('secretEndTime')
        return answered({ secret: openSecret(key, secret, iv), endsAt: secretEndTime })
      },
    },

    health: (stamp) => post('health', EMPTY_OBJECT, stamp),
    readHealth(answer) {
      const { code, data } = read(answer)
      if (code !== '0000') return readCode(code)
      if (objectIn(data)['status'] !== 'UP') throw garbled('health')
      return answered(true)
    },

    query: (message, stamp) => post('query', submissionOf(message, areas), stamp),
    readQuery(_message, answer) {
      const { code, data } = read(answer)
      if (code === '3001') return answered(refused(objectIn(data)))
      if (code !== '0000') return readCode(code)
      const { exist, result } = objectIn(data)
      if (exist === '1') return answered({ kind: 'found', result: objectIn(result) })
      if (exist === '0') return answered({ kind: 'nothing-found' })
      throw garbled('exist')
    },

    deliver: (message, stamp) => post('apply', submissionOf(message, areas), stamp),
    readDeliver(message, answer) {
      const { code, data } = read(answer)
      if (code === '3001') return answered(refused(objectIn(data)))
      if (code !== '0000') return readCode(code)
      return answered(taken(about(message, data)))
    },

    enquire: (message, stamp) => post('enquire', bytesOf({ project_no: message.reference }), stamp),
    readEnquiry(message, answer): Reading<EnquiryAnswer> {
      const { code, data } = read(answer)
      if (code === '2002') return answered({ kind: 'not-known' })
      if (code !== '0000') return readCode(code)
      const found = about(message, data)
      return answered(stateOf(statuses, tokenIn(found['status'])) === 'refused' ? refused(found) : taken(found))
    },

    correct: (message, stamp) => post('correct', bytesOf(correctionOf(message, areas)), stamp),
    readCorrection: (message, answer) => readCorrected(message, read(answer), statuses),

    withdraw: (message, stamp) => post('withdraw', bytesOf(withdrawalOf(message)), stamp),
    readWithdrawal: (message, answer) => readWithdrawn(message, read(answer), statuses),

    linksMaterials: false,
    handOver(message, stamp) {
      const { contentType, body } = fileOf(message, bytes)
      return post('attach', body, stamp, contentType)
    },
    readHandOver: (message, answer) => readFileTaken(message, read(answer)),
  }
}

const bytesOf = (members: object): Buffer => Buffer.from(JSON.stringify(members))

function submissionOf(message: CityMessage, areas: Readonly<Record<string, string>>): Buffer {
  const { reference, relatedCaseNo, relatedResults } = message
  const numbers = {
    project_no: reference,
    related_project_no: relatedCaseNo ?? undefined,
    related_result_list: relatedResults?.map(({ code, name, number }) => ({
      cert_code: code,
      cert_name: name,
      cert_no: number,
    })),
  }
  return bytesOf({ ...numbers, ...membersOf(message, areas) })
}

// Speaks the protocol of docs/wire/fuxin.md: XML with tags in pinyin, signed over its content; success stands in `fanhuima` only.

import type { DeliverAnswer, EnquiryAnswer } from '../../domain/delivery.ts'
import { Fault } from '../../domain/fault.ts'
import { compactBeijingTime } from '../beijing-time.ts'
import { garbled, readText, refuseServerError, tokenIn } from '../decoding.ts'
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
import { sign } from '../signing/fuxin.ts'
import type { WireAnswer, WireRequest } from '../wire.ts'
import { childOf, textOf, writeXml, xmlReader, type Element, type Parsed } from '../xml.ts'
import { submissionOf } from './fuxin-body.ts'
import { newsRequest, readNews, refusalReasons, statusIn } from './fuxin-news.ts'

/** 交易码 of each call. */
const TRANSACTIONS = { query: '1001', deliver: '1002', enquire: '1003', news: '1004', health: '1009' } as const

const DECLARATION = /^<\?xml version=["']1\.0["'] encoding=["']utf-8["']/i

const readXml = xmlReader(['row'])

export function fuxinProtocol(options: {
  /** 应用标识 that the city has given us. */
  readonly appId: string
  readonly statuses: StatusTable
  /** City key → division code, for `shoujiandi`. */
  readonly areas: Readonly<Record<string, string>>
  readonly mapping: Mapping
}): Protocol {
  const { appId, statuses, areas, mapping } = options

  const call = (kind: keyof typeof TRANSACTIONS, data: readonly Element[], { now, secret }: Stamp): WireRequest => {
    const transaction = TRANSACTIONS[kind]
    const time = compactBeijingTime(now)
    // Written once: what is signed is what leaves, escapes included.
    const content = data.map(writeXml).join('')
    return {
      method: 'POST',
      path: '/kytb/jieru',
      headers: {
        'content-type': 'application/xml; charset=UTF-8',
        accept: 'application/xml',
        'x-fuxin-yingyong': appId,
        'x-fuxin-shijian': time,
        'x-fuxin-qianming': sign(secret, time, transaction, content),
      },
      body: Buffer.from(
        '<?xml version="1.0" encoding="UTF-8"?>\n' +
          `<qingqiu><jiaoyima>${transaction}</jiaoyima><shuju>${content}</shuju></qingqiu>`,
      ),
    }
  }

  const taken = (data: Parsed | undefined): DeliverAnswer => {
    const cityStatus = tokenIn(statusIn(data))
    const backendCaseNo = tokenIn(textOf(data, 'banjianhao'))
    return { kind: 'taken', backendCaseNo, cityStatus, state: stateOf(statuses, cityStatus) }
  }

  return {
    canEnquire: true,
    ...NO_LATER_MESSAGES,
    headers: ['x-fuxin-yingyong', 'x-fuxin-shijian', 'x-fuxin-qianming'],
    secret: null,

    health: (stamp) => call('health', [], stamp),
    readHealth(answer) {
      const { code, data } = read(answer)
      if (code !== '00000') return readCode(code)
      if (textOf(data, 'xitongzhuangtai') !== '1') throw garbled('xitongzhuangtai')
      return answered(true)
    },

    query: (message, stamp) => call('query', submissionOf(message, mapping, areas), stamp),
    readQuery(_message, answer) {
      const { code, data } = read(answer)
      if (code === '00001') return answered({ kind: 'nothing-found' })
      if (code === '30001') return answered({ kind: 'refused', reasons: refusalReasons(data) })
      if (code !== '00000') return readCode(code)
      const result = childOf(data, 'jieguo')
      if (result === undefined) throw garbled('jieguo')
      return answered({ kind: 'found', result: mapping.read(result) })
    },

    deliver: (message, stamp) => call('deliver', submissionOf(message, mapping, areas), stamp),
    readDeliver(message, answer) {
      const { code, data } = read(answer)
      if (code === '30001') return answered({ kind: 'refused', reasons: refusalReasons(data) })
      if (code !== '00000') return readCode(code)
      return answered(taken(about(message.reference, data)))
    },

    enquire: (message, stamp) => call('enquire', [{ tag: 'yewubianhao', content: message.reference }], stamp),
    readEnquiry(message, answer): Reading<EnquiryAnswer> {
      const { code, data } = read(answer)
      if (code === '20002') return answered({ kind: 'not-known' })
      if (code !== '00000') return readCode(code)
      const found = about(message.reference, data)
      if (childOf(found, 'liyou') === undefined) return answered(taken(found))
      return answered({ kind: 'refused', reasons: refusalReasons(found) })
    },

    news: {
      kind: 'poll',
      request: (cursor, limit, stamp) => call('news', newsRequest(cursor, limit), stamp),
      read(answer) {
        const { code, data } = read(answer)
        return code === '00000' ? answered(readNews(statuses, data)) : readCode(code)
      },
    },
  }
}

/** A page for people has status 200 as well: what is not this protocol's XML is no answer, and nothing is known. */
function read(answer: WireAnswer): { readonly code: string; readonly data: Parsed | undefined } {
  refuseServerError(answer)
  if (answer.status !== 200) throw garbled(`HTTP status ${answer.status}`)
  const text = readText(answer, 'application/xml', 'utf-8')
  if (!DECLARATION.test(text)) throw garbled('XML declaration')
  const root = childOf(readXml(text), 'xiangying')
  if (root === undefined) throw garbled('another root than xiangying')
  const code = textOf(root, 'fanhuima') ?? ''
  if (!/^[0-9]{5}$/.test(code)) throw garbled('fanhuima')
  return { code, data: childOf(root, 'shuju') }
}

/** An answer about another reference would settle our case by a stranger's. */
function about(reference: string, data: Parsed | undefined): Parsed | undefined {
  if (textOf(data, 'yewubianhao') !== reference) throw garbled('another yewubianhao')
  return data
}

/** The codes by which the city says that it did not carry out a call. */
function readCode(code: string): Reading<never> {
  switch (code) {
    case '10001':
    case '10002':
    case '10003':
    case '10004':
    case '10005':
    case '10006':
      return notDone('CITY_MESSAGE_REFUSED')
    case '20001':
      // The first one under this reference stands: to be enquired about, never sent again.
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    case '40001':
    case '40002': // the clocks are too far apart, which the line's own watch shows
    case '40003':
      return notDone('CITY_SIGNATURE_REFUSED')
    case '90002':
      return notDone('CITY_IN_MAINTENANCE')
    case '90003':
      return notDone('CITY_BUSY')
    case '90001':
      throw new Fault('CITY_ERROR', { cause: new Error('fanhuima 90001') })
    default:
      throw garbled('a code that the protocol does not know')
  }
}

// Speaks the protocol of docs/wire/fuxin.md: XML with tags in pinyin, signed over its content; success stands in `fanhuima` only.

import type { DeliverAnswer, EnquiryAnswer } from '../../domain/delivery.ts'
import { compactBeijingTime } from '../beijing-time.ts'
import { garbled, tokenIn } from '../decoding.ts'
import type { Mapping } from '../mapping.ts'
import { answered, stateOf, type Protocol, type Reading, type Stamp, type StatusTable } from '../protocol.ts'
import { sign } from '../signing/fuxin.ts'
import type { WireRequest } from '../wire.ts'
import { childOf, textOf, writeXml, type Element, type Parsed } from '../xml.ts'
import { about, read, readCode, refusal, statusIn } from './fuxin-answers.ts'
import { correctionOf, submissionOf } from './fuxin-body.ts'
import { fileOf, readCorrected, readFileTaken, readWithdrawn, withdrawalOf } from './fuxin-follow.ts'
import { newsRequest, readNews } from './fuxin-news.ts'

/** 交易码 of each call. */
const TRANSACTIONS = {
  query: '1001',
  deliver: '1002',
  enquire: '1003',
  news: '1004',
  correct: '1005',
  withdraw: '1006',
  handOver: '1007',
  health: '1009',
} as const

export function fuxinProtocol(options: {
  /** 应用标识 that the city has given us. */
  readonly appId: string
  readonly statuses: StatusTable
  /** City key → division code, for `shoujiandi`. */
  readonly areas: Readonly<Record<string, string>>
  readonly mapping: Mapping
}): Protocol {
  const { appId, statuses, areas, mapping } = options

  const call = (
    kind: keyof typeof TRANSACTIONS,
    data: readonly Element[] | string,
    { now, secret }: Stamp,
  ): WireRequest => {
    const transaction = TRANSACTIONS[kind]
    const time = compactBeijingTime(now)
    // Written once: what is signed is what leaves, escapes included.
    const content = Buffer.from(typeof data === 'string' ? data : data.map(writeXml).join(''))
    return {
      method: 'POST',
      path: kind === 'handOver' ? '/kytb/cailiao' : '/kytb/jieru',
      headers: {
        'content-type': 'application/xml; charset=UTF-8',
        accept: 'application/xml',
        'x-fuxin-yingyong': appId,
        'x-fuxin-shijian': time,
        'x-fuxin-qianming': sign(secret, time, transaction, content),
      },
      body: Buffer.concat([
        Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<qingqiu><jiaoyima>${transaction}</jiaoyima><shuju>`),
        content,
        Buffer.from('</shuju></qingqiu>'),
      ]),
    }
  }

  const taken = (data: Parsed | undefined): DeliverAnswer => {
    const cityStatus = tokenIn(statusIn(data))
    const backendCaseNo = tokenIn(textOf(data, 'banjianhao'))
    return { kind: 'taken', backendCaseNo, cityStatus, state: stateOf(statuses, cityStatus) }
  }

  return {
    canEnquire: true,
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
      if (code === '30001') return answered(refusal(data))
      if (code !== '00000') return readCode(code)
      const result = childOf(data, 'jieguo')
      if (result === undefined) throw garbled('jieguo')
      return answered({ kind: 'found', result: mapping.read(result) })
    },

    deliver: (message, stamp) => call('deliver', submissionOf(message, mapping, areas), stamp),
    readDeliver(message, answer) {
      const { code, data } = read(answer)
      if (code === '30001') return answered(refusal(data))
      if (code !== '00000') return readCode(code)
      return answered(taken(about(message.reference, data)))
    },

    enquire: (message, stamp) => call('enquire', [{ tag: 'yewubianhao', content: message.reference }], stamp),
    readEnquiry(message, answer): Reading<EnquiryAnswer> {
      const { code, data } = read(answer)
      if (code === '20002') return answered({ kind: 'not-known' })
      if (code !== '00000') return readCode(code)
      const found = about(message.reference, data)
      const isRefused = stateOf(statuses, tokenIn(statusIn(found))) === 'refused'
      return answered(isRefused ? refusal(found) : taken(found))
    },

    correct: (message, stamp) => call('correct', correctionOf(message, mapping, areas), stamp),
    readCorrection: (message, answer) => readCorrected(message, read(answer), statuses),
    withdraw: (message, stamp) => call('withdraw', withdrawalOf(message), stamp),
    readWithdrawal: (message, answer) => readWithdrawn(message, read(answer), statuses),
    linksMaterials: false,
    handOver: (message, stamp) => call('handOver', fileOf(message), stamp),
    readHandOver: (message, answer) => readFileTaken(message, read(answer)),

    ledger: null,
    results: null,
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

// Speaks the protocol of docs/wire/fushun.md: SOAP 1.1 with XML inside a string, own codes, answers in GB18030.

import type { DeliverAnswer, EnquiryAnswer } from '../../domain/delivery.ts'
import { compactBeijingTime } from '../beijing-time.ts'
import { garbled, tokenIn } from '../decoding.ts'
import type { Mapping } from '../mapping.ts'
import { answered, stateOf, type Protocol, type Reading, type Stamp, type StatusTable } from '../protocol.ts'
import type { WireAnswer, WireRequest } from '../wire.ts'
import { childOf, childrenOf, elements, escapeXml, textOf, writeXml, type Element, type Parsed } from '../xml.ts'
import {
  about,
  KINDS,
  only,
  operationOf,
  readCode,
  readPackage,
  refused,
  type Kind,
  type Package,
} from './fushun-answers.ts'
import { fileOf, readCorrected, readFileTaken, readWithdrawn, withdrawalOf } from './fushun-follow.ts'
import { askForNews, readNews } from './fushun-news.ts'
import { writeCorrection, writeRecord } from './fushun-record.ts'

export interface Unit {
  readonly code: string
  readonly name: string
}

export function fushunProtocol(options: {
  /** Ourselves (发送单位), as the city has named us. */
  readonly sender: Unit
  readonly receiver: Unit
  readonly statuses: StatusTable
  /** City key → division code, for `SJDQHDM`. */
  readonly areas: Readonly<Record<string, string>>
  readonly mapping: Mapping
}): Protocol {
  const { sender, receiver, statuses, areas, mapping } = options

  const call = (
    kind: Kind,
    reference: string,
    record: Element | null,
    { now, secret }: Stamp,
    content: Buffer | null = null,
  ): WireRequest => {
    const head = elements(
      ['BBH', '1.0'],
      ['FSDW_DM', sender.code],
      ['FSDW_MC', sender.name],
      ['JSDW_DM', receiver.code],
      ['JSDW_MC', receiver.name],
      ['ZAGLYWFLDM', KINDS[kind]],
      ['YWXTBH', reference],
      ['FSSJ', compactBeijingTime(now)],
    )
    const data = record === null ? [] : [record]
    const inner = writeXml({ tag: 'PACKAGE', content: elements(['PACKAGEHEAD', head], ['DATA', data]) })
    return {
      method: 'POST',
      path: '/services/KytbService',
      headers: {
        'content-type': 'text/xml; charset=utf-8',
        accept: 'text/xml',
        soapaction: `"urn:fushun:kytb#${operationOf(kind)}"`,
      },
      body: Buffer.from(envelope(operationOf(kind), secret.toString('latin1'), inner, content)),
    }
  }

  const taken = (record: Parsed): DeliverAnswer => {
    const cityStatus = tokenIn(textOf(record, 'BJZT'))
    const backendCaseNo = tokenIn(textOf(record, 'BJBH'))
    return { kind: 'taken', backendCaseNo, cityStatus, state: stateOf(statuses, cityStatus) }
  }

  return {
    canEnquire: true,
    ledger: null,
    results: null,
    news: {
      kind: 'poll',
      request: (cursor, limit, stamp) => call('news', 'news', askForNews(cursor, limit), stamp),
      read(answer) {
        const read = readPackage(answer, 'news', 'news')
        if (read.kind === 'not-done') return read
        if (read.answer.code !== '0') return readCode(read.answer.code)
        return answered(readNews(statuses, only(read.answer.records)))
      },
    },
    headers: ['soapaction'],
    secret: null,

    health: (stamp) => call('health', 'health', null, stamp),
    readHealth(answer) {
      const read = readPackage(answer, 'health', 'health')
      if (read.kind === 'not-done') return read
      if (read.answer.code !== '0') return readCode(read.answer.code)
      if (textOf(only(read.answer.records), 'XTZT') !== '1') throw garbled('XTZT')
      return answered(true)
    },

    query: (message, stamp) => call('query', message.reference, writeRecord(message, mapping, areas), stamp),
    readQuery(message, answer) {
      const read = readPackage(answer, 'query', message.reference)
      if (read.kind === 'not-done') return read
      const { code, records } = read.answer
      if (code === '1') return answered({ kind: 'nothing-found' })
      if (code === '-910') return answered(refused(records))
      if (code !== '0') return readCode(code)
      const result = childOf(only(records), 'JG')
      if (result === undefined) throw garbled('JG')
      return answered({ kind: 'found', result: mapping.read(result) })
    },

    deliver: (message, stamp) => call('deliver', message.reference, writeRecord(message, mapping, areas), stamp),
    readDeliver(message, answer) {
      const read = readPackage(answer, 'deliver', message.reference)
      if (read.kind === 'not-done') return read
      const { code, records } = read.answer
      if (code === '-910') return answered(refused(records))
      if (code !== '0') return readCode(code)
      return answered(taken(about(message, records)))
    },

    enquire: (message, stamp) => call('enquire', message.reference, null, stamp),
    readEnquiry(message, answer): Reading<EnquiryAnswer> {
      const read = readPackage(answer, 'enquire', message.reference)
      if (read.kind === 'not-done') return read
      const { code, records } = read.answer
      if (code === '2') return answered({ kind: 'not-known' })
      if (code !== '0') return readCode(code)
      const record = about(message, records)
      const refusal = stateOf(statuses, tokenIn(textOf(record, 'BJZT'))) === 'refused'
      return answered(refusal ? refused(childrenOf(childOf(record, 'YYLB'), 'ROW')) : taken(record))
    },

    correct: (message, stamp) => call('correct', message.reference, writeCorrection(message, mapping, areas), stamp),
    readCorrection: (message, answer) =>
      readAs(answer, 'correct', message.reference, (said) => readCorrected(message, said, statuses)),

    withdraw: (message, stamp) => call('withdraw', message.reference, withdrawalOf(message), stamp),
    readWithdrawal: (message, answer) =>
      readAs(answer, 'withdraw', message.reference, (said) => readWithdrawn(message, said, statuses)),

    linksMaterials: false,
    handOver: (message, stamp) => call('file', message.reference, fileOf(message), stamp, message.material.bytes),
    readHandOver: (message, answer) =>
      readAs(answer, 'file', message.reference, (said) => readFileTaken(message, said)),
  }
}

/** Base64 needs no escaping, and a file is large. */
function envelope(operation: string, authorization: string, inner: string, content: Buffer | null): string {
  const beside = content === null ? '' : `<content>${content.toString('base64')}</content>`
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:kytb="urn:fushun:kytb">' +
    `<soapenv:Body><kytb:${operation}><sqzcm>${escapeXml(authorization)}</sqzcm>` +
    `<information>${escapeXml(inner)}</information>${beside}</kytb:${operation}></soapenv:Body></soapenv:Envelope>`
  )
}

/** What was said in an answer to `kind` about `reference`, read further; a Fault that blames us has taken no effect. */
function readAs<Answer>(
  answer: WireAnswer,
  kind: Kind,
  reference: string,
  further: (said: Package) => Reading<Answer>,
): Reading<Answer> {
  const read = readPackage(answer, kind, reference)
  return read.kind === 'not-done' ? read : further(read.answer)
}

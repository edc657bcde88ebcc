// Speaks the protocol of docs/wire/fushun.md: SOAP 1.1 with XML inside a string, own codes, answers in GB18030.

import type { CityMessage, DeliverAnswer, EnquiryAnswer, Reason } from '../../domain/delivery.ts'
import { Fault } from '../../domain/fault.ts'
import { compactBeijingTime } from '../beijing-time.ts'
import { garbled, readText, reasonsIn, tokenIn } from '../decoding.ts'
import type { Mapping } from '../mapping.ts'
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
import {
  childOf,
  childrenOf,
  elements,
  escapeXml,
  textOf,
  writeXml,
  xmlReader,
  type Element,
  type Parsed,
} from '../xml.ts'
import { askForNews, readNews } from './fushun-news.ts'
import { writeRecord } from './fushun-record.ts'

/** 业务分类代码 of each call. */
const KINDS = { query: '0101', deliver: '0102', enquire: '0103', news: '0104', health: '0199' } as const
type Kind = keyof typeof KINDS

const readXml = xmlReader(['ROW', 'RECORD'])

interface Package {
  readonly code: string
  readonly records: readonly Parsed[]
}

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

  const call = (kind: Kind, reference: string, record: Element | null, { now, secret }: Stamp): WireRequest => {
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
        soapaction: '"urn:fushun:kytb#process"',
      },
      body: Buffer.from(envelope(secret.toString('latin1'), inner)),
    }
  }

  const taken = (record: Parsed): DeliverAnswer => {
    const cityStatus = tokenIn(textOf(record, 'BJZT'))
    const backendCaseNo = tokenIn(textOf(record, 'BJBH'))
    return { kind: 'taken', backendCaseNo, cityStatus, state: stateOf(statuses, cityStatus) }
  }

  return {
    canEnquire: true,
    ...NO_LATER_MESSAGES,
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
  }
}

function envelope(authorization: string, inner: string): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:kytb="urn:fushun:kytb">' +
    `<soapenv:Body><kytb:process><sqzcm>${escapeXml(authorization)}</sqzcm>` +
    `<information>${escapeXml(inner)}</information></kytb:process></soapenv:Body></soapenv:Envelope>`
  )
}

/** The inner answer. A Fault that blames us has taken no effect; one that blames the city, nobody knows. */
function readPackage(answer: WireAnswer, kind: Kind, reference: string): Reading<Package> {
  if (answer.status === 500 && faultCode(answer) === 'Client') return notDone('CITY_MESSAGE_REFUSED')
  if (answer.status >= 500) throw new Fault('CITY_ERROR', { cause: new Error(`HTTP status ${answer.status}`) })
  if (answer.status !== 200) throw garbled(`HTTP status ${answer.status}`)

  const returned = textOf(childOf(bodyOf(answer), 'processResponse'), 'return')
  if (returned === undefined) throw garbled('no return')
  const inner = childOf(readXml(returned), 'PACKAGE')
  const head = childOf(inner, 'PACKAGEHEAD')
  // Absent where the city could not read them; but another's would settle our case by a stranger's answer.
  if ((textOf(head, 'YWXTBH') ?? reference) !== reference) throw garbled('another YWXTBH')
  if ((textOf(head, 'ZAGLYWFLDM') ?? KINDS[kind]) !== KINDS[kind]) throw garbled('another ZAGLYWFLDM')
  return answered({ code: tokenIn(textOf(head, 'CODE')), records: childrenOf(childOf(inner, 'DATA'), 'RECORD') })
}

function bodyOf(answer: WireAnswer): Parsed | undefined {
  return childOf(childOf(readXml(readText(answer, 'text/xml', 'gb18030')), 'Envelope'), 'Body')
}

/** `Client` or `Server`, without its prefix; '' where the answer holds no readable Fault. */
function faultCode(answer: WireAnswer): string {
  try {
    return textOf(childOf(bodyOf(answer), 'Fault'), 'faultcode')?.replace(/^.*:/, '') ?? ''
  } catch {
    return ''
  }
}

function about(message: CityMessage, records: readonly Parsed[]): Parsed {
  const record = only(records)
  if (textOf(record, 'YWXTBH') !== message.reference) throw garbled('another YWXTBH')
  return record
}

/** All answers but a refusal have one record. */
function only(records: readonly Parsed[]): Parsed {
  const [record] = records
  if (record === undefined || records.length > 1) throw garbled('not one RECORD')
  return record
}

function refused(rows: readonly Parsed[]): { readonly kind: 'refused'; readonly reasons: readonly Reason[] } {
  return { kind: 'refused', reasons: reasonsIn(rows, 'YYDM', 'YYSM') }
}

/** The codes by which the city says that it did not carry out a call. */
function readCode(code: string): Reading<never> {
  switch (code) {
    case '-50':
      return notDone('CITY_SIGNATURE_REFUSED')
    case '-901':
    case '-903':
    case '-904':
    case '-905':
    case '-906':
    case '-907':
    case '-908':
      return notDone('CITY_MESSAGE_REFUSED')
    case '-902':
      // Something was taken or refused under this reference before: to be enquired about, never sent again.
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    case '-999':
      throw new Fault('CITY_ERROR', { cause: new Error('code -999') })
    default:
      throw garbled('a code that the protocol does not know')
  }
}

// Speaks docs/wire/fushun.md: SOAP 1.1 with XML inside a string, own numeric codes, answers in GB18030.

import { timingSafeEqual } from 'node:crypto'
import iconv from 'iconv-lite'
import { beijingTime, readBeijingTime } from '../beijing-time.ts'
import type { Entry } from '../cases.ts'
import type { Desk } from '../desk.ts'
import { correct, takeFile, withdraw } from './fushun-follow.ts'
import { writeMembers } from './fushun-form.ts'
import { STATUSES, tellNews } from './fushun-news.ts'
import { readRecord } from './fushun-record.ts'
import { type Answer, MESSAGES, reason, says } from './fushun-replies.ts'
import { CASE_REFERENCE, REFERENCE } from './shape.ts'
import { sharedSecret } from './secrets.ts'
import {
  BODY_BYTES_MAX,
  type Context,
  isMediaType,
  type Protocol,
  readUtf8,
  type WireReply,
  type WireRequest,
} from './wire.ts'
import { escapeText, readXml, tag, type XmlElement } from './xml.ts'

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/'
const NAMESPACE = 'urn:fushun:kytb'
const SENT_TOLERANCE_MS = 600_000

const HEAD_FIXED: Readonly<Record<string, string>> = {
  BBH: '1.0',
  FSDW_DM: 'KYTBWG',
  FSDW_MC: '跨域通办网关',
  JSDW_DM: '210400',
  JSDW_MC: '抚顺市',
}
const KINDS = new Set(['0101', '0102', '0103', '0104', '0105', '0106', '0199'])
const OF_CASE = new Set(['0102', '0103', '0105', '0106', '0107'])
/** Kinds whose DATA has no RECORD. */
const EMPTY = new Set(['0103', '0199'])
/** The one kind of the operation that takes files, and how large its requests may be. */
const FILE = { kind: '0107', action: `"${NAMESPACE}#upload"`, bytesMax: 29_360_128 } as const

type Head = Readonly<Record<string, string>>

export function openFushun(context: Context): Protocol {
  const expected = Buffer.from(sharedSecret(context))
  return {
    broken: fault('Server', '系统异常'),
    truncated: { ...envelope(200, '<x/>'), body: Buffer.from('<?xml version="1.0" encoding="GB18030"?><soapenv:Env') },
    push: null,
    tls: null,
    bodyBytesMax: ({ headers }) => (headers['soapaction'] === FILE.action ? FILE.bytesMax : BODY_BYTES_MAX),
    expireTokens: null,
    async handle(request, desk) {
      const call = readCall(request)
      if (typeof call === 'string') return fault('Client', call)
      const { licence, head, operation } = call
      const given = Buffer.from(licence)
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        return reply(operation, head, says('-50'), context.now())
      }
      return reply(operation, head, await answer(call, desk, context.now()), context.now())
    },
  }
}

type Operation = 'process' | 'upload'

interface Call {
  readonly operation: Operation
  readonly licence: string
  readonly head: Head
  readonly pack: XmlElement
  /** Base64 of a file, '' where there is none. */
  readonly content: string
}

/** The call in the envelope, or why it cannot be read. */
function readCall(request: WireRequest): Call | string {
  if (request.path !== '/services/KytbService' || request.method !== 'POST') return '地址或方法错误'
  if (!isMediaType(request.headers['content-type'], 'text/xml')) return '内容类型应为 text/xml'
  const action = request.headers['soapaction']
  if (action !== `"${NAMESPACE}#process"` && action !== FILE.action) return 'SOAPAction 错误'
  const operation = action === FILE.action ? 'upload' : 'process'
  const source = request.body === null ? null : readUtf8(request.body)
  if (source === null) return '报文过大或不是 UTF-8'
  try {
    const outer = readXml(source)
    const process = only(only(outer, 'Body', SOAP), operation, NAMESPACE)
    if (outer.name !== 'Envelope' || outer.namespace !== SOAP || process === null) return '不是所约定的 SOAP 信封'
    const information = only(process, 'information', null)
    if (information === null || information.text === '') return '缺少 information'
    const pack = readXml(information.text)
    if (pack.name !== 'PACKAGE') return '缺少 PACKAGE'
    const head = only(pack, 'PACKAGEHEAD', null)?.children ?? []
    return {
      operation,
      content: only(process, 'content', null)?.text ?? '',
      licence: only(process, 'sqzcm', null)?.text ?? '',
      head: Object.fromEntries(head.map(({ name, text }) => [name, text])),
      pack,
    }
  } catch {
    return '不是合法的 XML'
  }
}

/** The one child of that name, null if there is none or more than one. */
function only(parent: XmlElement | null, name: string, namespace: string | null): XmlElement | null {
  const found = parent?.children.filter((child) => child.name === name && child.namespace === namespace) ?? []
  return found.length === 1 ? found[0]! : null
}

async function answer({ operation, head, pack, content }: Call, desk: Desk, now: number): Promise<Answer> {
  const fixed = Object.entries(HEAD_FIXED).find(([name, value]) => head[name] !== value)
  if (fixed !== undefined) return says('-907', [], `PACKAGEHEAD/${fixed[0]}`)
  const kind = head['ZAGLYWFLDM'] ?? ''
  if (operation === 'upload' ? kind !== FILE.kind : !KINDS.has(kind)) return says('-907', [], 'PACKAGEHEAD/ZAGLYWFLDM')
  const known = new Set([...Object.keys(HEAD_FIXED), 'ZAGLYWFLDM', 'YWXTBH', 'FSSJ'])
  const elements = only(pack, 'PACKAGEHEAD', null)?.children ?? []
  if (elements.length !== known.size || elements.some(({ name }) => !known.has(name))) {
    return says('-907', [], 'PACKAGEHEAD')
  }
  const sentAt = readBeijingTime(head['FSSJ']!, 'compact')
  if (sentAt === null || Math.abs(sentAt - now) > SENT_TOLERANCE_MS) return says('-906')
  const reference = head['YWXTBH']!
  if (!REFERENCE.test(reference)) return says('-901')
  if (OF_CASE.has(kind) && !CASE_REFERENCE.test(reference)) return says('-901')

  const data = only(pack, 'DATA', null)
  if (data === null || data.children.length !== (EMPTY.has(kind) ? 0 : 1)) return says('-904', [], 'DATA')
  if (kind === '0199') return says('0', [tag('XTZT', '1')])
  if (kind === '0103') return enquire(reference, desk)
  const record = data.children[0]!
  if (kind === '0104') return news(record, desk)
  if (kind === '0105') return correct(reference, record, desk, now)
  if (kind === '0106') return withdraw(reference, record, desk, now)
  if (kind === FILE.kind) return takeFile(reference, record, content, desk)
  const read = readRecord(reference, record, now)
  if (read.kind === 'misfit') return says(read.code, [], read.path)
  if (kind === '0101') return query(read.submission, desk)
  if (CASE_REFERENCE.exec(reference)?.[2] !== read.submission.leg) return says('-901')
  return apply(read.submission, desk)
}

function query(submission: Parameters<Desk['query']>[0], desk: Desk): Answer {
  const found = desk.query(submission)
  switch (found.kind) {
    case 'found':
      return says('0', [tag('JG', [writeMembers(found.result)])])
    case 'nothing-found':
      return says('1')
    case 'refused':
      return says('-910', found.refusals.map(reason))
  }
}

async function apply(submission: Parameters<Desk['apply']>[0], desk: Desk): Promise<Answer> {
  const { entry, repeat } = await desk.apply(submission)
  if (repeat !== null) return says('-902')
  return entry.outcome === 'refused' ? says('-910', entry.refusals.map(reason)) : says('0', [statusOf(entry)])
}

async function enquire(reference: string, desk: Desk): Promise<Answer> {
  const progress = await desk.enquire(reference)
  return progress === null ? says('2') : says('0', [statusOf(progress.entry)])
}

function news(record: XmlElement, desk: Desk): Answer {
  const told = tellNews(record, desk)
  return told.kind === 'told' ? says('0', [told.record]) : says(told.code, [], told.path)
}

function statusOf(entry: Entry): string {
  const reference = tag('YWXTBH', entry.reference)
  if (entry.outcome === 'taken') return reference + tag('BJBH', entry.backendCaseNo) + tag('BJZT', STATUSES.received)
  const rows = entry.refusals.map((refusal) => tag('ROW', [reason(refusal)]))
  return reference + tag('BJZT', STATUSES.refused) + tag('YYLB', rows)
}

function reply(operation: Operation, head: Head, { code, records, at }: Answer, now: number): WireReply {
  const same = (name: string): string => (head[name] === undefined ? '' : tag(name, head[name]))
  const inner = tag('PACKAGE', [
    tag('PACKAGEHEAD', [
      tag('BBH', '1.0'),
      tag('FSDW_DM', '210400') + tag('FSDW_MC', '抚顺市') + tag('JSDW_DM', 'KYTBWG') + tag('JSDW_MC', '跨域通办网关'),
      same('ZAGLYWFLDM') + same('YWXTBH'),
      tag('FSSJ', beijingTime(now, 'compact')),
      tag('CODE', code) + tag('MESSAGE', at === undefined ? MESSAGES[code]! : `${MESSAGES[code]}：${at}`),
    ]),
    tag(
      'DATA',
      records.map((record) => tag('RECORD', [record])),
    ),
  ])
  const text = escapeText(`<?xml version="1.0" encoding="GB18030"?>${inner}`)
  return envelope(
    200,
    `<ns:${operation}Response xmlns:ns="${NAMESPACE}"><return>${text}</return></ns:${operation}Response>`,
  )
}

function fault(code: 'Client' | 'Server', words: string): WireReply {
  const content = tag('faultcode', `soapenv:${code}`) + tag('faultstring', words)
  return envelope(500, `<soapenv:Fault>${content}</soapenv:Fault>`)
}

function envelope(status: number, content: string): WireReply {
  const text = `<?xml version="1.0" encoding="GB18030"?>\n<soapenv:Envelope xmlns:soapenv="${SOAP}"><soapenv:Body>${content}</soapenv:Body></soapenv:Envelope>`
  return {
    status,
    headers: { 'content-type': 'text/xml; charset=GB18030' },
    body: iconv.encode(text, 'gb18030'),
  }
}

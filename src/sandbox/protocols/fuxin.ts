// Speaks docs/wire/fuxin.md: XML with pinyin tags, signed over its bytes; in trouble an HTML page with status 200.

import { createHmac, timingSafeEqual } from 'node:crypto'
import iconv from 'iconv-lite'
import { readBeijingTime } from '../beijing-time.ts'
import type { Desk } from '../desk.ts'
import { news, progress, reasons } from './fuxin-answers.ts'
import { readFuxinSubmission } from './fuxin-body.ts'
import { writeMembers } from './fuxin-form.ts'
import { document, type Element, readXml, tag } from './fuxin-xml.ts'
import { sharedSecret } from './secrets.ts'
import { CASE_REFERENCE, REFERENCE } from './shape.ts'
import {
  BODY_BYTES_MAX,
  type Context,
  isMediaType,
  type Protocol,
  readUtf8,
  type WireReply,
  type WireRequest,
} from './wire.ts'

const APPLICATION_ID = 'KYTBWG'
const TOLERANCE_MS = 300_000
const OPENS = '<shuju>'
const CLOSES = '</shuju>'

const MESSAGES = {
  '00000': '成功',
  '00001': '查询成功，无记录',
  '10001': '报文格式错误',
  '10002': '数据项缺失或格式不符',
  '10003': '报文超长',
  '10004': '交易码不存在',
  '10005': '地址或方法错误',
  '10006': '游标无效',
  '20001': '业务编号重复',
  '20002': '未查到办件',
  '30001': '不予受理',
  '40001': '签名错误',
  '40002': '时间戳超出允许范围',
  '40003': '应用未登记',
  '90001': '系统异常',
  '90002': '系统维护中',
} as const

function reply(code: keyof typeof MESSAGES, content: string | null = null): WireReply {
  const told = tag('fanhuima', code) + tag('fanhuixinxi', MESSAGES[code])
  return {
    status: 200,
    headers: { 'content-type': 'application/xml;charset=UTF-8' },
    body: document(tag('xiangying', [told, content === null ? '' : tag('shuju', [content])])),
  }
}

const misfitAt = (path: string): WireReply => reply('10002', tag('cuowuxiang', path))

const PAGE = '<!DOCTYPE html><html><head><title>系统提示</title></head><body>系统繁忙，请稍后再试</body></html>'

export function openFuxin(context: Context): Protocol {
  const key = sharedSecret(context)

  /** The code of what is wrong with who calls, when, or how it is signed; null if nothing is. */
  function refuseCaller({ headers }: WireRequest, call: Call): '40001' | '40002' | '40003' | null {
    if (headers['x-fuxin-yingyong'] !== APPLICATION_ID) return '40003'
    const sentAt = String(headers['x-fuxin-shijian'] ?? '')
    const moment = readBeijingTime(sentAt, 'compact')
    if (moment === null || Math.abs(moment - context.now()) > TOLERANCE_MS) return '40002'
    const given = Buffer.from(String(headers['x-fuxin-qianming'] ?? ''))
    const signed = createHmac('sha256', key).update(`${sentAt}\n${call.code}\n`).update(call.signed).digest('hex')
    return given.length === signed.length && timingSafeEqual(given, Buffer.from(signed)) ? null : '40001'
  }

  const answers: Readonly<Record<string, (content: Element, desk: Desk) => Promise<WireReply> | WireReply>> = {
    '1001': (content, desk) => query(content, desk, context.now()),
    '1002': (content, desk) => apply(content, desk, context.now()),
    '1003': enquire,
    '1004': tell,
    '1009': (content) => (isEmpty(content) ? reply('00000', tag('xitongzhuangtai', '1')) : misfitAt(firstIn(content))),
  }

  return {
    broken: reply('90001'),
    truncated: { ...reply('00000'), body: Buffer.from('<?xml version="1.0" encoding="UTF-8"?>\n<xiangying><fanhui') },
    errorPage: {
      status: 200,
      headers: { 'content-type': 'text/html;charset=GBK' },
      body: iconv.encode(PAGE, 'gbk'),
    },
    maintenance: () => reply('90002'),
    push: null,
    tls: null,
    expireTokens: null,
    async handle(request, desk) {
      if (request.body === null) return reply('10003')
      if (request.path !== '/kytb/jieru' || request.method !== 'POST') return reply('10005')
      const call = readCall(request)
      if (call === null) return reply('10001')
      const refused = refuseCaller(request, call)
      if (refused !== null) return reply(refused)
      const answer = Object.hasOwn(answers, call.code) ? answers[call.code] : undefined
      return answer === undefined ? reply('10004') : answer(call.content, desk)
    },
  }
}

interface Call {
  readonly code: string
  readonly content: Element
  /** The bytes between the tags of the content. */
  readonly signed: Buffer
}

/** Null for what is no message. */
function readCall({ headers, body }: WireRequest): Call | null {
  const isXml = isMediaType(headers['content-type'], 'application/xml') && /;/.test(headers['content-type'] ?? '')
  const source = isXml && headers['content-encoding'] === undefined ? readUtf8(body!) : null
  // A decoder passes over a byte order mark.
  const root = source === null || body![0] === 0xef ? null : readXml(source)
  const [code, content, ...others] = ['jiaoyima', 'shuju'].map((name) =>
    root?.children.find((child) => child.name === name),
  )
  const from = body!.indexOf(OPENS)
  const to = body!.lastIndexOf(CLOSES)
  if (root?.name !== 'qingqiu' || root.children.length !== 2 || others.length > 0) return null
  if (code === undefined || content === undefined || code.children.length > 0 || from < 0 || to < from) return null
  return { code: code.text, content, signed: body!.subarray(from + OPENS.length, to) }
}

const isEmpty = ({ children, text }: Element): boolean => children.length === 0 && text === ''
const firstIn = ({ children, name }: Element): string => children[0]?.name ?? name

function query(content: Element, desk: Desk, now: number): WireReply {
  const read = readFuxinSubmission(content, now)
  if (read.kind === 'misfit') return misfitAt(read.path)
  const answer = desk.query(read.submission)
  switch (answer.kind) {
    case 'found':
      return reply('00000', tag('jieguo', [writeMembers(answer.result)]))
    case 'nothing-found':
      return reply('00001')
    case 'refused':
      return reply('30001', reasons(answer.refusals))
  }
}

async function apply(content: Element, desk: Desk, now: number): Promise<WireReply> {
  const read = readFuxinSubmission(content, now)
  if (read.kind === 'misfit') return misfitAt(read.path)
  const { reference, leg } = read.submission
  if (CASE_REFERENCE.exec(reference)?.[2] !== leg) return misfitAt('yewubianhao')
  const { entry, repeat } = await desk.apply(read.submission)
  if (repeat !== null) return reply('20001')
  return entry.outcome === 'refused'
    ? reply('30001', reasons(entry.refusals))
    : reply('00000', progress({ entry, last: null }))
}

/** The texts of the content by name, or the path of what does not fit. */
function textsOf(
  { children }: Element,
  required: Readonly<Record<string, RegExp>>,
  optional: Readonly<Record<string, RegExp>> = {},
): { readonly texts: ReadonlyMap<string, string> } | { readonly misfit: string } {
  const patterns = new Map([...Object.entries(required), ...Object.entries(optional)])
  const texts = new Map(children.map((child) => [child.name, child.text]))
  const wrong =
    children.find((child) => child.children.length > 0 || patterns.get(child.name)?.test(child.text) !== true)?.name ??
    Object.keys(required).find((name) => !texts.has(name))
  return wrong === undefined ? { texts } : { misfit: wrong }
}

async function enquire(content: Element, desk: Desk): Promise<WireReply> {
  const read = textsOf(content, { yewubianhao: REFERENCE })
  if ('misfit' in read) return misfitAt(read.misfit)
  const found = await desk.enquire(read.texts.get('yewubianhao')!)
  return found === null ? reply('20002') : reply('00000', progress(found))
}

function tell(content: Element, desk: Desk): WireReply {
  const read = textsOf(content, { tiaoshu: /^([1-9][0-9]?|100)$/ }, { youbiao: /^[A-Za-z0-9_-]{1,64}$/ })
  if ('misfit' in read) return misfitAt(read.misfit)
  const cursor = read.texts.get('youbiao') ?? null
  const upTo = (many: number): WireReply => {
    const page = desk.news(cursor, many)
    if (page === null) return reply('10006')
    const answer = reply('00000', news(page))
    return many === 1 || answer.body.length <= BODY_BYTES_MAX ? answer : upTo(Math.floor(many / 2))
  }
  return upTo(Number(read.texts.get('tiaoshu')))
}

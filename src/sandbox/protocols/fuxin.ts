// Speaks docs/wire/fuxin.md: XML with pinyin tags, signed over its bytes; in trouble an HTML page with status 200.

import { createHmac, timingSafeEqual } from 'node:crypto'
import iconv from 'iconv-lite'
import { readBeijingTime } from '../beijing-time.ts'
import type { Desk } from '../desk.ts'
import { news, progress, reasons } from './fuxin-answers.ts'
import { readFuxinSubmission } from './fuxin-body.ts'
import { writeMembers } from './fuxin-form.ts'
import { correct, takeFile, withdraw } from './fuxin-follow.ts'
import { misfitAt, reply, textsOf } from './fuxin-replies.ts'
import { type Element, readXml, tag } from './fuxin-xml.ts'
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
const FILES_PATH = '/kytb/cailiao'
/** 27 MiB: the largest file in Base64, and what stands around it. */
const FILE_MESSAGE_BYTES_MAX = 28_311_552
const OPENS = '<shuju>'
const CLOSES = '</shuju>'

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

  const answersAt: Readonly<Record<string, Answers>> = {
    '/kytb/jieru': {
      '1001': (content, desk) => query(content, desk, context.now()),
      '1002': (content, desk) => apply(content, desk, context.now()),
      '1003': enquire,
      '1004': tell,
      '1005': (content, desk) => correct(content, desk, context.now()),
      '1006': (content, desk) => withdraw(content, desk, context.now()),
      '1009': (content) =>
        isEmpty(content) ? reply('00000', tag('xitongzhuangtai', '1')) : misfitAt(firstIn(content)),
    },
    [FILES_PATH]: { '1007': takeFile },
  }

  return {
    broken: reply('90001'),
    bodyBytesMax: ({ path }) => (path === FILES_PATH ? FILE_MESSAGE_BYTES_MAX : BODY_BYTES_MAX),
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
      const answers = Object.hasOwn(answersAt, request.path) ? answersAt[request.path] : undefined
      if (answers === undefined || request.method !== 'POST') return reply('10005')
      const call = readCall(request)
      if (call === null) return reply('10001')
      const refused = refuseCaller(request, call)
      if (refused !== null) return reply(refused)
      const answer = Object.hasOwn(answers, call.code) ? answers[call.code] : undefined
      return answer === undefined ? reply('10004') : answer(call.content, desk)
    },
  }
}

type Answers = Readonly<Record<string, (content: Element, desk: Desk) => Promise<WireReply> | WireReply>>

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

// Speaks docs/wire/anshan.md: form-encoded requests signed with HMAC-SHA256 over the canonical query, answered in JSON.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Entry, Refusal, RefusalKind } from '../cases.ts'
import type { Desk } from '../desk.ts'
import { readAnshanSubmission } from './anshan-body.ts'
import { writeMembers } from './anshan-form.ts'
import { newsOf, readCursor } from './anshan-news.ts'
import { canonicalQuery, hasKeyTwice, type Pair, readPairs } from './anshan-pairs.ts'
import { CASE_REFERENCE, type Members, misfit, object, REFERENCE, text } from './shape.ts'
import { sharedSecret } from './secrets.ts'
import { type Context, isMediaType, type Protocol, type WireReply, type WireRequest } from './wire.ts'

const APP_ID = 'KYTB-GATEWAY'
const TOLERANCE_SECONDS = 90

const CODES = {
  0: [200, '成功'],
  1001: [200, '报文格式错误'],
  1002: [200, '参数缺失或不合法'],
  1003: [200, '游标无效'],
  2001: [200, '不予受理'],
  2002: [200, '外部办件编号重复'],
  2004: [200, '未查询到办件'],
  9000: [200, '系统内部错误'],
  40101: [401, '签名验证失败'],
  40102: [401, '应用标识或算法无效'],
  40103: [401, '请求时间超出允许范围'],
  40400: [404, '服务不存在'],
  40500: [405, '请求方法错误'],
  41300: [413, '请求内容过大'],
  41500: [415, '内容类型不支持'],
  50300: [503, '系统维护中'],
} as const

const REASON_CODES: Readonly<Record<RefusalKind, string>> = {
  item: '6101',
  competence: '6102',
  identifier: '6103',
  incomplete: '6104',
  applicant: '6105',
}

function reply(retcode: keyof typeof CODES, data?: object): WireReply {
  const [status, retmsg] = CODES[retcode]
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    body: Buffer.from(JSON.stringify({ retcode, retmsg, data })),
  }
}

const misfitAt = (key: string): WireReply => reply(1002, { key })

const withHeaders = (said: WireReply, headers: WireReply['headers']): WireReply => ({
  ...said,
  headers: { ...said.headers, ...headers },
})

const reasons = (refusals: readonly Refusal[]) =>
  refusals.map(({ kind, message }) => ({ reason_code: REASON_CODES[kind], reason_text: message }))

type Answer = (pairs: readonly Pair[], desk: Desk, now: number) => Promise<WireReply>
interface Call {
  readonly method: 'GET' | 'POST'
  readonly answer: Answer
}

/** A call that has its parameters in the query string. */
const get = (
  required: Members,
  optional: Members,
  answer: (parameters: Readonly<Record<string, string>>, desk: Desk) => Promise<WireReply>,
): Call => ({
  method: 'GET',
  async answer(pairs, desk) {
    const parameters = Object.fromEntries(pairs)
    const wrong = misfit(parameters, object(required, optional))
    return wrong === null ? answer(parameters, desk) : misfitAt(wrong.slice(1))
  },
})

const CALLS: Readonly<Record<string, readonly Call[]>> = {
  '/kytb/v1/queries': [{ method: 'POST', answer: query }],
  '/kytb/v1/applications': [
    { method: 'POST', answer: apply },
    get({ outer_no: text(REFERENCE) }, {}, (parameters, desk) => enquire(parameters['outer_no']!, desk)),
  ],
  '/kytb/v1/news': [get({ limit: text(/^(100|[1-9][0-9]?)$/) }, { cursor: text(/^[A-Za-z0-9+/=]{1,128}$/) }, tellNews)],
  '/kytb/v1/health': [get({}, {}, () => Promise.resolve(reply(0, { status: '1' })))],
}

export function openAnshan(context: Context): Protocol {
  const appKey = sharedSecret(context)
  return {
    broken: reply(9000),
    truncated: { ...reply(0), body: Buffer.from('{"retcode":0,"retmsg":"成') },
    maintenance: () => withHeaders(reply(50300), { 'retry-after': '60' }),
    push: null,
    tls: null,
    expireTokens: null,
    async handle(request, desk) {
      const [path, query] = parted(request.path)
      const calls = Object.hasOwn(CALLS, path) ? CALLS[path]! : []
      const call = calls.find(({ method }) => method === request.method)
      if (calls.length === 0) return reply(40400)
      if (call === undefined) {
        return withHeaders(reply(40500), { allow: calls.map(({ method }) => method).join(', ') })
      }
      if (request.body === null) return reply(41300)
      const parameters = readPairs(query)
      const refused = refuseHeaders(request, path, parameters ?? [], appKey, context.now())
      if (refused !== null) return refused
      return call.method === 'GET'
        ? answerGet(call, request, parameters, desk, context.now())
        : answerPost(call, request, parameters, desk, context.now())
    },
  }
}

function parted(target: string): readonly [path: string, query: string] {
  const at = target.indexOf('?')
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)]
}

/** What speaks against the headers, in the order of the document; null if nothing does. */
function refuseHeaders(
  { method, headers, body }: WireRequest,
  path: string,
  parameters: readonly Pair[],
  appKey: string,
  now: number,
): WireReply | null {
  if (headers['x-as-app-id'] !== APP_ID || headers['x-as-algorithm'] !== 'HMAC-SHA256') return reply(40102)
  const date = headers.date ?? ''
  const moment = Date.parse(date)
  const second = Math.floor(now / 1000) * 1000
  const isFixdate = !Number.isNaN(moment) && new Date(moment).toUTCString() === date
  if (!isFixdate || Math.abs(moment - second) > TOLERANCE_SECONDS * 1000) {
    return reply(40103, {
      server_time: new Date(second).toUTCString(),
      tolerance_seconds: String(TOLERANCE_SECONDS),
    })
  }
  const digest = createHash('sha256')
    .update(method === 'GET' ? '' : body!)
    .digest('hex')
  const signed = [method, path, canonicalQuery(parameters), APP_ID, date, digest].join('\n')
  const expected = Buffer.from(createHmac('sha256', appKey).update(signed).digest('base64'))
  const given = Buffer.from(String(headers['x-as-signature'] ?? ''))
  return given.length === expected.length && timingSafeEqual(given, expected) ? null : reply(40101)
}

async function answerGet(
  call: Call,
  { headers, body }: WireRequest,
  parameters: readonly Pair[] | null,
  desk: Desk,
  now: number,
): Promise<WireReply> {
  if (parameters === null || hasKeyTwice(parameters)) return reply(1001)
  if (body!.length > 0 || headers['content-type'] !== undefined) return reply(1001)
  return call.answer(parameters, desk, now)
}

async function answerPost(
  call: Call,
  { headers, body }: WireRequest,
  parameters: readonly Pair[] | null,
  desk: Desk,
  now: number,
): Promise<WireReply> {
  const isForm = isMediaType(headers['content-type'], 'application/x-www-form-urlencoded')
  if (!isForm || headers['content-encoding'] !== undefined) return reply(41500)
  const pairs = readPairs(body!.toString('latin1'))
  if (pairs === null || hasKeyTwice(pairs) || parameters === null) return reply(1001)
  const [unnamed] = parameters
  return unnamed === undefined ? call.answer(pairs, desk, now) : misfitAt(unnamed[0])
}

async function query(pairs: readonly Pair[], desk: Desk, now: number): Promise<WireReply> {
  const read = readAnshanSubmission(pairs, now)
  if (read.kind !== 'read') return read.kind === 'gap' ? reply(1001) : misfitAt(read.key)
  const answer = desk.query(read.submission)
  switch (answer.kind) {
    case 'found':
      return reply(0, { exist: '1', result: writeMembers(answer.result) })
    case 'nothing-found':
      return reply(0, { exist: '0' })
    case 'refused':
      return reply(2001, { reasons: reasons(answer.refusals) })
  }
}

async function apply(pairs: readonly Pair[], desk: Desk, now: number): Promise<WireReply> {
  const read = readAnshanSubmission(pairs, now)
  if (read.kind !== 'read') return read.kind === 'gap' ? reply(1001) : misfitAt(read.key)
  const { reference, leg } = read.submission
  if (CASE_REFERENCE.exec(reference)?.[2] !== leg) return misfitAt('outer_no')
  const { entry, repeat } = await desk.apply(read.submission)
  if (repeat !== null) return reply(2002)
  return entry.outcome === 'refused' ? reply(2001, { reasons: reasons(entry.refusals) }) : reply(0, statusOf(entry))
}

async function enquire(reference: string, desk: Desk): Promise<WireReply> {
  const progress = await desk.enquire(reference)
  return progress === null ? reply(2004) : reply(0, statusOf(progress.entry))
}

function statusOf(entry: Entry): object {
  return entry.outcome === 'taken'
    ? { outer_no: entry.reference, case_no: entry.backendCaseNo, status: '10' }
    : { outer_no: entry.reference, status: '22', reasons: reasons(entry.refusals) }
}

async function tellNews(parameters: Readonly<Record<string, string>>, desk: Desk): Promise<WireReply> {
  const cursor = parameters['cursor'] === undefined ? null : readCursor(parameters['cursor'])
  const page = cursor === undefined ? null : desk.news(cursor, Number(parameters['limit']))
  return page === null ? reply(1003) : reply(0, newsOf(page))
}

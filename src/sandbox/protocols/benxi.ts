// Speaks docs/wire/benxi.md: JSON signed with HMAC-SM3 and a nonce, always HTTP 200, with a code that is a number or a text.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Entry } from '../cases.ts'
import type { Desk } from '../desk.ts'
import { OF_APPLICATION, readBenxiSubmission } from './benxi-body.ts'
import { writeMembers } from './benxi-form.ts'
import { correct, lackingFile, withdraw, WITHDRAWAL } from './benxi-later.ts'
import { newsOf, readCursor } from './benxi-news.ts'
import { openNonces } from './benxi-nonces.ts'
import { type Answer, MESSAGES, misfitAt, type Params, reasons, type Said } from './benxi-said.ts'
import { CASE_REFERENCE, integer, isObject, type Members, misfit, object, REFERENCE, text } from './shape.ts'
import { sharedSecret } from './secrets.ts'
import { type Context, isMediaType, type Protocol, readJsonObject, type WireReply, type WireRequest } from './wire.ts'

const TOKEN = 'BX-KYTB-210100-01'
const TOLERANCE_MS = 300_000
/** How long the enquiry register is behind the intake; the document allows 5 s. */
const ENQUIRY_LAG_MS = 2000

/** A call whose members are all texts. */
const plain =
  (required: Members, optional: Members, answer: Answer): Answer =>
  async (params, desk, now) => {
    const wrong = misfit(params, object(required, optional))
    return wrong === null ? answer(params, desk, now) : misfitAt(wrong.slice(1))
  }

const ANSWERS: Readonly<Record<string, Answer>> = {
  '/bxkytb/rest/query': query,
  '/bxkytb/rest/apply': apply,
  '/bxkytb/rest/enquire': plain({ REF_NO: text(REFERENCE) }, {}, enquire),
  '/bxkytb/rest/correct': correct,
  '/bxkytb/rest/withdraw': plain(WITHDRAWAL.required, WITHDRAWAL.optional, withdraw),
  '/bxkytb/rest/news': tellNews,
  '/bxkytb/rest/health': plain({}, {}, () => Promise.resolve({ code: 1, data: { STATUS: 'UP' } })),
}

export function openBenxi(context: Context): Protocol {
  const appKey = sharedSecret(context)
  const nonces = openNonces(context.now)
  let answers = 0

  /** Whatever a caller must not rely on changes from answer to answer. */
  function reply(said: Said): WireReply {
    answers += 1
    return answers % 2 === 0 ? write(said, String(said.code)) : write(said, said.code, answers % 3 !== 0)
  }

  async function decide(request: WireRequest, desk: Desk): Promise<Said> {
    const answer = Object.hasOwn(ANSWERS, request.path) ? ANSWERS[request.path]! : null
    if (answer === null || request.method !== 'POST') return { code: 1404 }
    if (request.body === null) return { code: 1004 }
    const params = readEnvelope(request)
    if (typeof params === 'number') return { code: params }
    const refused = refuseHeaders(request, appKey, context.now())
    if (refused !== null) return { code: refused }
    const nonce = nonces.use(String(request.headers['x-bx-nonce']))
    if (nonce !== 'new') return { code: nonce === 'used' ? 4013 : 9003 }
    return answer(params, desk, context.now())
  }

  return {
    broken: write({ code: -1 }, -1),
    truncated: { ...write({ code: 1 }, 1), body: Buffer.from('{"code":1,"success":true,"msg":"操') },
    maintenance: () => reply({ code: 9002 }),
    push: null,
    tls: null,
    expireTokens: null,
    handle: async (request, desk) => reply(await decide(request, desk)),
  }
}

/** `success` says that the interface ran; a text as `code` comes without the `data` that would be null. */
function write({ code, msg, data }: Said, written: number | string, tellsSuccess = true): WireReply {
  const success = tellsSuccess ? { success: code === 1 || code === 0 } : {}
  const nothing = typeof written === 'number' ? null : undefined
  return {
    status: 200,
    headers: { 'content-type': 'application/json;charset=UTF-8' },
    body: Buffer.from(JSON.stringify({ code: written, ...success, msg: msg ?? MESSAGES[code], data: data ?? nothing })),
  }
}

/** `params` of the body, or the code that it is refused with. */
function readEnvelope({ headers, body }: WireRequest): Params | 1001 | 4010 {
  if (!isMediaType(headers['content-type'], 'application/json') || headers['content-encoding'] !== undefined)
    return 1001
  const hasMark = body!.subarray(0, 3).equals(Buffer.of(0xef, 0xbb, 0xbf))
  const envelope = hasMark ? null : readJsonObject(body!)
  if (envelope === null || Object.keys(envelope).sort().join() !== 'params,token') return 1001
  const { token, params } = envelope
  if (typeof token !== 'string' || !isObject(params)) return 1001
  return token === TOKEN ? params : 4010
}

/** What speaks against the headers, in the order of the document; null if nothing does. */
function refuseHeaders({ path, headers, body }: WireRequest, appKey: string, now: number): 4011 | 4012 | null {
  const timestamp = String(headers['x-bx-timestamp'] ?? '')
  if (!/^[0-9]{13}$/.test(timestamp) || Math.abs(Number(timestamp) - now) > TOLERANCE_MS) return 4012
  const nonce = String(headers['x-bx-nonce'] ?? '')
  if (!/^[0-9A-Za-z]{16,64}$/.test(nonce)) return 4011
  const digest = createHash('sm3').update(body!).digest('hex')
  const signed = `body=${digest}&nonce=${nonce}&path=${path}&timestamp=${timestamp}&token=${TOKEN}`
  const expected = Buffer.from(createHmac('sm3', appKey).update(signed).digest('hex'))
  const given = Buffer.from(String(headers['x-bx-sign'] ?? ''))
  return given.length === expected.length && timingSafeEqual(given, expected) ? null : 4011
}

async function query(params: Params, desk: Desk, now: number): Promise<Said> {
  const read = readBenxiSubmission(params, now, OF_APPLICATION)
  if (read.kind === 'misfit') return misfitAt(read.field)
  const answer = desk.query(read.submission)
  switch (answer.kind) {
    case 'found':
      // What is absent may be told as null.
      return { code: 1, data: { RESULT: { VERIFICATION_CODE: null, ...writeMembers(answer.result) } } }
    case 'nothing-found':
      return { code: 1, msg: '未查询到相关信息' }
    case 'refused':
      return { code: 0, data: { REASONS: reasons(answer.refusals) } }
  }
}

async function apply(params: Params, desk: Desk, now: number): Promise<Said> {
  const read = readBenxiSubmission(params, now, OF_APPLICATION)
  if (read.kind === 'misfit') return misfitAt(read.field)
  const { reference, leg } = read.submission
  if (CASE_REFERENCE.exec(reference)?.[2] !== leg) return misfitAt('REF_NO')
  const lacking = await lackingFile(read.links, reference, desk)
  if (lacking !== null) return lacking
  const { entry, repeat } = await desk.apply(read.submission)
  if (repeat !== null) return { code: 1409 }
  return entry.outcome === 'refused'
    ? { code: 0, data: { REASONS: reasons(entry.refusals) } }
    : { code: 1, msg: '收件成功', data: statusOf(entry) }
}

async function enquire(params: Params, desk: Desk): Promise<Said> {
  const progress = await desk.enquire(String(params['REF_NO']))
  // The same clock wrote the time of the entry, so a skewed one makes no difference.
  const isListed = progress !== null && Date.now() - Date.parse(progress.entry.at) >= ENQUIRY_LAG_MS
  return isListed ? { code: 1, data: statusOf(progress.entry) } : { code: 1 }
}

function statusOf(entry: Entry): object {
  return entry.outcome === 'taken'
    ? { REF_NO: entry.reference, CASE_NO: entry.backendCaseNo, STATE: 'A', SUB_STATE: '1' }
    : { REF_NO: entry.reference, STATE: 'A', SUB_STATE: '4', REASONS: reasons(entry.refusals) }
}

async function tellNews(params: Params, desk: Desk): Promise<Said> {
  const wrong = misfit(params, object({ LIMIT: integer }, { CURSOR: text(/^[A-Za-z0-9_-]{1,64}$/) }))
  if (wrong !== null) return misfitAt(wrong.slice(1))
  const { LIMIT: limit, CURSOR: written } = params as { readonly LIMIT: number; readonly CURSOR?: string }
  if (limit < 1 || limit > 100) return misfitAt('LIMIT')
  const cursor = written === undefined ? null : readCursor(written)
  const page = cursor === undefined ? null : desk.news(cursor, limit)
  if (page === null) return { code: 1003 }
  const data = newsOf(page)
  return data === null ? { code: 1 } : { code: 1, data }
}

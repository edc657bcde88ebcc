// Answers Shenfu's calls once it is known who calls, as docs/wire/shenfu.md says; honours the caller's reference.

import { createHash } from 'node:crypto'
import type { Refusal, RefusalKind } from '../cases.ts'
import type { Desk } from '../desk.ts'
import { readQuestion } from './ledger-question.ts'
import { fetchFiles, type Link } from './links.ts'
import { CASE_REFERENCE, misfit, object, REFERENCE, text, words } from './shape.ts'
import { type More, OF_APPLICATION, OF_CORRECTION, readShenfuSubmission, TIME } from './shenfu-body.ts'
import { type Context, isMediaType, readJsonObject, type WireReply, type WireRequest } from './wire.ts'

const LEDGER_PATH = '/v1/applications?'
const CASE_PATH = '/v1/applications/by-reference/'

const REASON_CODES: Readonly<Record<RefusalKind, string>> = {
  item: 'ITEM_NOT_HANDLED',
  competence: 'NOT_COMPETENT',
  identifier: 'APPLICANT_INVALID',
  incomplete: 'FORM_INCOMPLETE',
  applicant: 'APPLICANT_REFUSED',
}

const json = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): WireReply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: Buffer.from(JSON.stringify(body)),
})

export const failure = (status: number, code: string, message: string, field?: string): WireReply =>
  json(status, { error: { code, message, ...(field === undefined ? {} : { field }) } })

const reasons = (refusals: readonly Refusal[]) =>
  refusals.map(({ kind, message }) => ({ code: REASON_CODES[kind], message }))

/** An answer that breaks off. */
export const TRUNCATED: WireReply = { ...json(200, {}), body: Buffer.from('{"caseNo":"211500-20') }

export async function answerShenfuCall(context: Context, request: WireRequest, desk: Desk): Promise<WireReply> {
  const now = context.now()
  if (request.path === '/v1/queries') return submitted(request, now, OF_APPLICATION, (read) => query(read, desk))
  if (request.path === '/v1/applications') return submitted(request, now, OF_APPLICATION, (read) => apply(read, desk))
  if (request.path.startsWith(LEDGER_PATH)) return get(request, () => ledger(request.path, desk))
  if (request.path === '/v1/health') {
    const { city } = context.place
    return get(request, () => json(200, { status: 'ok', city, time: new Date(now).toISOString() }))
  }
  if (request.path.startsWith(CASE_PATH)) return answerAboutCase(request, desk, now)
  return failure(404, 'NOT_FOUND', '没有这个地址')
}

async function get(request: WireRequest, answer: () => WireReply | Promise<WireReply>): Promise<WireReply> {
  return request.method === 'GET' ? answer() : notAllowed('GET')
}

const notAllowed = (allow: string): WireReply => ({
  ...failure(405, 'METHOD_NOT_ALLOWED', `只支持 ${allow}`),
  headers: { 'content-type': 'application/json; charset=utf-8', allow },
})

type Body = Readonly<Record<string, unknown>>
type Read = Extract<ReturnType<typeof readShenfuSubmission>, { readonly kind: 'read' }> & { readonly body: Body }

/** What every POST has in common. */
async function post(request: WireRequest, then: (body: Body) => Promise<WireReply>): Promise<WireReply> {
  if (request.method !== 'POST') return notAllowed('POST')
  if (!isMediaType(request.headers['content-type'], 'application/json') || 'content-encoding' in request.headers) {
    return failure(415, 'MEDIA_TYPE', '只接受 application/json')
  }
  if (request.body === null) return failure(413, 'TOO_LARGE', '请求体过大')
  const body = readJsonObject(request.body)
  if (body === null) return malformed('')
  if (typeof body['reference'] === 'string' && !REFERENCE.test(body['reference'])) {
    return failure(400, 'REFERENCE_INVALID', 'reference 格式错误')
  }
  if ('reference' in body && request.headers['reference'] !== body['reference']) {
    return failure(400, 'REFERENCE_INVALID', 'Reference 请求头缺失或与 reference 不一致')
  }
  return then(body)
}

const LEDGER_TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/
const timeOf = (text: string): number | null => (LEDGER_TIME.test(text) ? Date.parse(text) : null)

function ledger(path: string, desk: Desk): WireReply {
  const question = readQuestion(path.slice(LEDGER_PATH.length), timeOf, 'after')
  if (question.kind === 'misfit') return malformed(question.name)
  const page = desk.ledger(question.asked)
  if (page === null) return failure(400, 'CURSOR_UNKNOWN', 'after 不是本接口给出的值')
  const { total, entries, next } = page
  const applications = entries.map(({ reference, backendCaseNo, at }) => ({
    reference,
    caseNo: backendCaseNo,
    takenAt: new Date(at).toISOString(),
  }))
  return json(200, { total, applications, ...(next === null ? {} : { next }) })
}

const malformed = (field: string): WireReply => failure(400, 'MALFORMED', '成员缺失、未知或格式错误', field)

function submitted(
  request: WireRequest,
  now: number,
  more: More,
  then: (read: Read) => Promise<WireReply>,
): Promise<WireReply> {
  return post(request, async (body) => {
    const read = readShenfuSubmission(body, now, more)
    return read.kind === 'misfit' ? malformed(read.field) : then({ ...read, body })
  })
}

async function query({ submission }: Read, desk: Desk): Promise<WireReply> {
  const answer = desk.query(submission)
  switch (answer.kind) {
    case 'found':
      return json(200, { found: true, result: answer.result })
    case 'nothing-found':
      return json(200, { found: false })
    case 'refused':
      return json(422, { reasons: reasons(answer.refusals) })
  }
}

async function apply({ submission, links }: Read, desk: Desk): Promise<WireReply> {
  const { reference, leg } = submission
  if (CASE_REFERENCE.exec(reference)?.[2] !== leg)
    return failure(400, 'REFERENCE_INVALID', 'reference 应为 办件编号.环节')
  const lacking = await lackingFile(links, reference, desk)
  if (lacking !== null) return lacking
  const { entry, repeat } = await desk.apply(submission)
  if (repeat === 'other-content') return failure(409, 'REFERENCE_REUSED', '该 reference 已用于另一份内容')
  if (entry.outcome === 'refused') return json(422, { reasons: reasons(entry.refusals) })
  const taken = { caseNo: entry.backendCaseNo, status: 'received' }
  return repeat === null ? json(201, taken, { location: `${CASE_PATH}${reference}` }) : json(200, taken)
}

/** Fetches what is linked; what speaks against the message if that cannot be done. */
async function lackingFile(links: readonly Link[], reference: string, desk: Desk): Promise<WireReply | null> {
  const fetched = await fetchFiles(links, reference, desk)
  switch (fetched.kind) {
    case 'all-here':
      return null
    case 'other-content':
      return malformed(`/materials/${fetched.place}/sha256`)
    case 'not-fetched':
      return failure(424, 'FILE_NOT_FETCHED', '未能按地址取得材料', `/materials/${fetched.place}/url`)
  }
}

async function answerAboutCase(request: WireRequest, desk: Desk, now: number): Promise<WireReply> {
  const [reference = '', call, ...rest] = request.path.slice(CASE_PATH.length).split('/')
  if (call === 'results' && rest.length === 1) return get(request, () => result(reference, rest[0] ?? '', desk))
  if (rest.length > 0) return failure(404, 'NOT_FOUND', '没有这个地址')
  switch (call) {
    case undefined:
      return get(request, () => enquire(reference, desk))
    case 'corrections':
      return submitted(request, now, OF_CORRECTION, (read) =>
        read.submission.reference === reference ? correct(read, desk) : Promise.resolve(notOfPath),
      )
    case 'withdrawal':
      return post(request, (body) =>
        body['reference'] === reference ? withdraw(body, desk) : Promise.resolve(notOfPath),
      )
    default:
      return failure(404, 'NOT_FOUND', '没有这个地址')
  }
}

const notOfPath = failure(400, 'REFERENCE_INVALID', 'reference 与地址不一致')
const unknown = failure(404, 'REFERENCE_UNKNOWN', '没有这个 reference')

async function enquire(reference: string, desk: Desk): Promise<WireReply> {
  if (!REFERENCE.test(reference)) return failure(400, 'REFERENCE_INVALID', 'reference 格式错误')
  const progress = await desk.enquire(reference)
  if (progress === null) return unknown
  const { entry } = progress
  return entry.outcome === 'taken'
    ? json(200, { reference, caseNo: entry.backendCaseNo, status: 'received' })
    : json(200, { reference, status: 'refused', reasons: reasons(entry.refusals) })
}

/** The file of a certificate, as long as the city provides it. */
function result(reference: string, code: string, desk: Desk): WireReply {
  const file = desk.resultFile(reference, decodeURIComponent(code))
  if (file === null) return failure(404, 'RESULT_NOT_PROVIDED', '没有这份文件，或已不再提供')
  const digest = createHash('sha256').update(file).digest('base64')
  return {
    status: 200,
    headers: { 'content-type': 'application/pdf', 'content-digest': `sha-256=:${digest}:` },
    body: file,
  }
}

const CORRECTIONS_MAX = 99

async function correct({ submission, links, body }: Read, desk: Desk): Promise<WireReply> {
  const { correctionNo, caseNo = null } = body as { readonly correctionNo: number; readonly caseNo?: string }
  if (correctionNo < 1 || correctionNo > CORRECTIONS_MAX) return malformed('/correctionNo')
  if ((await desk.enquire(submission.reference)) === null) return unknown
  const lacking = await lackingFile(links, submission.reference, desk)
  if (lacking !== null) return lacking
  const corrected = await desk.correct({ submission, correctionNo, backendCaseNo: caseNo })
  switch (corrected.kind) {
    case 'taken':
      return json(corrected.isRepeat ? 200 : 201, { correctionNo, status: corrected.status })
    case 'refused':
      return json(422, { reasons: reasons(corrected.refusals) })
    case 'not-asked-for':
      return failure(409, 'CORRECTION_NOT_AWAITED', '该办件当前不需补正')
    case 'out-of-order':
      return failure(409, 'CORRECTION_OUT_OF_ORDER', `补正序号应为 ${corrected.expected}`)
    case 'other-content':
      return failure(409, 'CORRECTION_REUSED', '该补正序号已用于另一份内容')
    case 'unknown':
      return unknown
  }
}

const WITHDRAWAL = object(
  { reference: text(REFERENCE), takenAt: TIME },
  { caseNo: words(80), reason: text(/^.{1,200}$/su) },
)

async function withdraw(body: Body, desk: Desk): Promise<WireReply> {
  const wrong = misfit(body, WITHDRAWAL)
  if (wrong !== null) return malformed(wrong)
  const {
    reference,
    caseNo = null,
    reason = null,
  } = body as {
    readonly reference: string
    readonly caseNo?: string
    readonly reason?: string
  }
  const withdrawn = await desk.withdraw({ reference, backendCaseNo: caseNo, reason })
  switch (withdrawn.kind) {
    case 'withdrawn':
      return json(200, { status: 'withdrawn' })
    case 'too-late':
      return failure(409, 'TOO_LATE', '该办件已作出决定或已结束，不能撤回')
    case 'unknown':
      return unknown
  }
}

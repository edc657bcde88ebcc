// Answers Shenfu's calls once it is known who calls, as docs/wire/shenfu.md says; honours the caller's reference.

import type { Refusal, RefusalKind } from '../cases.ts'
import type { Desk } from '../desk.ts'
import type { CitySubmission } from '../submission.ts'
import { CASE_REFERENCE, REFERENCE } from './shape.ts'
import { readShenfuSubmission } from './shenfu-body.ts'
import { type Context, isMediaType, readJsonObject, type WireReply, type WireRequest } from './wire.ts'

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
  if (request.path === '/v1/queries') return post(request, query, desk, context.now())
  if (request.path === '/v1/applications') return post(request, apply, desk, context.now())
  if (request.path === '/v1/health') {
    const { city } = context.place
    return get(request, () => json(200, { status: 'ok', city, time: new Date(context.now()).toISOString() }))
  }
  if (request.path.startsWith(CASE_PATH)) {
    return get(request, () => enquire(request.path.slice(CASE_PATH.length), desk))
  }
  return failure(404, 'NOT_FOUND', '没有这个地址')
}

async function get(request: WireRequest, answer: () => WireReply | Promise<WireReply>): Promise<WireReply> {
  return request.method === 'GET' ? answer() : notAllowed('GET')
}

const notAllowed = (allow: string): WireReply => ({
  ...failure(405, 'METHOD_NOT_ALLOWED', `只支持 ${allow}`),
  headers: { 'content-type': 'application/json; charset=utf-8', allow },
})

async function post(
  request: WireRequest,
  then: (submission: CitySubmission, desk: Desk) => Promise<WireReply>,
  desk: Desk,
  now: number,
): Promise<WireReply> {
  if (request.method !== 'POST') return notAllowed('POST')
  if (!isMediaType(request.headers['content-type'], 'application/json') || 'content-encoding' in request.headers) {
    return failure(415, 'MEDIA_TYPE', '只接受 application/json')
  }
  if (request.body === null) return failure(413, 'TOO_LARGE', '请求体过大')
  const body = readJsonObject(request.body)
  if (body === null) return failure(400, 'MALFORMED', '请求体不是 JSON 对象', '')
  const read = readShenfuSubmission(body, now)
  if (read.kind === 'misfit') {
    return read.field === '/reference'
      ? failure(400, 'REFERENCE_INVALID', 'reference 格式错误')
      : failure(400, 'MALFORMED', '成员缺失、未知或格式错误', read.field)
  }
  if (request.headers['reference'] !== read.submission.reference) {
    return failure(400, 'REFERENCE_INVALID', 'Reference 请求头缺失或与 reference 不一致')
  }
  return then(read.submission, desk)
}

async function query(submission: CitySubmission, desk: Desk): Promise<WireReply> {
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

async function apply(submission: CitySubmission, desk: Desk): Promise<WireReply> {
  const { reference, leg } = submission
  if (CASE_REFERENCE.exec(reference)?.[2] !== leg)
    return failure(400, 'REFERENCE_INVALID', 'reference 应为 办件编号.环节')
  const { entry, repeat } = await desk.apply(submission)
  if (repeat === 'other-content') return failure(409, 'REFERENCE_REUSED', '该 reference 已用于另一份内容')
  if (entry.outcome === 'refused') return json(422, { reasons: reasons(entry.refusals) })
  const taken = { caseNo: entry.backendCaseNo, status: 'received' }
  return repeat === null ? json(201, taken, { location: `${CASE_PATH}${reference}` }) : json(200, taken)
}

async function enquire(reference: string, desk: Desk): Promise<WireReply> {
  if (!REFERENCE.test(reference)) return failure(400, 'REFERENCE_INVALID', 'reference 格式错误')
  const progress = await desk.enquire(reference)
  if (progress === null) return failure(404, 'REFERENCE_UNKNOWN', '没有这个 reference')
  const { entry } = progress
  return entry.outcome === 'taken'
    ? json(200, { reference, caseNo: entry.backendCaseNo, status: 'received' })
    : json(200, { reference, status: 'refused', reasons: reasons(entry.refusals) })
}

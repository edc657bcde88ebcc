// Speaks docs/wire/shenfu.md: JSON over HTTP with an API key; honours the caller's reference.

import { timingSafeEqual } from 'node:crypto'
import type { SubmissionBody } from '../../domain/submission.ts'
import type { Refusal, RefusalKind } from '../cases.ts'
import type { Desk } from '../desk.ts'
import { anyObject, CASE_REFERENCE, list, misfit, object, REFERENCE, type Shape, text, words } from './shape.ts'
import type { CitySubmission } from '../submission.ts'
import { sharedSecret } from './secrets.ts'
import { type Context, isMediaType, type Protocol, readJsonObject, type WireReply, type WireRequest } from './wire.ts'

const FUTURE_MS_MAX = 300_000
const CASE_PATH = '/v1/applications/by-reference/'

const REASON_CODES: Readonly<Record<RefusalKind, string>> = {
  item: 'ITEM_NOT_HANDLED',
  competence: 'NOT_COMPETENT',
  identifier: 'APPLICANT_INVALID',
  incomplete: 'FORM_INCOMPLETE',
  applicant: 'APPLICANT_REFUSED',
}

const CERTIFIED = { name: words(100), certType: text(/^[0-9]{3}$/), certNo: text(/^[A-Za-z0-9]{1,18}$/) }
const MOBILE = text(/^1[3-9][0-9]{9}$/)
const KEY = text(/^[a-z][a-z0-9-]{0,79}$/)

const PERSON = object(
  { type: text(/^person$/), ...CERTIFIED, mobile: MOBILE },
  { address: words(200), postalCode: text(/^[0-9]{6}$/) },
)
const ORGANIZATION = object(
  {
    type: text(/^organization$/),
    name: words(200),
    uscc: text(/^[0-9A-Z]{18}$/),
    legalRepresentative: object(CERTIFIED),
    contact: object({ name: words(100), mobile: MOBILE }),
  },
  { address: words(200) },
)
const AGENT = object({
  ...CERTIFIED,
  mobile: MOBILE,
  authorization: object({ kind: KEY }, { reference: words(60), until: text(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/) }),
})

const submissionShape = (applicant: Shape): Shape =>
  object(
    { reference: text(REFERENCE), item: KEY, leg: KEY, takenAt: text(/^[0-9T:.-]{23}Z$/), applicant, form: anyObject },
    {
      relatedCaseNo: words(80),
      handlingMode: text(/^(full-online|collect-and-forward|joint)$/),
      collectingCity: KEY,
      agent: AGENT,
      purpose: text(/^.{1,200}$/su),
      identityCheck: object({ how: KEY, at: words(35) }),
      materials: list(
        object({ code: KEY, held: text(/^(uploaded|seenAtWindow|commitment|sharedData)$/) }, { materialId: words(80) }),
        100,
      ),
    },
  )
const OF_PERSON = submissionShape(PERSON)
const OF_ORGANIZATION = submissionShape(ORGANIZATION)

const json = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): WireReply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: Buffer.from(JSON.stringify(body)),
})

const failure = (status: number, code: string, message: string, field?: string): WireReply =>
  json(status, { error: { code, message, ...(field === undefined ? {} : { field }) } })

const reasons = (refusals: readonly Refusal[]) =>
  refusals.map(({ kind, message }) => ({ code: REASON_CODES[kind], message }))

export function openShenfu(context: Context): Protocol {
  const { city } = context.place
  const expected = Buffer.from(`Bearer ${sharedSecret(context)}`)

  function mayCall(request: WireRequest): boolean {
    const given = Buffer.from(request.headers.authorization ?? '')
    return given.length === expected.length && timingSafeEqual(given, expected)
  }

  return {
    broken: failure(500, 'INTERNAL', '系统内部错误'),
    truncated: { ...json(200, {}), body: Buffer.from('{"caseNo":"211500-20') },
    push: null,
    tls: null,
    expireTokens: null,
    async handle(request, desk) {
      if (!mayCall(request)) return failure(401, 'UNAUTHORIZED', 'API 密钥缺失或错误')
      if (request.path === '/v1/queries') return post(request, query, desk)
      if (request.path === '/v1/applications') return post(request, apply, desk)
      if (request.path === '/v1/health') {
        return get(request, () =>
          Promise.resolve(json(200, { status: 'ok', city, time: new Date(context.now()).toISOString() })),
        )
      }
      if (request.path.startsWith(CASE_PATH)) {
        return get(request, () => enquire(request.path.slice(CASE_PATH.length), desk))
      }
      return failure(404, 'NOT_FOUND', '没有这个地址')
    },
  }
}

function get(request: WireRequest, answer: () => Promise<WireReply>): Promise<WireReply> {
  return request.method === 'GET' ? answer() : Promise.resolve(notAllowed('GET'))
}

const notAllowed = (allow: string): WireReply => ({
  ...failure(405, 'METHOD_NOT_ALLOWED', `只支持 ${allow}`),
  headers: { 'content-type': 'application/json; charset=utf-8', allow },
})

async function post(
  request: WireRequest,
  then: (submission: CitySubmission, desk: Desk) => Promise<WireReply>,
  desk: Desk,
): Promise<WireReply> {
  if (request.method !== 'POST') return notAllowed('POST')
  if (!isMediaType(request.headers['content-type'], 'application/json')) {
    return failure(415, 'MEDIA_TYPE', '只接受 application/json')
  }
  if (request.body === null) return failure(413, 'TOO_LARGE', '请求体过大')
  const body = readJsonObject(request.body)
  if (body === null) return failure(400, 'MALFORMED', '请求体不是 JSON 对象', '')
  const applicant = body['applicant'] as { readonly type?: unknown } | undefined
  const wrong = misfit(body, applicant?.type === 'organization' ? OF_ORGANIZATION : OF_PERSON)
  if (wrong === '/reference') return failure(400, 'REFERENCE_INVALID', 'reference 格式错误')
  if (wrong !== null) return failure(400, 'MALFORMED', '成员缺失、未知或格式错误', wrong)
  const { reference, relatedCaseNo, item, leg, takenAt, ...rest } = body as Record<string, string>
  if (request.headers['reference'] !== reference) {
    return failure(400, 'REFERENCE_INVALID', 'Reference 请求头缺失或与 reference 不一致')
  }
  const moment = Date.parse(takenAt!)
  if (Number.isNaN(moment) || moment > Date.now() + FUTURE_MS_MAX) {
    return failure(400, 'MALFORMED', 'takenAt 无效', '/takenAt')
  }
  return then(
    {
      reference: reference!,
      relatedCaseNo: relatedCaseNo ?? null,
      item: item!,
      leg: leg!,
      takenAt: moment,
      body: rest as unknown as SubmissionBody,
    },
    desk,
  )
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

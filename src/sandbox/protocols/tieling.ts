// Speaks docs/wire/tieling.md: JSON with OAuth 2 client credentials; an application gets a ticket now and a number later.

import type { Desk } from '../desk.ts'
import type { CitySubmission } from '../submission.ts'
import { hasRepeatedMembers } from './json-members.ts'
import { sharedSecret } from './secrets.ts'
import { CASE_REFERENCE, REFERENCE } from './shape.ts'
import { readTielingSubmission } from './tieling-body.ts'
import { correct, FILE_BODY_BYTES_MAX, takeFile, withdraw } from './tieling-follow.ts'
import { writeMembers } from './tieling-form.ts'
import { answerLedger } from './tieling-ledger.ts'
import { answerNews } from './tieling-news.ts'
import {
  failure,
  json,
  malformed,
  notAllowed,
  REASON_CODES,
  reasons,
  stateOf,
  ticketOf,
  unknownReference,
  wasRefusedAtOnce,
} from './tieling-replies.ts'
import { openTokens } from './tieling-tokens.ts'
import {
  BODY_BYTES_MAX,
  type Context,
  isMediaType,
  type Protocol,
  readJsonObject,
  type WireReply,
  type WireRequest,
} from './wire.ts'

const BASE = '/api/v1'
const TICKET = /^TLP-[0-9A-F]{16}$/
/** What follows an application, by its reference. */
const FOLLOWING = /^\/api\/v1\/applications\/([^/?]+)\/(supplements|withdrawal|files)$/

export function openTieling(context: Context): Protocol {
  const tokens = openTokens({
    clientId: 'kytb-gateway',
    clientSecret: sharedSecret(context),
    now: context.now,
    areOver: context.tokensAreOver,
  })

  /** What speaks against the token of a call, null if it is good. */
  function refuseToken(request: WireRequest): WireReply | null {
    const [, token] = /^Bearer +([A-Za-z0-9._~+/-]{1,512}=*)$/i.exec(request.headers.authorization ?? '') ?? []
    if (token !== undefined && tokens.isGood(token)) return null
    const wrong = token === undefined ? '' : ', error="invalid_token"'
    return failure(401, 'UNAUTHORIZED', token === undefined ? '缺少访问令牌' : '访问令牌无效或已过期', {
      'www-authenticate': `Bearer realm="tieling"${wrong}`,
    })
  }

  async function post(
    request: WireRequest,
    then: (body: Readonly<Record<string, unknown>>) => Promise<WireReply> | WireReply,
  ): Promise<WireReply> {
    if (request.method !== 'POST') return notAllowed('POST')
    const { 'content-type': type, 'content-encoding': encoding } = request.headers
    if (!isMediaType(type, 'application/json') || encoding !== undefined) {
      return failure(415, 'MEDIA_TYPE', '只接受 application/json')
    }
    if (request.body === null) return failure(413, 'TOO_LARGE', '请求体过大')
    const body = readJsonObject(request.body)
    return body === null || hasRepeatedMembers(request.body.toString()) ? malformed() : then(body)
  }

  function submit(
    request: WireRequest,
    then: (submission: CitySubmission) => Promise<WireReply> | WireReply,
  ): Promise<WireReply> {
    return post(request, (body) => {
      const read = readTielingSubmission(body, context.now())
      return read.kind === 'misfit' ? malformed(read.field) : then(read.submission)
    })
  }

  function follow(what: string, reference: string, request: WireRequest, desk: Desk): Promise<WireReply> | WireReply {
    if (!REFERENCE.test(reference)) return malformed()
    if (what === 'supplements') return post(request, (body) => correct(reference, body, desk, context.now()))
    if (what === 'withdrawal') return post(request, (body) => withdraw(reference, body, desk, context.now()))
    return request.method === 'POST' ? takeFile(reference, request, desk) : notAllowed('POST')
  }

  return {
    broken: failure(500, 'INTERNAL', '系统内部错误'),
    truncated: { ...json(200, {}), body: Buffer.from('{"reference":"2026') },
    maintenance: () => failure(503, 'MAINTENANCE', '系统维护中', { 'retry-after': '60' }),
    bodyBytesMax: ({ path }) => (FOLLOWING.exec(path)?.[2] === 'files' ? FILE_BODY_BYTES_MAX : BODY_BYTES_MAX),
    push: null,
    tls: null,
    expireTokens: () => tokens.endAll(),
    async handle(request, desk) {
      const [path, parameters] = request.path.split(/\?(.*)/s) as [string, string?]
      if (path === '/oauth/token') return request.method === 'POST' ? tokens.answer(request) : notAllowed('POST')
      const refused = refuseToken(request)
      if (refused !== null) return refused
      if (path === `${BASE}/queries`) return submit(request, (submission) => query(submission, desk))
      if (path === `${BASE}/applications`) return submit(request, (submission) => apply(submission, desk))
      const [, reference, what] = FOLLOWING.exec(request.path) ?? []
      if (reference !== undefined && what !== undefined) return follow(what, reference, request, desk)
      const answer = answerOfGet(path, parameters, desk)
      if (answer === null) return failure(404, 'NOT_FOUND', '没有这个地址')
      if (request.method !== 'GET') return notAllowed('GET')
      return request.body?.length === 0 ? answer() : malformed()
    },
  }
}

/** Null for a path that is not served. */
function answerOfGet(
  path: string,
  parameters: string | undefined,
  desk: Desk,
): (() => Promise<WireReply> | WireReply) | null {
  if (path === `${BASE}/events`) {
    return () => {
      const news = answerNews(parameters ?? '', desk, ticketOf, REASON_CODES)
      if (news.kind === 'told') return json(200, news.body)
      return news.kind === 'malformed' ? malformed() : failure(400, 'CURSOR_UNKNOWN', '游标无效')
    }
  }
  if (path === `${BASE}/ledger`) return () => answerLedger(parameters ?? '', desk)
  if (parameters !== undefined) return null
  if (path === `${BASE}/health`) return () => json(200, { status: 'up' })
  const [, what, name] = /^\/api\/v1\/(applications|tickets)\/([^/]+)$/.exec(path) ?? []
  if (name === undefined) return null
  return what === 'tickets'
    ? async () => {
        if (!TICKET.test(name)) return malformed()
        const progress = await desk.enquireWhere((reference) => ticketOf(reference) === name)
        const isHeld = progress !== null && !wasRefusedAtOnce(progress.entry)
        return isHeld ? json(200, stateOf(progress)) : failure(404, 'TICKET_UNKNOWN', '没有这个受理凭据')
      }
    : async () => {
        if (!REFERENCE.test(name)) return malformed()
        const progress = await desk.enquire(name)
        return progress === null ? unknownReference() : json(200, stateOf(progress))
      }
}

function query(submission: CitySubmission, desk: Desk): WireReply {
  const answer = desk.query(submission)
  switch (answer.kind) {
    case 'found':
      return json(200, { found: true, result: writeMembers(answer.result) })
    case 'nothing-found':
      return json(200, { found: false })
    case 'refused':
      return json(422, { reasons: reasons(answer.refusals) })
  }
}

async function apply(submission: CitySubmission, desk: Desk): Promise<WireReply> {
  const { reference, leg } = submission
  if (CASE_REFERENCE.exec(reference)?.[2] !== leg) return malformed('/reference')
  const { entry, repeat } = await desk.apply(submission)
  if (repeat !== null) {
    const application = stateOf((await desk.enquire(reference))!)
    return json(409, { error: { code: 'REFERENCE_EXISTS', message: '该编号已提交过' }, application })
  }
  const state = stateOf({ entry, last: null })
  return wasRefusedAtOnce(entry)
    ? json(422, state)
    : json(202, state, { location: `${BASE}/applications/${reference}` })
}

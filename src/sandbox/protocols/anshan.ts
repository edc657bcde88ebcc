// Speaks docs/wire/anshan.md: form-encoded requests signed with HMAC-SHA256 over the canonical query, answered in JSON.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Entry } from '../cases.ts'
import type { Desk } from '../desk.ts'
import { OF_APPLICATION, readAnshanSubmission } from './anshan-body.ts'
import { boundaryOf, FILE_BODY_BYTES_MAX, readFileForm, signedPairs, takeFile } from './anshan-files.ts'
import { correct, withdraw } from './anshan-follow.ts'
import { writeMembers } from './anshan-form.ts'
import { newsOf, readCursor } from './anshan-news.ts'
import { canonicalQuery, hasKeyTwice, type Pair, readPairs } from './anshan-pairs.ts'
import { misfitAt, reasons, reply, withHeaders } from './anshan-replies.ts'
import { CASE_REFERENCE, type Members, misfit, object, REFERENCE, text } from './shape.ts'
import { sharedSecret } from './secrets.ts'
import { BODY_BYTES_MAX, type Context, isMediaType, type Protocol, type WireReply, type WireRequest } from './wire.ts'

const APP_ID = 'KYTB-GATEWAY'
const TOLERANCE_SECONDS = 90

type Answer = (pairs: readonly Pair[], desk: Desk, now: number) => Promise<WireReply>
interface Call {
  readonly method: 'GET' | 'POST'
  readonly answer: Answer
}
type Query = readonly Pair[] | null

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
  '/kytb/v1/corrections': [{ method: 'POST', answer: correct }],
  '/kytb/v1/withdrawals': [{ method: 'POST', answer: withdraw }],
  '/kytb/v1/news': [get({ limit: text(/^(100|[1-9][0-9]?)$/) }, { cursor: text(/^[A-Za-z0-9+/=]{1,128}$/) }, tellNews)],
  '/kytb/v1/health': [get({}, {}, () => Promise.resolve(reply(0, { status: '1' })))],
}

const FILES = '/kytb/v1/files'

export function openAnshan(context: Context): Protocol {
  const appKey = sharedSecret(context)

  function isSigned({ method, headers }: WireRequest, path: string, parameters: Query, signed: string | Buffer) {
    const digest = createHash('sha256').update(signed).digest('hex')
    const lines = [method, path, canonicalQuery(parameters ?? []), APP_ID, headers.date, digest]
    const expected = Buffer.from(createHmac('sha256', appKey).update(lines.join('\n')).digest('base64'))
    const given = Buffer.from(String(headers['x-as-signature'] ?? ''))
    return given.length === expected.length && timingSafeEqual(given, expected)
  }

  async function handleFile(request: WireRequest, parameters: Query, desk: Desk): Promise<WireReply> {
    const { headers, body } = request
    const boundary = boundaryOf(headers['content-type'])
    if (boundary === null || headers['content-encoding'] !== undefined) return reply(41500)
    const form = await readFileForm(boundary, body!)
    if (form === null) return reply(1001)
    if (!isSigned(request, FILES, parameters, canonicalQuery(signedPairs(form)))) return reply(40101)
    return refuseQuery(parameters) ?? takeFile(form, desk)
  }

  return {
    broken: reply(9000),
    truncated: { ...reply(0), body: Buffer.from('{"retcode":0,"retmsg":"成') },
    maintenance: () => withHeaders(reply(50300), { 'retry-after': '60' }),
    push: null,
    tls: null,
    bodyBytesMax: ({ path }) => (parted(path)[0] === FILES ? FILE_BODY_BYTES_MAX : BODY_BYTES_MAX),
    expireTokens: null,
    async handle(request, desk) {
      const [path, query] = parted(request.path)
      const calls = Object.hasOwn(CALLS, path) ? CALLS[path]! : []
      const methods = path === FILES ? ['POST'] : calls.map(({ method }) => method)
      if (methods.length === 0) return reply(40400)
      if (!methods.some((method) => method === request.method)) {
        return withHeaders(reply(40500), { allow: methods.join(', ') })
      }
      if (request.body === null) return reply(41300)
      const now = context.now()
      const parameters = readPairs(query)
      const refused = refuseHeaders(request, now)
      if (refused !== null) return refused
      const call = calls.find(({ method }) => method === request.method)
      if (call === undefined) return handleFile(request, parameters, desk)
      if (!isSigned(request, path, parameters, call.method === 'GET' ? '' : request.body)) return reply(40101)
      return call.method === 'GET'
        ? answerGet(call, request, parameters, desk, now)
        : answerPost(call, request, parameters, desk, now)
    },
  }
}

function parted(target: string): readonly [path: string, query: string] {
  const at = target.indexOf('?')
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)]
}

/** What speaks against the headers but for the signature, in the order of the document; null if nothing does. */
function refuseHeaders({ headers }: WireRequest, now: number): WireReply | null {
  if (headers['x-as-app-id'] !== APP_ID || headers['x-as-algorithm'] !== 'HMAC-SHA256') return reply(40102)
  const date = headers.date ?? ''
  const moment = Date.parse(date)
  const second = Math.floor(now / 1000) * 1000
  const isFixdate = !Number.isNaN(moment) && new Date(moment).toUTCString() === date
  if (isFixdate && Math.abs(moment - second) <= TOLERANCE_SECONDS * 1000) return null
  return reply(40103, {
    server_time: new Date(second).toUTCString(),
    tolerance_seconds: String(TOLERANCE_SECONDS),
  })
}

async function answerGet(
  call: Call,
  { headers, body }: WireRequest,
  parameters: Query,
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
  parameters: Query,
  desk: Desk,
  now: number,
): Promise<WireReply> {
  const isForm = isMediaType(headers['content-type'], 'application/x-www-form-urlencoded')
  if (!isForm || headers['content-encoding'] !== undefined) return reply(41500)
  const pairs = readPairs(body!.toString('latin1'))
  if (pairs === null || hasKeyTwice(pairs)) return reply(1001)
  return refuseQuery(parameters) ?? call.answer(pairs, desk, now)
}

/** A POST has no parameters in its query string. */
function refuseQuery(parameters: Query): WireReply | null {
  if (parameters === null) return reply(1001)
  const [unnamed] = parameters
  return unnamed === undefined ? null : misfitAt(unnamed[0])
}

async function query(pairs: readonly Pair[], desk: Desk, now: number): Promise<WireReply> {
  const read = readAnshanSubmission(pairs, now, OF_APPLICATION)
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
  const read = readAnshanSubmission(pairs, now, OF_APPLICATION)
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

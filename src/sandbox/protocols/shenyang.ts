// Speaks docs/wire/shenyang.md: JSON with gjgxjhpt headers, signed with a secret that is fetched and expires.

import { join } from 'node:path'
import type { Entry } from '../cases.ts'
import type { Desk } from '../desk.ts'
import { readShenyangSubmission } from './shenyang-body.ts'
import { attach, correct, withdraw } from './shenyang-follow.ts'
import { ledger } from './shenyang-ledger.ts'
import { openShenyangPush, STATUSES } from './shenyang-news.ts'
import { misfitAt, reasons, reply } from './shenyang-replies.ts'
import { openSigningSecrets } from './shenyang-secrets.ts'
import { CASE_REFERENCE, misfit, object, REFERENCE, text } from './shape.ts'
import { sharedSecret } from './secrets.ts'
import {
  BODY_BYTES_MAX,
  type Context,
  isMediaType,
  type Protocol,
  readJsonObject,
  type WireReply,
  type WireRequest,
} from './wire.ts'

const RID = 'KYTB-GATEWAY'
const RTIME_TOLERANCE_MS = 300_000
const SECRET_LIFE_MS = 600_000
/** Of a file, with what stands around it. */
const ATTACH = { path: '/gjgxjhpt/attach', sid: 'SY-ATTACH-0001', bytesMax: 22_020_096 } as const

const SERVICES: Readonly<Record<string, { readonly sid: string; readonly answer: Answer }>> = {
  '/gjgxjhpt/secret': { sid: 'SY-AUTH-0001', answer: nothingElse },
  '/gjgxjhpt/query': { sid: 'SY-QUERY-0001', answer: query },
  '/gjgxjhpt/apply': { sid: 'SY-APPLY-0001', answer: apply },
  '/gjgxjhpt/enquire': { sid: 'SY-ENQUIRE-0001', answer: enquire },
  '/gjgxjhpt/correct': { sid: 'SY-CORRECT-0001', answer: correct },
  '/gjgxjhpt/withdraw': { sid: 'SY-WITHDRAW-0001', answer: withdraw },
  '/gjgxjhpt/ledger': { sid: 'SY-LEDGER-0001', answer: ledger },
  '/gjgxjhpt/health': { sid: 'SY-HEALTH-0001', answer: nothingElse },
}

type Body = Readonly<Record<string, unknown>>
type Answer = (body: Body, desk: Desk, now: number) => Promise<WireReply>

export function openShenyang(context: Context): Protocol {
  const appKey = sharedSecret(context)
  const secrets = openSigningSecrets({
    path: join(context.folder, `${context.place.city}-signing.json`),
    appKey,
    lifeMs: SECRET_LIFE_MS,
    now: context.now,
    areOver: context.tokensAreOver,
  })
  return {
    broken: reply('5000'),
    truncated: { ...reply('0000'), body: Buffer.from('{"code":"0000","msg":"成') },
    push: openShenyangPush(context, appKey),
    tls: null,
    bodyBytesMax: ({ path }) => (path === ATTACH.path ? ATTACH.bytesMax : BODY_BYTES_MAX),
    expireTokens: () => secrets.expireAll(),
    async handle(request, desk) {
      const attaches = request.path === ATTACH.path
      const service = attaches ? { sid: ATTACH.sid, answer: null } : SERVICES[request.path]
      if (service === undefined || request.method !== 'POST') return reply('4040')
      if (request.headers['gjgxjhpt_rid'] !== RID) return reply('4013')
      if (request.headers['gjgxjhpt_sid'] !== service.sid) return reply('4014')
      const rtime = String(request.headers['gjgxjhpt_rtime'] ?? '')
      if (!/^[0-9]{1,15}$/.test(rtime) || Math.abs(Number(rtime) - context.now()) > RTIME_TOLERANCE_MS)
        return reply('4011')
      const contentType = request.headers['content-type']
      if (request.body === null || !(attaches || isMediaType(contentType, 'application/json'))) return reply('1001')
      const fetches = request.path === '/gjgxjhpt/secret'
      const signed = { sid: service.sid, rid: RID, rtime, body: request.body, sign: signOf(request) }
      switch (fetches ? secrets.checkAppKey(signed) : secrets.check(signed)) {
        case 'wrong':
          return reply('4010')
        case 'expired':
          return reply('4012')
        case 'right':
      }
      if (service.answer === null) return attach(contentType, request.body, desk)
      const body = readJsonObject(request.body)
      if (body === null) return reply('1001')
      if (!fetches) return service.answer(body, desk, context.now())
      return misfit(body, object({})) === null ? reply('0000', secrets.issue()) : misfitAt('')
    },
  }
}

const signOf = (request: WireRequest): string => String(request.headers['gjgxjhpt_sign'] ?? '')

async function nothingElse(body: Body): Promise<WireReply> {
  const wrong = misfit(body, object({}))
  return wrong === null ? reply('0000', { status: 'UP' }) : misfitAt(wrong.slice(1))
}

async function query(body: Body, desk: Desk, now: number): Promise<WireReply> {
  const read = readShenyangSubmission(body, now)
  if (read.kind === 'misfit') return misfitAt(read.field)
  const answer = desk.query(read.submission)
  switch (answer.kind) {
    case 'found':
      return reply('0000', { exist: '1', result: answer.result })
    case 'nothing-found':
      return reply('0000', { exist: '0' })
    case 'refused':
      return reply('3001', { reasons: reasons(answer.refusals) })
  }
}

async function apply(body: Body, desk: Desk, now: number): Promise<WireReply> {
  const read = readShenyangSubmission(body, now)
  if (read.kind === 'misfit') return misfitAt(read.field)
  const { reference, leg } = read.submission
  if (CASE_REFERENCE.exec(reference)?.[2] !== leg) return misfitAt('project_no')
  const { entry, repeat } = await desk.apply(read.submission)
  if (repeat !== null) return reply('2001')
  return entry.outcome === 'refused'
    ? reply('3001', { reasons: reasons(entry.refusals) })
    : reply('0000', statusOf(entry))
}

async function enquire(body: Body, desk: Desk): Promise<WireReply> {
  const wrong = misfit(body, object({ project_no: text(REFERENCE) }))
  if (wrong !== null) return misfitAt(wrong.slice(1))
  const progress = await desk.enquire(String(body['project_no']))
  return progress === null ? reply('2002') : reply('0000', statusOf(progress.entry))
}

function statusOf(entry: Entry): object {
  return entry.outcome === 'taken'
    ? { project_no: entry.reference, accept_no: entry.backendCaseNo, status: STATUSES.received }
    : { project_no: entry.reference, status: STATUSES.refused, reasons: reasons(entry.refusals) }
}

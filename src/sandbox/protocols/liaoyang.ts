// Speaks docs/wire/liaoyang.md: JSON in an envelope of Chinese commercial cryptography, signed in both directions.

import type { Entry } from '../cases.ts'
import type { Desk } from '../desk.ts'
import { type Body, type Code, fits, reasons, type Said, says } from './liaoyang-answers.ts'
import { readLiaoyangSubmission } from './liaoyang-body.ts'
import { APP_ID, type Envelope, isOfThisKind, openSealer, readEnvelope, type Service } from './liaoyang-envelope.ts'
import { FieldMisfit, writeFields } from './liaoyang-form.ts'
import { readStrictObject } from './liaoyang-json.ts'
import { readOrMakeKeys } from './liaoyang-keys.ts'
import { openLiaoyangPush, STATUSES, TOLERANCE_MS } from './liaoyang-news.ts'
import { material, MATERIAL_REQUEST_BYTES_MAX, supplement, withdraw } from './liaoyang-supplements.ts'
import { CASE_REFERENCE, object, text } from './shape.ts'
import { BODY_BYTES_MAX, type Context, isMediaType, type Protocol, type WireReply, type WireRequest } from './wire.ts'

const NONCE_MS = 600_000
/** More than one process can check signatures for within that time; were they used up, calls would be turned away unread. */
const NONCES_MAX = 500_000

type Answer = (body: Body, desk: Desk, now: number) => Said | Promise<Said>

const SERVICES: Readonly<Record<string, { readonly service: Service; readonly answer: Answer }>> = {
  '/kytb/api/health': { service: 'health', answer: health },
  '/kytb/api/query': { service: 'query', answer: query },
  '/kytb/api/apply': { service: 'apply', answer: apply },
  '/kytb/api/enquire': { service: 'enquire', answer: enquire },
  '/kytb/api/supplement': { service: 'supplement', answer: supplement },
  '/kytb/api/withdraw': { service: 'withdraw', answer: withdraw },
  '/kytb/api/material': { service: 'material', answer: material },
}

const json = (body: object): WireReply => ({
  status: 200,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: Buffer.from(JSON.stringify(body)),
})

const bare = (code: Code): WireReply => json(says(code))

export function openLiaoyang(context: Context): Protocol {
  const sealer = openSealer({ keys: readOrMakeKeys(context), now: context.now, signsWrong: context.signsWrong })
  const nonces = openNonces()

  /** Null for a call that may be answered; what is wrong with it otherwise. */
  function distrust(service: Service, envelope: Envelope): Code | null {
    if (!sealer.isSignedByCaller(service, envelope)) return 40101
    if (Math.abs(envelope.timestamp - context.now()) > TOLERANCE_MS) return 40102
    return nonces.use(envelope.nonce)
  }

  async function answer(handler: Answer, envelope: Envelope, desk: Desk): Promise<Said> {
    const plain = sealer.decrypt(envelope)
    if (plain === null) return says(40104)
    const body = readStrictObject(plain)
    if (body === null) return says(40001)
    try {
      return await handler(body, desk, context.now())
    } catch (error) {
      if (error instanceof FieldMisfit) return says(40002, { field: error.pointer })
      throw error
    }
  }

  return {
    bodyBytesMax: ({ path }) => (path === '/kytb/api/material' ? MATERIAL_REQUEST_BYTES_MAX : BODY_BYTES_MAX),
    broken: { ...bare(50001), status: 500 },
    truncated: { ...json({}), body: Buffer.from('{"appId":"kytb-gateway","version":"1.') },
    maintenance(request) {
      const service = SERVICES[request.path]?.service
      const envelope = readCall(request)
      const said = says(50301, { retryAfterSeconds: 60 })
      return service === undefined || typeof envelope === 'number'
        ? bare(50301)
        : json(sealer.seal(service, envelope.nonce, said))
    },
    push: openLiaoyangPush(sealer, context.now),
    tls: null,
    expireTokens: null,
    async handle(request, desk) {
      const known = SERVICES[request.path]
      if (known === undefined || request.method !== 'POST') return bare(40400)
      const envelope = readCall(request)
      if (typeof envelope === 'number') return bare(envelope)
      const { service } = known
      const wrong = distrust(service, envelope)
      const said = wrong === null ? await answer(known.answer, envelope, desk) : says(wrong)
      return json(sealer.seal(service, envelope.nonce, said))
    },
  }
}

/** The envelope of a call, or why none can be answered. */
function readCall({ headers, body }: WireRequest): Envelope | Code {
  if (!isMediaType(headers['content-type'], 'application/json') || 'content-encoding' in headers) return 40000
  if (body === null) return 41300
  const envelope = readEnvelope(body)
  if (envelope === null) return 40000
  if (envelope.appId !== APP_ID) return 40100
  return isOfThisKind(envelope) ? envelope : 40000
}

/** The nonces of the last ten minutes, by when they came. A restart forgets them. */
function openNonces() {
  const used = new Map<string, number>()
  return {
    use(nonce: string): Code | null {
      const now = performance.now()
      for (const [old, at] of used) {
        if (now - at < NONCE_MS) break
        used.delete(old)
      }
      if (used.has(nonce)) return 40103
      if (used.size >= NONCES_MAX) return 50301
      used.set(nonce, now)
      return null
    },
  }
}

function health(body: Body, _: Desk, now: number): Said {
  fits(body, object({}))
  return says(0, { status: 'UP', time: now })
}

function query(body: Body, desk: Desk, now: number): Said {
  const found = desk.query(readLiaoyangSubmission(body, now))
  switch (found.kind) {
    case 'found':
      return says(0, { found: 'Y', result: writeFields(found.result) })
    case 'nothing-found':
      return says(0, { found: 'N' })
    case 'refused':
      return says(42201, { reasons: reasons(found.refusals) })
  }
}

async function apply(body: Body, desk: Desk, now: number): Promise<Said> {
  const submission = readLiaoyangSubmission(body, now)
  if (CASE_REFERENCE.exec(submission.reference)?.[2] !== submission.leg) throw new FieldMisfit('/bizNo')
  const { entry, repeat } = await desk.apply(submission)
  if (repeat !== null) return says(40901)
  return entry.outcome === 'refused' ? says(42201, { reasons: reasons(entry.refusals) }) : says(0, statusOf(entry))
}

async function enquire(body: Body, desk: Desk): Promise<Said> {
  fits(body, object({ bizNo: text(CASE_REFERENCE) }))
  const progress = await desk.enquire(String(body['bizNo']))
  return progress === null ? says(40401) : says(0, statusOf(progress.entry))
}

function statusOf(entry: Entry): object {
  return entry.outcome === 'taken'
    ? { bizNo: entry.reference, acceptNo: entry.backendCaseNo, status: STATUSES.received }
    : { bizNo: entry.reference, status: STATUSES.refused, reasons: reasons(entry.refusals) }
}

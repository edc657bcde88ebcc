// Puts Liaoyang's news into envelopes, and tells whether the gateway has taken one.

import { randomBytes } from 'node:crypto'
import { tellsPoints, type CaseStatus, type NewsEvent } from '../life.ts'
import { APP_ID, type Envelope, isOfThisKind, readEnvelope, type Sealer } from './liaoyang-envelope.ts'
import { theirName } from './liaoyang-form.ts'
import { readStrictObject } from './liaoyang-json.ts'
import type { Push } from './wire.ts'

export const TOLERANCE_MS = 300_000

export const STATUSES: Readonly<Record<CaseStatus, string>> = {
  received: 'A1',
  accepted: 'A2',
  refused: 'A9',
  correction: 'B1',
  reviewing: 'B2',
  suspended: 'B3',
  approved: 'C1',
  rejected: 'C2',
  completed: 'D1',
  delivered: 'D2',
  withdrawn: 'E1',
  returned: 'E2',
}
const WITH_RESULTS: ReadonlySet<CaseStatus> = new Set(['approved', 'completed'])

export function openLiaoyangPush(sealer: Sealer, now: () => number): Push {
  return {
    encode(event) {
      const envelope = sealer.seal('notify', randomBytes(16).toString('hex'), bodyOf(event))
      return { headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(envelope)) }
    },
    isAcknowledged({ status, body }, call) {
      const { nonce } = JSON.parse(call.body.toString()) as Envelope
      const answer = status === 200 ? readEnvelope(body) : null
      if (answer === null || answer.appId !== APP_ID || !isOfThisKind(answer) || answer.nonce !== nonce) return false
      if (!sealer.isSignedByCaller('notify', answer) || Math.abs(answer.timestamp - now()) > TOLERANCE_MS) return false
      const plain = sealer.decrypt(answer)
      return plain !== null && readStrictObject(plain)?.['code'] === 0
    },
  }
}

function bodyOf({ id, reference, backendCaseNo, seq, at, status, remark, points, results }: NewsEvent): object {
  const named = points.map(({ code, message }) => ({
    ...(code === null ? {} : { code: theirName(code) }),
    text: message,
  }))
  return {
    eventId: id,
    bizNo: reference,
    acceptNo: backendCaseNo,
    seq,
    time: Date.parse(at),
    status: STATUSES[status],
    ...(remark === null ? {} : { remark }),
    ...(tellsPoints(status) && named.length > 0 ? { points: named } : {}),
    ...(WITH_RESULTS.has(status) && results.length > 0 ? { results } : {}),
  }
}

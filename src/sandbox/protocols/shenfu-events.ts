// Puts Shenfu's news into CloudEvents 1.0, signed as Standard Webhooks say.

import { createHmac, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { readIfThere, replaceFile } from '../disk.ts'
import { tellsPoints, type CaseStatus, type NewsEvent } from '../life.ts'
import type { Context, Push } from './wire.ts'

const SECRET = /^whsec_([A-Za-z0-9+/]{43}=)$/
const WITH_RESULTS: ReadonlySet<CaseStatus> = new Set(['approved', 'completed'])

export function openShenfuPush(context: Context): Push {
  const key = readOrMakeKey(join(context.folder, 'secrets', context.place.city))
  return {
    encode(event) {
      const body = JSON.stringify(cloudEvent(event))
      const timestamp = Math.floor(context.now() / 1000)
      const signature = createHmac('sha256', key).update(`${event.id}.${timestamp}.${body}`).digest()
      if (context.signsWrong()) signature[0]! ^= 1
      return {
        headers: {
          'content-type': 'application/cloudevents+json',
          'webhook-id': event.id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': `v1,${signature.toString('base64')}`,
        },
        body: Buffer.from(body),
      }
    },
    isAcknowledged: ({ status, body }) => status === 204 && body.length === 0,
  }
}

/** The 32 bytes behind `whsec_` in the first line of the file; made anew where that is of another form. */
function readOrMakeKey(path: string): Buffer {
  const kept = SECRET.exec((readIfThere(path) ?? '').split('\n', 1)[0]!)
  if (kept !== null) return Buffer.from(kept[1]!, 'base64')
  const key = randomBytes(32)
  replaceFile(path, `whsec_${key.toString('base64')}\n`)
  return key
}

function cloudEvent({
  id,
  reference,
  backendCaseNo,
  seq,
  at,
  status,
  remark,
  points,
  results,
  fees = [],
}: NewsEvent): object {
  const named = points.map(({ code, message }) => ({ ...(code === null ? {} : { code }), message }))
  return {
    specversion: '1.0',
    id,
    source: '/shenfu/applications',
    type: 'cn.shenfu.case.status.v1',
    subject: reference,
    time: at,
    datacontenttype: 'application/json',
    data: {
      caseNo: backendCaseNo,
      sequence: seq,
      status,
      ...(remark === null ? {} : { remark }),
      ...(tellsPoints(status) && named.length > 0 ? { points: named } : {}),
      ...(WITH_RESULTS.has(status) && results.length > 0 ? { results } : {}),
      ...(fees.length > 0 ? { fees } : {}),
    },
  }
}

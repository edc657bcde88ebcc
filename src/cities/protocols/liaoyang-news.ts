// Reads Liaoyang's own calls with news (service notify of docs/wire/liaoyang.md), and answers them in sealed envelopes.

import { Fault } from '../../domain/fault.ts'
import type { CityCall, CityNews, CityReply } from '../../domain/news.ts'
import { parseStrictJson } from '../../domain/strict-json.ts'
import type { NewsCallback, StatusTable } from '../protocol.ts'
import { openNonces } from '../signing/nonces.ts'
import { newsOf } from '../told.ts'
import { envelopeIn, TOLERANCE_MS, type Envelope, type Flaw, type Seal } from './liaoyang-envelope.ts'

const REMEMBER_MS = 600_000
/** More than 80 events a second for as long as nonces are remembered; some 10 MB. */
const NONCES_MAX = 50_000
const DEPTH_MAX = 16

type Members = Readonly<Record<string, unknown>>

const malformed = (why: string): Fault => new Fault('CITY_EVENT_MALFORMED', { cause: new Error(why) })

const MESSAGES = {
  0: '成功',
  40000: '信封格式错误',
  40001: '报文不是约定的格式',
  40101: '验签失败',
  40102: '时间戳超出允许范围',
  40103: '随机串重复',
  40104: '解密失败',
  40401: '未查到该业务',
  50001: '系统异常',
} as const
type Code = keyof typeof MESSAGES

export function liaoyangNews(options: { readonly seal: Seal; readonly statuses: StatusTable }): NewsCallback {
  const { seal, statuses } = options
  const nonces = openNonces({ rememberMs: REMEMBER_MS, max: NONCES_MAX })

  const sealed = ({ nonce }: Envelope, now: number, code: Code): CityReply =>
    reply(seal.seal('notify', now, nonce, { code, message: MESSAGES[code] }))

  return {
    kind: 'callback',
    read(call, { now }) {
      const envelope = envelopeOf(call)
      if (envelope === null) throw malformed('no envelope')
      const opened = seal.open('notify', envelope, now, (nonce) => nonces.isNew(nonce, now))
      if (opened.kind === 'flawed') throw faultOf(opened.flaw)
      return eventIn(statuses, opened.plain)
    },
    acknowledge(call, { now }) {
      const envelope = envelopeOf(call)
      return envelope === null ? bare(40000) : sealed(envelope, now, 0)
    },
    refuse(call, { now }, status, code) {
      const envelope = envelopeOf(call)
      if (envelope === null) return bare(40000)
      // Whoever cannot sign gets no signature of ours: it costs a millisecond, and proves nothing to the city.
      if (code === 'CITY_EVENT_UNSIGNED') return bare(40101)
      if (code === 'CITY_EVENT_STALE') {
        return sealed(envelope, now, Math.abs(envelope.timestamp - now) > TOLERANCE_MS ? 40102 : 40103)
      }
      if (code === 'CITY_EVENT_MALFORMED') return sealed(envelope, now, seal.decrypt(envelope) === null ? 40104 : 40001)
      return sealed(envelope, now, status >= 500 ? 50001 : 40401)
    },
  }
}

function faultOf(flaw: Flaw): Fault {
  switch (flaw) {
    case 'envelope':
    case 'signature':
      return new Fault('CITY_EVENT_UNSIGNED', { cause: new Error(flaw) })
    case 'timestamp':
    case 'nonce':
      return new Fault('CITY_EVENT_STALE', { cause: new Error(flaw) })
    case 'decryption':
      return malformed('it does not decrypt')
  }
}

/** Everything that the protocol decides has status 200. */
const reply = (body: Buffer): CityReply => ({ status: 200, headers: { 'content-type': 'application/json' }, body })

/** Unsealed: a failure to the city whatever it says. */
const bare = (code: Code): CityReply => reply(Buffer.from(JSON.stringify({ code, message: MESSAGES[code] })))

function envelopeOf({ headers, body }: CityCall): Envelope | null {
  if (!/^application\/json(?:\s*;\s*charset=utf-8)?$/i.test(headers['content-type'] ?? '')) return null
  return envelopeIn(objectOf(body) ?? {})
}

function objectOf(body: Buffer): Members | null {
  try {
    const value = parseStrictJson(body, DEPTH_MAX)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : null
  } catch {
    return null
  }
}

function eventIn(statuses: StatusTable, plain: Buffer): CityNews {
  const event = objectOf(plain)
  if (event === null) throw malformed('the plaintext is no JSON object')
  return newsOf(
    statuses,
    {
      id: event['eventId'],
      reference: event['bizNo'],
      backendCaseNo: event['acceptNo'],
      order: event['seq'],
      at: event['time'],
      cityStatus: event['status'],
      remark: event['remark'],
      reasons: entriesOf(event['points']).map(({ code, text }) => ({ code, message: text })),
      results: entriesOf(event['results']).map(({ code, name, number }) => ({ code, name, number })),
    },
    malformed,
  )
}

function entriesOf(list: unknown): readonly Members[] {
  if (list === undefined) return []
  if (!Array.isArray(list)) throw malformed('a list was expected')
  return list.map((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) throw malformed('an object was expected')
    return entry as Members
  })
}

// Plays a golden file through a protocol: what it sends, and what it reads out of an answer, in the words of the golden file.

import type { Protocol, Reading, Stamp } from '../../../src/cities/protocol.ts'
import type { WireAnswer, WireRequest } from '../../../src/cities/wire.ts'
import type { CityMessage } from '../../../src/domain/delivery.ts'
import { Fault } from '../../../src/domain/fault.ts'
import type { Item } from '../../../src/domain/item.ts'
import type { CityCall } from '../../../src/domain/news.ts'
import { bytesOf, type CityEvent, type GoldenAnswer, type Outcome, type OwnCall } from './golden.ts'

interface Played {
  readonly request: WireRequest
  readonly read: (answer: WireAnswer) => Reading<unknown>
}

const stampOf = ({ at, key }: { readonly at: string; readonly key: string }): Stamp => ({
  now: Date.parse(at),
  secret: Buffer.from(key),
})

/** The bytes of `random`, each taken once; more than that is an Error. */
export function drawn(random: readonly string[] = []): (size: number) => Buffer {
  const left = random.map((digits) => Buffer.from(digits, 'hex'))
  return (size) => {
    const next = left.shift()
    if (next?.length !== size) throw new Error(`the golden file has no ${size} random bytes for this`)
    return next
  }
}

export function play(protocol: Protocol, golden: OwnCall, item: (code: string) => Item): Played {
  const stamp = stampOf(golden)
  switch (golden.call) {
    case 'health':
      return { request: protocol.health(stamp), read: protocol.readHealth }
    case 'secret': {
      const { secret } = protocol
      if (secret === null) throw new Error('this city hands out no secret')
      return { request: secret.request(stamp), read: (answer) => secret.read(answer, stamp) }
    }
    case 'news-request': {
      const { news } = protocol
      if (news?.kind !== 'poll') throw new Error('this city is not asked for news')
      return { request: news.request(golden.cursor, golden.limit, stamp), read: news.read }
    }
    case 'correct':
    case 'withdraw':
    case 'hand-over':
      return playFollowing(protocol, golden, item)
    case 'query':
    case 'deliver':
    case 'enquire': {
      const message = messageOf(golden, item)
      if (golden.call === 'query') {
        return { request: protocol.query(message, stamp), read: (answer) => protocol.readQuery(message, answer) }
      }
      if (golden.call === 'deliver') {
        return { request: protocol.deliver(message, stamp), read: (answer) => protocol.readDeliver(message, answer) }
      }
      return { request: protocol.enquire(message, stamp), read: (answer) => protocol.readEnquiry(message, answer) }
    }
  }
}

type Following = Extract<OwnCall, { call: 'correct' | 'withdraw' | 'hand-over' }>

/** What follows an application, or comes before it; `hasCall` has found that the protocol has it. */
function playFollowing(protocol: Protocol, golden: Following, find: (code: string) => Item): Played {
  const { relatedCaseNo: _, ...message } = messageOf(golden, find)
  const { item, leg, reference, takenAt } = message
  const { correct, withdraw, handOver } = protocol
  const stamp = stampOf(golden)
  if (golden.call === 'correct' && correct !== null) {
    const correction = { ...message, backendCaseNo: golden.backendCaseNo, correctionNo: golden.correctionNo }
    return { request: correct(correction, stamp), read: (answer) => protocol.readCorrection(correction, answer) }
  }
  if (golden.call === 'withdraw' && withdraw !== null) {
    const { backendCaseNo, reason } = golden
    const withdrawal = { item, leg, reference, takenAt, backendCaseNo, reason }
    return { request: withdraw(withdrawal, stamp), read: (answer) => protocol.readWithdrawal(withdrawal, answer) }
  }
  if (golden.call === 'hand-over' && handOver !== null) {
    const { content, ...material } = golden.material
    const file = { item, leg, reference, material: { ...material, bytes: bytesOf(content) } }
    return { request: handOver(file, stamp), read: (answer) => protocol.readHandOver(file, answer) }
  }
  throw new Error(`this city has no ${golden.call}`)
}

function messageOf(golden: Extract<OwnCall, { submission: unknown }>, find: (code: string) => Item): CityMessage {
  const { submission } = golden
  const links = 'links' in golden ? golden.links : undefined
  const { item: code, leg: key, reference, relatedCaseNo = null, takenAt, ...body } = submission
  const item = find(code)
  const leg = item.legs.find((one) => one.key === key)
  if (leg === undefined) throw new Error(`${code} has no leg ${key}`)
  const message = { item, leg, reference, relatedCaseNo, takenAt: Date.parse(takenAt), body }
  if (links === undefined) return message
  return { ...message, links: links.map((link) => ({ ...link, expiresAt: Date.parse(link.expiresAt) })) }
}

/** As the line hands it on: with the moment of the call, and the nonce of its request. */
export function wireAnswer(
  { status, headers, charset, body }: GoldenAnswer,
  { at }: Pick<OwnCall, 'at'>,
  { nonce }: Pick<WireRequest, 'nonce'>,
): WireAnswer {
  return { status, headers, bytes: bytesOf(body, charset), receipt: { at: Date.parse(at), nonce } }
}

export interface Heard {
  readonly outcome: Outcome
  readonly reply: { readonly status: number; readonly headers: object; readonly body: string }
}

/** What we make of a city's own call, and what we answer; the status of a refusal is the one that its fault has. */
export function hear(protocol: Protocol, golden: CityEvent): Heard {
  const { news } = protocol
  if (news?.kind !== 'callback') throw new Error('this city does not call us')
  const stamp = stampOf(golden)
  const call: CityCall = { headers: golden.request.headers, body: bytesOf(golden.request.body ?? '') }
  const said = ({ body, ...rest }: ReturnType<typeof news.acknowledge>) => ({ ...rest, body: body.toString() })
  try {
    const answer = readable(news.read(call, stamp))
    return { outcome: { answer }, reply: said(news.acknowledge(call, stamp)) }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { outcome: { fault: error.code }, reply: said(news.refuse(call, stamp, error.status, error.code)) }
  }
}

/** A Fault that reading throws says that the message may have taken effect. */
export function outcomeOf(read: () => Reading<unknown>): Outcome {
  try {
    const reading = read()
    if (reading.kind === 'answer') return { answer: readable(reading.answer) }
    const { code, sent, renewSecret, cityTime } = reading
    const said = cityTime === null ? {} : { cityTime: new Date(cityTime).toISOString() }
    return { notDone: code, sent, ...(renewSecret && { renewSecret: true }), ...said }
  } catch (error) {
    if (error instanceof Fault) return { fault: error.code, sent: 'maybe' }
    throw error
  }
}

/** As a golden file writes it: points in time as text (UTC), bytes as text, nothing undefined. */
function readable(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (name, member: unknown) => {
      if ((name === 'at' || name === 'endsAt') && typeof member === 'number') return new Date(member).toISOString()
      return isBuffer(member) ? Buffer.from(member.data).toString() : member
    }),
  )
}

// JSON.stringify has called toJSON before it asks.
function isBuffer(value: unknown): value is { readonly type: 'Buffer'; readonly data: readonly number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value
}

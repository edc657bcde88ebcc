// What an operator decides about a message that does not arrive: try again, take it for delivered, or give it up.

import type { Caller, Handled, ReceivedBody } from '../domain/caller.ts'
import type { DeliveryState } from '../domain/delivery.ts'
import { Fault } from '../domain/fault.ts'
import type { DeliveryDecision, FoundDelivery, OpenDelivery } from '../domain/open-delivery.ts'
import type { KeptAnswer, Repeat } from '../domain/store.ts'
import { mayOperate } from '../identity/rights.ts'
import { deliveryBody, usefulActs } from './deliveries.ts'
import { SHOWN, wishOf } from './delivery-wish.ts'
import { ACT_MAY_BE_KEPT, ACT_NOT_KEPT, explain } from './explain.ts'
import { placeOf } from './legs.ts'
import type { Parts } from './parts.ts'
import { idempotencyKey } from './repeated.ts'

export interface Deciding {
  readonly caseNo: string
  readonly leg: string
  readonly messageNo: number
  /** The Idempotency-Key header, unquoted. */
  readonly key: string
  readonly received: ReceivedBody
}

/**
 * Takes `{ act, reason, state?, backendCaseNo?, reasonClass? }`. Durable with its record and all that follows from it before it is
 * answered with the message as it stands then; after a crash all of it holds or nothing. Sends nothing itself: what is to be tried
 * again the courier takes up. Throws Fault ROLE_NOT_ALLOWED, DELIVERY_UNKNOWN, FORM_INVALID, DELIVERY_STATE_REFUSES,
 * IDEMPOTENCY_KEY_REUSED, or what the store throws.
 */
export async function decideDelivery(parts: Parts, caller: Caller, deciding: Deciding): Promise<Handled> {
  const { store, recording } = parts
  const by = mayOperate(caller.principal)
  const { caseNo, leg, messageNo, received } = deciding
  const key = idempotencyKey(parts, caller, pathOf(caller, deciding), deciding.key, received.bytes)
  // What was done under this key may be the very reason why it cannot be done now.
  const before = await store.findRepeat(key.scope).catch(explain(ACT_NOT_KEPT))
  if (before !== null) return again(parts, caller, deciding, key.fingerprint, before)

  const found = await store.findDelivery(caseNo, leg, messageNo).catch(explain(ACT_NOT_KEPT))
  if (found === null) throw new Fault('DELIVERY_UNKNOWN')
  const { delivery } = found
  const wish = wishOf(received.value, delivery)
  if (!usefulActs(parts, delivery).includes(wish.act)) throw refused(caseNo, delivery.state)
  const decision: DeliveryDecision = {
    key,
    caseNo,
    leg,
    messageNo,
    act: wish.act,
    at: parts.clock.now(),
    seen: wish.state,
    backendCaseNo: wish.backendCaseNo,
    shown: wish.reasonClass === null ? null : { code: wish.reasonClass, message: SHOWN[wish.reasonClass] },
    words: { by, reason: wish.reason },
    place: placeFor(parts, found),
    record: recording.of(caller, 'delivery-decided', OUTCOMES[wish.act], {
      item: delivery.item,
      city: delivery.city,
      caseNo,
      leg,
      status: 200,
      requestDigest: recording.digest(received.bytes),
    }),
  }
  const decided = await store.decideDelivery(decision).catch(explain(ACT_NOT_KEPT, ACT_MAY_BE_KEPT))
  switch (decided.kind) {
    case 'repeated':
      return again(parts, caller, deciding, key.fingerprint, decided.repeat)
    case 'unknown':
      throw new Fault('DELIVERY_UNKNOWN')
    case 'at-work':
      throw new Fault('DELIVERY_STATE_REFUSES', {
        caseNo,
        retryAfterMs: Math.max(1, decided.until - parts.clock.now()),
        detail: AT_WORK,
      })
    case 'not-now':
      throw refused(caseNo, decided.state)
    case 'decided': {
      const answer = answerOf(parts, decided.delivery)
      // Where it cannot be kept, a repetition is answered with the message as it stands by then.
      await store.append([], { scope: key.scope, answer }).catch(() => undefined)
      return { recordId: decision.record.id, ...answer }
    }
  }
}

const OUTCOMES = { redrive: 'redriven', 'mark-delivered': 'marked-delivered', 'give-up': 'given-up' } as const

const pathOf = ({ route }: Caller, { caseNo, leg, messageNo }: Deciding): string =>
  route.replace(':caseNo', caseNo).replace(':leg', leg).replace(':messageNo', String(messageNo))

function placeFor({ catalogue }: Parts, { delivery, legs }: FoundDelivery): DeliveryDecision['place'] {
  return placeOf(catalogue.known(delivery.item), legs, delivery.leg)
}

function answerOf(parts: Parts, delivery: OpenDelivery): KeptAnswer {
  return { status: 200, headers: {}, body: JSON.stringify(deliveryBody(parts, delivery, parts.clock.now())) }
}

async function again(
  parts: Parts,
  caller: Caller,
  { caseNo, leg, messageNo }: Deciding,
  fingerprint: string,
  repeat: Repeat,
): Promise<Handled> {
  if (repeat.fingerprint !== fingerprint) throw new Fault('IDEMPOTENCY_KEY_REUSED')
  const found = repeat.answer === null ? await parts.store.findDelivery(caseNo, leg, messageNo) : null
  const answer = repeat.answer ?? (found === null ? null : answerOf(parts, found.delivery))
  if (answer === null) throw new Fault('DELIVERY_UNKNOWN')
  const record = parts.recording.of(caller, 'request-answered', 'repeated', { caseNo, leg, status: answer.status })
  await parts.store.append([record])
  return { recordId: record.id, ...answer, headers: { ...answer.headers, 'idempotency-replayed': 'true' } }
}

const refused = (caseNo: string, state: DeliveryState): Fault =>
  new Fault('DELIVERY_STATE_REFUSES', {
    caseNo,
    detail: {
      zh: `这条消息的状态为 ${state}，或城市的接口不支持这样处理。`,
      en: `The message stands at ${state}, or its city's interface has no way for this.`,
    },
  })

const AT_WORK = {
  zh: '网关正在发送或询问这条消息，请稍候。',
  en: 'The gateway is sending it or asking about it at this moment: wait for that to end.',
}

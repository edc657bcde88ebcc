// What operators see of the webhooks, and how they send again what was given up.

import type { Caller, Handled, ReceivedBody } from '../domain/caller.ts'
import { Fault, type FieldError } from '../domain/fault.ts'
import type { DeadMessage, WebhookEndpoint, WebhookStanding } from '../domain/webhook.ts'
import { mayOperate } from '../identity/rights.ts'
import type { Parts } from './parts.ts'
import type { Webhooks } from './webhooks.ts'

/** Of each endpoint; there may be many more. */
const DEAD_SHOWN = 50
const MESSAGES_MAX = 200

export interface WebhookDesk {
  readonly endpoints: readonly WebhookEndpoint[]
  readonly webhooks: Pick<Webhooks, 'resume'>
}

/** Every endpoint that is or was registered. Throws Fault ROLE_NOT_ALLOWED. */
export async function listWebhooks(parts: Parts, { endpoints }: WebhookDesk, caller: Caller): Promise<Handled> {
  mayOperate(caller.principal)
  const standings = new Map((await parts.store.webhookStandings()).map((one) => [one.endpoint, one]))
  const keys = [...new Set([...endpoints.map(({ key }) => key), ...standings.keys()])]
  const webhooks: object[] = []
  for (const key of keys) {
    const dead = await parts.store.deadWebhookMessages(key, DEAD_SHOWN)
    webhooks.push(
      webhookBody(
        key,
        endpoints.find((one) => one.key === key),
        standings.get(key),
        dead,
      ),
    )
  }
  const record = parts.recording.of(caller, 'request-answered', 'answered', { status: 200 })
  await parts.store.append([record])
  return { recordId: record.id, status: 200, headers: {}, body: JSON.stringify({ webhooks, next: null }) }
}

/**
 * Takes `{ messages?: [id, …] }`: those, or all that was given up, are sent again at once with attempts counted anew, and an endpoint
 * that had said 410 is in use again. Durable with its record before it is answered; saying it twice changes nothing more.
 * Throws Fault ROLE_NOT_ALLOWED, WEBHOOK_UNKNOWN or FORM_INVALID.
 */
export async function redriveWebhook(
  parts: Parts,
  { endpoints, webhooks }: WebhookDesk,
  caller: Caller,
  key: string,
  received: ReceivedBody,
): Promise<Handled> {
  mayOperate(caller.principal)
  if (!endpoints.some((one) => one.key === key)) throw new Fault('WEBHOOK_UNKNOWN')
  const messages = messagesIn(received.value)
  const record = parts.recording.of(caller, 'webhook-redriven', 'redriven', {
    status: 200,
    requestDigest: parts.recording.digest(received.bytes),
  })
  const redriven = await parts.store.redriveWebhook(key, messages, parts.clock.now(), record)
  webhooks.resume(key)
  return { recordId: record.id, status: 200, headers: {}, body: JSON.stringify({ webhook: key, redriven }) }
}

const iso = (time: number): string => new Date(time).toISOString()

function webhookBody(
  key: string,
  endpoint: WebhookEndpoint | undefined,
  standing: WebhookStanding | undefined,
  dead: readonly DeadMessage[],
): object {
  const { disabledAt = null, waiting = 0, oldestAt = null } = standing ?? {}
  return {
    webhook: key,
    state: endpoint === undefined ? 'unregistered' : disabledAt === null ? 'active' : 'disabled',
    address: endpoint?.address ?? null,
    disabledAt: disabledAt === null ? null : iso(disabledAt),
    waiting,
    oldestAt: oldestAt === null ? null : iso(oldestAt),
    dead: standing?.dead ?? 0,
    deadLetters: dead.map(({ messageId, caseNo, event, attempts, deadAt, why }) => ({
      messageId,
      caseNo,
      event: event.event,
      attempts,
      why,
      deadAt: iso(deadAt),
    })),
  }
}

/** Null = all. */
function messagesIn(value: unknown): readonly string[] | null {
  const given = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : { none: true }
  const { messages, ...others } = given as { readonly messages?: unknown }
  const isList =
    messages === undefined ||
    (Array.isArray(messages) &&
      messages.length <= MESSAGES_MAX &&
      messages.every((one) => typeof one === 'string' && /^msg_[0-9A-Z]{20}$/.test(one)))
  const errors: FieldError[] = []
  if (!isList) errors.push({ pointer: '/messages', rule: 'pattern', message: MESSAGES })
  if (Object.keys(others).length > 0) errors.push({ pointer: '', rule: 'additionalProperties', message: UNKNOWN })
  if (errors.length > 0) throw new Fault('FORM_INVALID', { errors })
  return messages === undefined ? null : (messages as readonly string[])
}

const MESSAGES = {
  zh: `须为至多 ${MESSAGES_MAX} 个消息编号（msg_…）的列表；省略表示全部。`,
  en: `Must be a list of at most ${MESSAGES_MAX} ids of messages (msg_…); leave it out for all.`,
}
const UNKNOWN = { zh: '须为 JSON 对象，只接受 messages。', en: 'Must be a JSON object; only messages is taken.' }

// What operators see of the webhooks, in words and schemas.

import { BODY, both, inPath, ok, TOKEN, type Operation } from './openapi-operation.ts'
import {
  componentRef as ref,
  count,
  inBoth,
  list,
  moment,
  object,
  oneOf,
  orNull,
  page,
  said,
  text,
} from './openapi-schema.ts'

export const WEBHOOK_SCHEMAS = {
  Webhook: object(said('登记的通知对象', 'A program that is told of cases'), {
    webhook: text('标识', 'Its key'),
    state: oneOf(
      ['active', 'disabled', 'unregistered'],
      'active 正常，disabled 对方以 410 表示不再接收，unregistered 已从配置中移除',
      'active = in use, disabled = it has answered 410, unregistered = the configuration has it no more',
    ),
    address: orNull(text('地址', 'Where it is called')),
    disabledAt: orNull(moment('何时停用', 'Since when it is disabled')),
    waiting: count('等待送达的消息', 'Messages that wait'),
    oldestAt: orNull(moment('最早一条的时间', 'When the oldest of them was made')),
    dead: count('已放弃的消息', 'Messages that were given up'),
    deadLetters: list(ref('DeadLetter'), '最近放弃的，至多 50 条', 'The newest of those, 50 at most'),
  }),
  DeadLetter: object(said('已放弃的消息', 'A message that was given up'), {
    messageId: text('消息编号，即 webhook-id', 'Its id, as in webhook-id'),
    caseNo: text('办件编号', 'Case number'),
    event: text('事件', 'What happened'),
    attempts: count('尝试次数', 'How often it was tried'),
    why: text('最后一次失败的原因', 'Why the last attempt failed'),
    deadAt: moment('何时放弃', 'When it was given up'),
  }),
  WebhookRedrive: {
    title: said('重新发送', 'What to send again'),
    type: 'object',
    additionalProperties: false,
    properties: {
      messages: {
        type: 'array',
        maxItems: 200,
        items: { type: 'string', pattern: '^msg_[0-9A-Z]{20}$' },
        description: said('消息编号；省略表示全部', 'Ids of messages; leave it out for all'),
      },
    },
  },
  WebhookRedriven: object(said('已重新发送', 'What is sent again'), {
    webhook: text('标识', 'Its key'),
    redriven: count('条数', 'How many messages'),
  }),
  WebhookPage: page(said('通知对象列表', 'The programs that are told'), 'webhooks', 'Webhook'),
}

export const REDRIVE_BODY = {
  required: true,
  description: inBoth({
    zh: '要重新发送的消息；{} 表示全部已放弃的。',
    en: 'Which messages to send again; {} = all that were given up.',
  }),
  content: {
    'application/json': { schema: ref('WebhookRedrive'), examples: { all: { value: {} } } },
  },
}

export const WEBHOOK_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/operations/webhooks',
    id: 'listWebhooks',
    tag: 'operations',
    access: 'token',
    summary: both('办件通知的对象', 'The webhooks'),
    about: both(
      '供运维人员：每个登记的程序有多少消息等待、多少已放弃，是否已停用。',
      'For operators: how many messages wait for each registered program, how many were given up, and whether it is disabled.',
    ),
    parameters: [],
    takes: null,
    answers: ok('WebhookPage', '全部对象。', 'All of them.'),
    faults: TOKEN,
  },
  {
    method: 'post',
    path: '/v1/operations/webhooks/{webhook}/redrive',
    id: 'redriveWebhook',
    tag: 'operations',
    access: 'token',
    summary: both('重新发送已放弃的消息', 'Send again what was given up'),
    about: both(
      '已放弃的消息立即重新发送，编号不变，尝试次数重新计算；因 410 停用的恢复使用。有审计记录。',
      'What was given up is sent again at once, under the same ids, with attempts counted anew; one that was disabled by 410 is in use again. On record.',
    ),
    parameters: [inPath('webhook', '通知对象的标识。', 'Key of the webhook.')],
    takes: 'redrive',
    answers: ok('WebhookRedriven', '已重新发送。', 'What is sent again.'),
    faults: [...TOKEN, ...BODY, 'WEBHOOK_UNKNOWN'],
  },
]

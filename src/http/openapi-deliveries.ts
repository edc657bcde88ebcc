// What operators see and decide of the messages that are not at rest, in words and schemas.

import { DELIVERY_STATES } from '../domain/delivery.ts'
import { DELIVERY_ACTS, GIVE_UP_CLASSES, MESSAGE_KINDS, OPEN_STATES } from '../domain/open-delivery.ts'
import {
  both,
  IDEMPOTENCY_KEY,
  inPath,
  ok,
  PAGE,
  parameter,
  SMALL_BODY,
  TOKEN,
  type Operation,
} from './openapi-operation.ts'
import {
  city,
  componentRef as ref,
  count,
  inBoth,
  list,
  localized,
  moment,
  object,
  oneOf,
  orNull,
  page,
  said,
  text,
} from './openapi-schema.ts'

export const DELIVERY_SCHEMAS = {
  Delivery: object(said('发给城市的一条消息', 'A message to a city'), {
    caseNo: text('办件编号', 'Case number'),
    item: object(
      said('事项', 'Item'),
      { code: text('事项代码', 'Code of the item'), name: localized('事项名称', 'Name of the item') },
      ['name'],
    ),
    leg: text('环节标识', 'Key of the leg'),
    messageNo: count('环节内的消息序号，0 为申请', 'Number within the leg, 0 = the application'),
    reference: text('城市据此查找的编号', 'The reference by which the city finds it'),
    city,
    kind: oneOf(MESSAGE_KINDS, '申请、补正或撤回', 'Application, correction or withdrawal'),
    state: oneOf(
      DELIVERY_STATES,
      'stuck 等待人工决定，stored 待投递，unconfirmed 结果不明、正在询问，sending 正在发送',
      'stuck = waits for a decision, stored = will be sent, unconfirmed = nobody knows, the city is asked, sending = on its way',
    ),
    since: moment('收到或环节开始的时间', 'When it was taken, or its leg began'),
    lastAttemptAt: orNull(moment('最近一次发送的时间', 'When it was sent last')),
    attempts: count('已尝试次数', 'Attempts begun so far'),
    fault: orNull(text('最近一次未送达的错误代码', 'Fault code of the last attempt that failed')),
    nextAttemptAt: orNull(moment('下次尝试时间', 'When it is tried next')),
    backendCaseNo: orNull(text('城市系统的办件编号', 'The city’s own case number')),
    mayHaveArrived: {
      type: 'boolean',
      description: said(
        '城市可能已经收到；false 表示确知没有收到',
        'The city may have it; false = it is proven that it does not',
      ),
    },
    waitsForOther: {
      type: 'boolean',
      description: said('须等同一环节较早的消息', 'Waits for an earlier message of its leg'),
    },
    canBe: list(
      oneOf(DELIVERY_ACTS, '可以怎样处理', 'What can be done'),
      '现在可以怎样处理；正在发送或询问时为空',
      'What can be done now; nothing while it is being sent or asked about',
    ),
  }),
  DeliveryPage: page(said('未送达的消息', 'Messages that are not at rest'), 'deliveries', 'Delivery'),
  DeliveryDecision: {
    ...object(
      said('对一条消息的决定', 'Decision about a message'),
      {
        act: oneOf(
          DELIVERY_ACTS,
          'redrive 重新投递（可能已送达的先询问），mark-delivered 城市已确认收到，give-up 放弃',
          'redrive = try again (what may have arrived is asked about first), mark-delivered = the city has said that it has it, give-up = it will not be sent',
        ),
        reason: {
          type: 'string',
          minLength: 1,
          maxLength: 200,
          description: said('原因，不得有个人信息', 'Why; without personal data'),
        },
        state: oneOf(
          DELIVERY_STATES,
          '所见的状态；已经改变时不处理',
          'The state that you saw: nothing is done if it has changed',
        ),
        backendCaseNo: {
          type: 'string',
          minLength: 1,
          maxLength: 64,
          description: said(
            '城市的办件编号，确认申请已送达时必填',
            'The city’s own number, to mark an application as delivered',
          ),
        },
        reasonClass: oneOf(
          GIVE_UP_CLASSES,
          '放弃时必填，向窗口人员和申请人显示：城市系统无法接收、已以其他方式办理、重复提交、其他',
          'Required to give up; clerk and applicant are shown it',
        ),
      },
      ['state', 'backendCaseNo', 'reasonClass'],
    ),
    additionalProperties: false,
  },
}

export const DELIVERY_BODY = {
  required: true,
  description: inBoth({
    zh: 'act 为 redrive、mark-delivered 或 give-up，并说明原因。',
    en: 'act is redrive, mark-delivered or give-up, with the reason.',
  }),
  content: {
    'application/json': {
      schema: ref('DeliveryDecision'),
      examples: {
        redrive: { value: { act: 'redrive', reason: '对方已修复接口' } },
        'mark-delivered': {
          value: { act: 'mark-delivered', reason: '对方来电确认已收', backendCaseNo: 'BX-2026-0001' },
        },
        'give-up': {
          value: { act: 'give-up', reason: '对方系统不支持', reasonClass: 'city-cannot-take-it', state: 'stuck' },
        },
      },
    },
  },
}

export const DELIVERY_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/operations/deliveries',
    id: 'listDeliveries',
    tag: 'operations',
    access: 'token',
    summary: both('未送达的消息', 'Messages that are not at rest'),
    about: both(
      '供运维人员：申请、补正和撤回中尚未送达的，最早的办件在前；每条说明自何时起、尝试几次、最近的错误和可以怎样处理。不含个人信息。',
      'For operators: applications, corrections and withdrawals that have not arrived, the oldest case first, each with since when, attempts, the last fault, and what can be done. Holds nothing personal.',
    ),
    parameters: [
      parameter('state', '消息的状态。', 'State of the message.', { enum: OPEN_STATES }),
      parameter('city', '城市标识。', 'Key of a city.'),
      ...PAGE,
    ],
    takes: null,
    answers: ok('DeliveryPage', '一页消息。', 'A page of messages.'),
    faults: TOKEN,
  },
  {
    method: 'post',
    path: '/v1/operations/deliveries/{caseNo}/{leg}/{messageNo}',
    id: 'decideDelivery',
    tag: 'operations',
    access: 'token',
    summary: both('处理一条未送达的消息', 'Decide about a message'),
    about: both(
      '重新投递、确认已送达或放弃；须说明原因，有审计记录。可能已经送达的申请只会先询问，绝不直接重发。放弃申请时办件作废，窗口人员和申请人看到 reasonClass。',
      'Have it tried again, take it for delivered, or give it up; with a reason, and on record. An application that may have arrived is asked about first, never sent again blindly. Giving up an application aborts its leg by the table of states; clerk and applicant see reasonClass.',
    ),
    parameters: [
      inPath('caseNo', '办件编号。', 'Case number.'),
      inPath('leg', '环节标识。', 'Key of the leg.'),
      inPath('messageNo', '环节内的消息序号。', 'Number of the message within the leg.'),
      IDEMPOTENCY_KEY,
    ],
    takes: 'delivery-decision',
    answers: {
      200: {
        about: both('处理后的消息。', 'The message as it stands then.'),
        schema: 'Delivery',
        headers: ['Idempotency-Replayed'],
      },
    },
    faults: [
      ...TOKEN,
      ...SMALL_BODY,
      'DELIVERY_UNKNOWN',
      'DELIVERY_STATE_REFUSES',
      'IDEMPOTENCY_KEY_REQUIRED',
      'IDEMPOTENCY_KEY_INVALID',
      'IDEMPOTENCY_KEY_REUSED',
    ],
  },
]

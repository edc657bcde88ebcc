// What operators see and decide of the lines to the cities, in words and schemas.

import { FAULTS } from '../domain/fault.ts'
import { HOLDS, LINE_STATES } from '../domain/line.ts'
import { BODY, both, inPath, ok, TOKEN, type Operation } from './openapi-operation.ts'
import {
  city,
  componentRef as ref,
  count,
  inBoth,
  moment,
  object,
  oneOf,
  orNull,
  page,
  said,
  text,
  type Schema,
} from './openapi-schema.ts'

const REASON: Schema = { type: 'string', minLength: 1, maxLength: 200 }
const holdOrNull: Schema = {
  type: ['string', 'null'],
  enum: [...HOLDS, null],
  description: said(
    'open 停止发送，closed 照常发送，null 交还断路器',
    'open = nothing is sent, closed = calls go out, null = the breaker decides',
  ),
}

export const LINE_SCHEMAS = {
  Line: object(said('到一个城市系统的线路', 'Line to a backend of a city'), {
    city,
    backend: text('城市系统', 'Backend of the city'),
    state: oneOf(
      LINE_STATES,
      'closed 正常，open 已断开，half-open 试探恢复，held 人工控制或例行维护',
      'closed = in service, open = nothing is sent, half-open = the city is being asked, held = by an operator or by the city’s maintenance',
    ),
    since: moment('自何时起', 'Since when'),
    reason: {
      type: ['string', 'null'],
      enum: [...Object.keys(FAULTS).filter((code) => code.startsWith('CITY_')), null],
      description: said('最近一次断开的原因', 'Why it opened last'),
    },
    nextProbeAt: orNull(moment('下次试探时间', 'When the city will be asked')),
    hold: { anyOf: [ref('LineHold'), { type: 'null' }] },
    maintenanceUntil: orNull(moment('例行维护的结束时间', 'When the maintenance ends')),
    clockSkewMs: {
      type: ['integer', 'null'],
      description: said(
        '对方时钟比我方快多少毫秒，约准到一秒',
        'Milliseconds that the city’s clock is ahead of ours, good to about a second',
      ),
    },
    certificateEndsAt: orNull(
      moment(
        '线路所用证书中最早的到期时间；到期前 30 天应更换',
        'When the first of the line’s certificates ends; renew it 30 days before',
      ),
    ),
    inFlight: count('正在进行的呼叫', 'Calls on their way'),
    queued: count('排队的呼叫', 'Calls that wait'),
    counts: object(said('启动以来的次数', 'Since the gateway started'), {
      answered: count('已答复', 'Answered'),
      notSent: count('未发出', 'Not sent'),
      maybeSent: count('是否送达不明', 'Maybe sent'),
      opened: count('断开次数', 'How often it opened'),
    }),
  }),
  LineHold: object(said('人工控制', 'What an operator has decided'), {
    as: oneOf(HOLDS, 'open 停止发送，closed 照常发送', 'open = nothing is sent, closed = calls go out'),
    reason: text('原因', 'Why'),
    by: text('运维人员', 'Who'),
    since: moment('自何时起', 'Since when'),
  }),
  LineDecision: {
    ...object(said('对线路的决定', 'Decision about a line'), {
      hold: holdOrNull,
      reason: {
        ...REASON,
        description: said('原因，不得有个人信息', 'Why; without personal data'),
      },
    }),
    additionalProperties: false,
  },
  LinePage: page(said('线路列表', 'The lines'), 'lines', 'Line'),
}
export const HOLD_BODY = {
  required: true,
  description: inBoth({
    zh: 'hold 为 open（停止发送）、closed（照常发送）或 null（交还断路器），并说明原因。',
    en: 'hold is open (nothing is sent), closed (calls go out) or null (the breaker decides again), with the reason.',
  }),
  content: {
    'application/json': {
      schema: ref('LineDecision'),
      examples: { hold: { value: { hold: 'open', reason: '对方通知今晚割接' } } },
    },
  },
}

export const LINE_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/operations/lines',
    id: 'listLines',
    tag: 'operations',
    access: 'token',
    summary: both('各城市线路', 'The lines to the cities'),
    about: both(
      '供运维人员：每条线路的状态、自何时起、原因、次数和下次试探时间。',
      'For operators: the state of each line, since when, why, its counts, and when the city will be asked.',
    ),
    parameters: [],
    takes: null,
    answers: ok('LinePage', '全部线路。', 'All lines.'),
    faults: TOKEN,
  },
  {
    method: 'post',
    path: '/v1/operations/lines/{city}/{backend}',
    id: 'holdLine',
    tag: 'operations',
    access: 'token',
    summary: both('人工控制一条线路', 'Hold a line'),
    about: both(
      '停止发送、照常发送或交还断路器；须说明原因，有审计记录，重启后仍然有效。停止期间申请照收，恢复后送达。',
      'Stops the calls, lets them out, or gives the line back to its breaker; with a reason, on record, and kept over a restart. Applications are taken all the same and brought later.',
    ),
    parameters: [
      inPath('city', '城市标识。', 'Key of the city.'),
      inPath('backend', '城市系统。', 'Backend of the city.'),
    ],
    takes: 'hold',
    answers: ok('Line', '线路。', 'The line.'),
    faults: [...TOKEN, ...BODY, 'LINE_UNKNOWN'],
  },
]

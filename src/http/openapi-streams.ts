// The streams of case events, in words and schemas.

import { both, inPath, TOKEN, type Answer, type Operation, type Parameter } from './openapi-operation.ts'

const LAST_EVENT_ID: Parameter = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  about: both(
    '已收到的最后一个 id：从其后继续，不漏不重。',
    'The last id that has arrived: it goes on after that one, with none left out and none doubled.',
  ),
  schema: { type: 'string', pattern: '^[0-9]{1,15}$' },
}

const STREAM: Readonly<Record<number, Answer>> = {
  200: {
    about: both(
      '事件流。每个事件的 id 递增；data 为一行 JSON：CaseEvent 的成员，加上 caseNo 和 item。没有 data 的消息只更新 id，冒号开头的行是心跳。event: end 表示即将结束及原因（token-expired 或 gateway-stopping），event: lost 表示网关没有所给的 id，请重新读取办件。',
      'The stream. Ids grow; data is a line of JSON: the members of CaseEvent with caseNo and item. A message without data moves the id on, a line that begins with a colon is a sign of life. event: end says that it ends now and why (token-expired or gateway-stopping), event: lost that the gateway has never come to the id given: read the cases anew.',
    ),
    schema: null,
    files: ['text/event-stream'],
    headers: [],
  },
}

const FAULTS = [...TOKEN, 'NOT_ACCEPTABLE', 'STREAMS_TOO_MANY', 'STREAMS_BUSY', 'DRAINING'] as const

export const STREAM_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/cases/events',
    id: 'followCases',
    tag: 'cases',
    access: 'token',
    summary: both('办件事件流', 'Follow cases'),
    about: both(
      '调用方能看到的全部办件的事件，发生即送达（server-sent events）：居民本人的、窗口人员本大厅的、城市经办的。没有 Last-Event-ID 时从现在开始。令牌到期时结束。见 docs/notifications.md。',
      'What happens to all cases that the caller may see, as it happens (server-sent events): a resident’s own, those of a clerk’s hall, those that a city handles. Without Last-Event-ID from now on. Ends with the token. See docs/notifications.md.',
    ),
    parameters: [LAST_EVENT_ID],
    takes: null,
    answers: STREAM,
    faults: FAULTS,
  },
  {
    method: 'get',
    path: '/v1/cases/{caseNo}/events',
    id: 'followCase',
    tag: 'cases',
    access: 'token',
    summary: both('一个办件的事件流', 'Follow a case'),
    about: both(
      '先给出该办件已有的经过，再随发生送达。令牌到期时结束。',
      'The history of the case so far, then what happens, as it happens. Ends with the token.',
    ),
    parameters: [inPath('caseNo', '办件编号。', 'Case number.'), LAST_EVENT_ID],
    takes: null,
    answers: STREAM,
    faults: [...FAULTS, 'CASE_UNKNOWN'],
  },
]

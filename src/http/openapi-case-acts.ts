// What people do with a case after it was filed, in words and schemas.

import { RATING_CHANNELS, RATING_SCORES } from '../domain/acts.ts'
import {
  both,
  filed,
  IDEMPOTENCY_KEY,
  inPath,
  parameter,
  SMALL_BODY,
  SUBMISSION,
  TOKEN,
  type Operation,
  type Parameter,
} from './openapi-operation.ts'
import { componentRef as ref, inBoth, said, type Schema } from './openapi-schema.ts'

export const RATING_MEMBERS = {
  score: {
    type: 'integer',
    enum: RATING_SCORES,
    description: said(
      '1 非常满意，2 满意，3 基本满意，4 不满意，5 非常不满意（GB/T 39046 A.8）',
      '1 very satisfied … 5 very dissatisfied (GB/T 39046 A.8)',
    ),
  },
  channel: {
    type: 'integer',
    enum: RATING_CHANNELS,
    description: said(
      '1 窗口，2 电脑端，3 移动端，4 快递，9 其他（GB/T 39046 A.5）',
      '1 window, 2 computer, 3 mobile, 4 courier, 9 other (GB/T 39046 A.5)',
    ),
  },
} as const

export const closed = (
  title: string,
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[],
): Schema => ({
  title,
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})

export const MAILING_MEMBERS = {
  carrier: { type: 'string', minLength: 1, maxLength: 40, description: said('寄递企业', 'The carrier') },
  trackingNo: {
    type: 'string',
    pattern: '^[0-9A-Za-z-]{6,40}$',
    description: said('运单号', 'The tracking number'),
  },
  materials: {
    type: 'array',
    minItems: 1,
    uniqueItems: true,
    items: { type: 'string' },
    description: said('所寄材料的代码', 'Codes of the materials that were posted'),
  },
} as const

export const CASE_ACT_SCHEMAS = {
  Withdrawal: closed(
    said('撤回', 'Withdrawal'),
    {
      reason: {
        type: 'string',
        minLength: 1,
        maxLength: 200,
        description: said('撤回原因，可不填', 'Why, in the applicant’s own words; may be left out'),
      },
    },
    [],
  ),
  Rerouting: closed(
    said('改派', 'Rerouting'),
    {
      city: {
        type: 'string',
        minLength: 1,
        maxLength: 40,
        description: said(
          '改由哪个城市办理；退回的城市已写明时可不填',
          'Which city is competent; may be left out where the city that returned it has named it',
        ),
      },
      reason: { type: 'string', minLength: 1, maxLength: 200, description: said('改派原因', 'Why') },
    },
    ['reason'],
  ),
  Mailing: closed(said('寄送', 'Mailing'), MAILING_MEMBERS, ['carrier', 'trackingNo', 'materials']),
  Rating: closed(
    said('好差评', 'Rating'),
    {
      ...RATING_MEMBERS,
      text: { type: 'string', minLength: 1, maxLength: 500, description: said('内容', 'In words') },
    },
    ['score', 'channel'],
  ),
} as const

const bodyOf = (schema: string, zh: string, en: string, examples: Readonly<Record<string, object>>): object => ({
  required: true,
  description: inBoth({ zh, en }),
  content: {
    'application/json': {
      schema: ref(schema),
      examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])),
    },
  },
})

export const CASE_ACT_BODIES = {
  withdrawal: bodyOf('Withdrawal', '撤回原因，可不填。', 'Why, if it is to be said.', {
    withdrawal: { reason: '已在本地办理' },
  }),
  rerouting: bodyOf('Rerouting', '改由哪个城市办理和原因。', 'Which city is competent, and why.', {
    rerouting: { city: 'benxi', reason: '申请人参保地在本溪' },
  }),
  mailing: bodyOf('Mailing', '寄递企业、运单号和所寄材料。', 'Carrier, tracking number, and what was posted.', {
    mailing: { carrier: '中国邮政', trackingNo: 'EX123456789CN', materials: ['id-document'] },
  }),
  rating: bodyOf('Rating', '满意度、渠道和内容。', 'How satisfied, by which way, and in words.', {
    rating: { score: 1, channel: 3, text: '一次办成' },
  }),
}

export const CASE_NO = inPath('caseNo', '办件编号。', 'Case number.')
export const REPEATABLE: readonly Parameter[] = [
  IDEMPOTENCY_KEY,
  {
    name: 'Prefer',
    in: 'header',
    required: false,
    about: both('愿意等待城市答复的秒数（RFC 7240）。', 'How many seconds to wait for the city (RFC 7240).'),
    schema: { type: 'string', examples: ['wait=5'] },
  },
]
export const ANSWERS = {
  201: filed('已完成，或城市拒绝（原因见答复）。', 'Done, or refused by the city (the answer says why).'),
  202: filed(
    '已保存，尚未送达或尚未确认；网关会继续。',
    'Kept, not delivered or not confirmed yet; the gateway goes on.',
    ['Retry-After'],
  ),
} as const
export const ACT_FAULTS = [
  'CASE_UNKNOWN',
  'CASE_STATE_REFUSES',
  'IDEMPOTENCY_KEY_REQUIRED',
  'IDEMPOTENCY_KEY_INVALID',
  'IDEMPOTENCY_KEY_REUSED',
  'IDEMPOTENCY_IN_PROGRESS',
] as const

export const CASE_ACT_OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/cases/{caseNo}/corrections',
    id: 'correct',
    tag: 'cases',
    access: 'token',
    summary: both('补正', 'Correct a case'),
    about: both(
      '城市要求补正时，提交完整的新版本（表单和材料）；原有版本保留。申请人、属地和办理方式不得改变。',
      'When a city has asked for a correction: a whole new version of form and materials. The versions before are kept; applicant, cities and handling mode stay.',
    ),
    parameters: [
      CASE_NO,
      parameter(
        'leg',
        '环节标识；只有一个环节待补正时可不填。',
        'Key of the leg; needed only where more than one waits.',
      ),
      ...REPEATABLE,
    ],
    takes: 'applications',
    answers: ANSWERS,
    faults: [...SUBMISSION, ...ACT_FAULTS, 'CITY_MESSAGE_UNSUPPORTED'],
  },
  {
    method: 'post',
    path: '/v1/cases/{caseNo}/withdrawal',
    id: 'withdraw',
    tag: 'cases',
    access: 'token',
    summary: both('撤回', 'Withdraw a case'),
    about: both(
      '作出决定之前可以撤回。尚未送出的当即撤回，不再送往任何城市；已送出的，由城市确认。',
      'Possible before the decision. What has not been sent is withdrawn at once and goes to no city; else the city confirms it.',
    ),
    parameters: [CASE_NO, ...REPEATABLE],
    takes: 'withdrawal',
    answers: ANSWERS,
    faults: [...TOKEN, ...SMALL_BODY, ...ACT_FAULTS, 'CITY_MESSAGE_UNSUPPORTED'],
  },
  {
    method: 'post',
    path: '/v1/cases/{caseNo}/rerouting',
    id: 'reroute',
    tag: 'cases',
    access: 'token',
    summary: both('改派', 'Reroute a case'),
    about: both(
      '城市以不属本部门退回后，由收件大厅的窗口人员改派：同一份申请送往另一个城市，原环节保留，新环节重新计时。该城市须办理此事项，且其表单与已提交的内容相符。',
      'After a city has returned what is not its own, a clerk of the hall that filed it sends the same application to another city; the leg that was returned stays in the history, and the clock of the new one begins. The city must offer the item, and what was filed must fit its form.',
    ),
    parameters: [
      CASE_NO,
      parameter(
        'leg',
        '环节标识；只有一个环节被退回时可不填。',
        'Key of the leg; needed only where more than one was returned.',
      ),
      ...REPEATABLE,
    ],
    takes: 'rerouting',
    answers: ANSWERS,
    faults: [...TOKEN, ...SMALL_BODY, ...ACT_FAULTS, 'ITEM_NOT_OFFERED'],
  },
  {
    method: 'post',
    path: '/v1/cases/{caseNo}/mailings',
    id: 'mailPapers',
    tag: 'cases',
    access: 'token',
    summary: both('登记寄送的纸质材料', 'Note papers that were posted'),
    about: both(
      '收件大厅把窗口核验过的原件寄给属地：登记寄递企业、运单号和所寄材料，申请人和属地在办件中看到。作出决定之前可以登记多次。',
      'The hall that collected the originals posts them to the competent city: carrier, tracking number and which materials, seen in the case by the applicant and that city. As often as needed, before the decision.',
    ),
    parameters: [
      CASE_NO,
      parameter('leg', '寄给哪个环节；不填为作决定的环节。', 'For which leg; the one that decides if left out.'),
      ...REPEATABLE,
    ],
    takes: 'mailing',
    answers: ANSWERS,
    faults: [...TOKEN, ...SMALL_BODY, ...ACT_FAULTS],
  },
  {
    method: 'post',
    path: '/v1/cases/{caseNo}/rating',
    id: 'rate',
    tag: 'cases',
    access: 'token',
    summary: both('好差评', 'Rate the service'),
    about: both('办件结束后评价一次。', 'Once, after the case has ended.'),
    parameters: [CASE_NO, ...REPEATABLE],
    takes: 'rating',
    answers: ANSWERS,
    faults: [...TOKEN, ...SMALL_BODY, ...ACT_FAULTS],
  },
]

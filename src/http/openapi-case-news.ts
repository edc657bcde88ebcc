// What a hall tells of a case that is decided where it was taken, in words and schemas.

import { CODE_PATTERN, ENTRIES_MAX, HALL_TELLS, NUMBER_PATTERN, OFFICE_CHARACTERS_MAX } from '../handling/tell.ts'
import { TEXT_CHARACTERS_MAX } from '../handling/tell.ts'
import { ACT_FAULTS, ANSWERS, CASE_NO, closed, REPEATABLE } from './openapi-case-acts.ts'
import { both, SMALL_BODY, TOKEN, type Operation } from './openapi-operation.ts'
import { moment, oneOf, said, type Schema } from './openapi-schema.ts'

const words = (maxLength: number, zh: string, en: string): Schema => ({
  type: 'string',
  minLength: 1,
  maxLength,
  description: said(zh, en),
})
const pattern = (source: string, zh: string, en: string): Schema => ({
  type: 'string',
  pattern: source,
  description: said(zh, en),
})

const RESULT = closed(
  said('一项办理结果', 'A result'),
  {
    code: pattern(CODE_PATTERN, '代码，同一办件内不重复', 'Its code, none twice'),
    name: words(OFFICE_CHARACTERS_MAX, '名称', 'Name'),
    number: pattern(NUMBER_PATTERN, '证照或文书编号', 'Number of the document'),
  },
  ['code', 'name', 'number'],
)

export const CASE_NEWS_SCHEMAS = {
  HallNews: closed(
    said('收件大厅登记的进展', 'How a case goes on, as the hall tells'),
    {
      state: oneOf(HALL_TELLS, '办件现在的状态', 'Where the case stands now'),
      office: words(OFFICE_CHARACTERS_MAX, '办理部门', 'The office that has done it'),
      backendCaseNo: pattern(
        NUMBER_PATTERN,
        '受理编号；受理时必填，以后变更时才填',
        'The number of the acceptance; needed with it, later only where it changes',
      ),
      at: moment(
        '发生时间；不填为现在，不早于收件和上一次进展',
        'When it happened; now where it is left out, and not before what was told last',
      ),
      reasons: {
        type: 'array',
        minItems: 1,
        maxItems: ENTRIES_MAX,
        items: { type: 'string', minLength: 1, maxLength: TEXT_CHARACTERS_MAX },
        description: said(
          '原因或需要补正的内容；不予受理、补正、特别程序、不予批准、作废时必填，其他状态不填',
          'Why, or what is to be corrected; needed with refused, correction-required, suspended, rejected and aborted, and with these alone',
        ),
      },
      results: {
        type: 'array',
        minItems: 1,
        maxItems: ENTRIES_MAX,
        items: RESULT,
        description: said(
          '办理结果：证照、文书及其编号；准予、办结、送达时可填',
          'What it has yielded, with numbers; with approved, completed and delivered',
        ),
      },
      remark: words(TEXT_CHARACTERS_MAX, '说明，可不填', 'In words; may be left out'),
    },
    ['state', 'office'],
  ),
} as const

export const CASE_NEWS_OPERATION: Operation = {
  method: 'post',
  path: '/v1/cases/{caseNo}/news',
  id: 'tellNews',
  tag: 'cases',
  access: 'token',
  summary: both('登记办件的进展', 'Tell how a case goes on'),
  about: both(
    '只用于在收件地办理的事项（delivery 为 local）：收件大厅的窗口人员登记受理、补正、特别程序、决定和办结，办件按与各城市消息相同的状态表推进，不向任何城市发送。已转交属地的办件由该城市告知进展，此处答复 409。',
    'For items that are decided where they are taken (delivery = local): a clerk of the hall that filed it tells that it was accepted, suspended, decided or completed. The case moves by the same table of states as by news of cities, and nothing is sent. Of other cases their city tells itself: 409.',
  ),
  parameters: [CASE_NO, ...REPEATABLE],
  takes: {
    schema: 'HallNews',
    about: both(
      '办件现在的状态、办理部门、编号和原因。',
      'Where it stands now, by which office, with number and reasons.',
    ),
    examples: {
      accepted: { state: 'accepted', office: '出入境管理窗口', backendCaseNo: '沈公境受〔2026〕0123号' },
      refused: { state: 'refused', office: '出入境管理窗口', reasons: ['照片不符合要求'] },
      completed: {
        state: 'completed',
        office: '出入境管理窗口',
        results: [{ code: 'passport', name: '普通护照', number: 'EJ1234567' }],
      },
    },
  },
  answers: ANSWERS,
  faults: [...TOKEN, ...SMALL_BODY, ...ACT_FAULTS],
}

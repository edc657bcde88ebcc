// Searching cases by what may stand in no address, in words and schemas.

import { CASE_STATES } from '../domain/delivery.ts'
import { PARTY_DOCUMENTS } from '../handling/asked.ts'
import { both, ok, PAGE, SMALL_BODY, TOKEN, type Operation } from './openapi-operation.ts'
import { oneOf, said, type Schema } from './openapi-schema.ts'

const words = (maxLength: number, zh: string, en: string): Schema => ({
  type: 'string',
  minLength: 1,
  maxLength,
  description: said(zh, en),
})
const moment = (zh: string, en: string): Schema => ({ type: 'string', format: 'date-time', description: said(zh, en) })

export const CASE_SEARCH_SCHEMAS = {
  CaseSearch: {
    title: said('查找办件的条件，须全部符合', 'What the cases must be; all that is given must fit'),
    type: 'object',
    properties: {
      caseNo: words(64, '办件编号', 'Case number'),
      applicant: {
        type: 'object',
        description: said('申请人的证件，须完全一致', 'The applicant’s document, exactly'),
        properties: {
          certType: oneOf(PARTY_DOCUMENTS, '证件类型；单位为 uscc', 'Kind of document; uscc for organizations'),
          certNo: words(
            18,
            '证件号码或统一社会信用代码，字母大小写均可',
            'Its number, or the unified social credit code, in either case',
          ),
        },
        required: ['certType', 'certNo'],
        additionalProperties: false,
      },
      item: words(64, '事项代码', 'Code of an item'),
      state: oneOf(CASE_STATES, '办件状态', 'State of the case'),
      collectingCity: words(32, '收件地', 'Where it was collected'),
      competentCity: words(32, '属地', 'The city that decides'),
      hall: words(80, '收件大厅，如 shenyang/heping', 'Hall that collected it, e.g. shenyang/heping'),
      filedFrom: moment('收件时间不早于（含）', 'Filed at this time or later'),
      filedUntil: moment('收件时间早于', 'Filed before this time'),
    },
    additionalProperties: false,
  },
} as const

export const CASE_SEARCH_OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/cases/searches',
    id: 'searchCases',
    tag: 'cases',
    access: 'token',
    summary: both('查找办件', 'Search cases'),
    about: both(
      '范围与办件列表相同，最新的在前。证件号码只写在请求体中，不写在地址里。不改变任何数据，无需 Idempotency-Key。一页可能不满，请按 next 继续。',
      'Within what the list of cases shows, newest first. Identity numbers stand in the body, never in an address. Changes nothing, and needs no Idempotency-Key. A page may be short: go on by next.',
    ),
    parameters: PAGE,
    takes: {
      schema: 'CaseSearch',
      about: both('条件均可不填。', 'Each may be left out.'),
      examples: {
        applicant: { applicant: { certType: '111', certNo: '210102199003070011' }, state: 'in-review' },
        days: { item: 'mi-remote-care-filing', filedFrom: '2026-11-01T00:00:00+08:00' },
      },
    },
    answers: ok('CasePage', '一页办件。', 'A page of cases.'),
    faults: [...TOKEN, ...SMALL_BODY],
  },
]

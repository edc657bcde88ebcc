// Who received the data of a case, in words and schemas.

import { DISCLOSED, RECEIVED } from '../handling/case-disclosures.ts'
import { both, inPath, ok, TOKEN, type Operation } from './openapi-operation.ts'
import { city, list, localized, moment, object, oneOf, orNull, said, text } from './openapi-schema.ts'

export const DISCLOSURE_SCHEMAS = {
  CaseDisclosures: object(said('办件数据的接收方', 'Who received the data of a case'), {
    caseNo: text('办件编号', 'Case number'),
    legalBasis: {
      oneOf: [localized('依据', 'Basis'), { type: 'null' }],
      description: said('提供数据所依据的规定', 'What the item, and with it each transfer, rests on'),
    },
    disclosures: list(
      object(said('一次提供', 'One transfer'), {
        at: moment('时间', 'When'),
        city: object(said('接收方', 'Who received it'), { key: city, name: localized('名称', 'Name') }),
        what: oneOf(
          DISCLOSED,
          'application 申请，correction 补正，withdrawal 撤回，enquiry 查询进度，file 材料文件，look 该市查看了本办件',
          'What: a message of that kind, a file, or that the city looked at the case here',
        ),
        leg: orNull(
          object(
            said('环节', 'Leg'),
            { key: text('环节标识', 'Key of the leg'), name: localized('环节名称', 'Name of the leg') },
            ['name'],
          ),
        ),
        received: oneOf(
          RECEIVED,
          'yes 已收到；unknown 已发出，是否收到尚不确定',
          'yes, or unknown: sent, and nobody knows whether it arrived',
        ),
        record: text('审计记录编号，任何人可取得其证明', 'Id of the audit record; its proof is open to all'),
      }),
      '各次提供，最早的在前',
      'The transfers, oldest first',
    ),
    more: { type: 'boolean', description: said('记录过多，未列全', 'There are more records than were looked at') },
  }),
} as const

export const DISCLOSURE_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/cases/{caseNo}/disclosures',
    id: 'getCaseDisclosures',
    tag: 'cases',
    access: 'token',
    summary: both('谁收到了我的数据', 'Who received my data'),
    about: both(
      '依据审计记录，列出哪个城市在什么时间、因哪个环节收到了本办件的什么内容。确定没有送出的不列。',
      'From the audit records: which city was sent what of the case, when, and for which leg. What provably did not leave is not listed.',
    ),
    parameters: [inPath('caseNo', '办件编号。', 'Case number.')],
    takes: null,
    answers: ok('CaseDisclosures', '各次提供。', 'The transfers.'),
    faults: [...TOKEN, 'CASE_UNKNOWN'],
  },
]

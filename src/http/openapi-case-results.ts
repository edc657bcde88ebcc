// The file of a result, in words and schemas.

import { RESULT_TYPES } from '../domain/delivery.ts'
import { both, CITY, inPath, TOKEN, type Operation } from './openapi-operation.ts'

export const CASE_RESULT_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/cases/{caseNo}/legs/{leg}/results/{code}',
    id: 'getCaseResult',
    tag: 'cases',
    access: 'token',
    summary: both('下载办理结果', 'Download a result'),
    about: both(
      '证照、文书等办理结果的文件：每次都向出具的城市索取，网关不留存；该城市不再提供或接口没有这一项时会说明。结果列在办件 news 的 results 中。',
      'The file of a certificate, letter or the like: asked for from the city that issued it each time and kept nowhere here; where that city does not provide it any more, or has no way to, the answer says so. Results stand in the results of the case’s news.',
    ),
    parameters: [
      inPath('caseNo', '办件编号。', 'Case number.'),
      inPath('leg', '环节标识。', 'Key of the leg.'),
      inPath('code', '结果代码。', 'Code of the result.'),
    ],
    takes: null,
    answers: {
      200: {
        about: both('文件内容。', 'The content of the file.'),
        schema: null,
        files: RESULT_TYPES,
        headers: ['Content-Digest'],
      },
    },
    faults: [
      ...TOKEN,
      ...CITY.filter((code) => code !== 'CITY_REFUSED' && code !== 'CITY_ANSWER_INVALID'),
      'CASE_UNKNOWN',
      'RESULT_UNKNOWN',
      'RESULT_NOT_PROVIDED',
      'CITY_GIVES_NO_FILE',
    ],
  },
]

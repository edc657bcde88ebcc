// What operators see of the comparisons with cities, in words and schemas.

import { DIFFERENCES, RECONCILED } from '../domain/reconciliation.ts'
import { both, inPath, ok, PAGE, parameter, SMALL_BODY, TOKEN, type Operation } from './openapi-operation.ts'
import { city, componentRef, count, list, moment, object, oneOf, orNull, page, said, text } from './openapi-schema.ts'

const backend = text('城市系统', 'Backend of the city')

export const RECONCILIATION_SCHEMAS = {
  Reconciliation: object(said('与一个城市系统某日的对账', 'A day compared with a backend of a city'), {
    city,
    backend,
    day: { type: 'string', format: 'date', description: said('北京时间的日期', 'Day of Beijing') },
    beganAt: moment('开始对账的时间', 'When it began'),
    endedAt: moment('结束的时间', 'When it ended'),
    outcome: oneOf(
      RECONCILED,
      'agrees 一致，differs 有差异，failed 未能取得对方的清单',
      'agrees, differs, or failed = the city’s list could not be had',
    ),
    faultCode: orNull(text('未能对账的原因', 'Why it failed')),
    here: count('我方当日送达的办件数', 'Cases that arrived on that day by our books'),
    there: count('对方当日收到的办件数', 'Cases that the city took on that day by its own'),
    agreed: count('我方送达、双方编号一致的办件数', 'Of ours, how many both have under one number'),
    differing: count('差异数', 'How many differences'),
    differences: list(componentRef('Difference'), '差异，最多 200 条', 'The differences, at most 200 of them'),
  }),
  Difference: object(said('一项差异', 'A difference'), {
    kind: oneOf(
      DIFFERENCES,
      'missing-there 对方清单中没有，unknown-here 我方从未发送，not-delivered-here 我方不知已送达，other-number 编号不同，listed-twice 对方重复列出，miscounted 对方的总数与清单不符',
      'missing-there = not on the city’s list, unknown-here = never sent by us, not-delivered-here = we do not hold it to have arrived, other-number, listed-twice, miscounted = the city says another number than it lists',
    ),
    reference: orNull(text('办件编号.环节', 'Case number and leg')),
    here: orNull(text('我方所知的对方办件编号，或我方的计数', 'The city’s number as we have it, or our count')),
    there: orNull(text('对方的办件编号，或对方的计数', 'The same as the city has it')),
  }),
  ReconciliationPage: page(said('对账', 'Reconciliations'), 'reconciliations', 'Reconciliation', {
    notListing: list(
      object(said('城市系统', 'Backend'), { city, backend }),
      '接口不能列出办件、因此不能对账的城市系统',
      'Backends whose interface cannot list its cases: nothing is compared with them',
    ),
  }),
  DayToReconcile: {
    ...object(said('要对账的日期', 'The day to compare'), {
      day: {
        type: 'string',
        format: 'date',
        description: said('北京时间的日期，不晚于今天', 'Day of Beijing, today at the latest'),
      },
    }),
    additionalProperties: false,
  },
}

export const RECONCILIATION_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/operations/reconciliations',
    id: 'listReconciliations',
    tag: 'operations',
    access: 'token',
    summary: both('对账结果', 'What was found when cities were asked what they hold'),
    about: both(
      '供运维人员：每天与每个能列出办件的城市系统对账的结果，最近的日期在前。',
      'For operators: each day compared with each backend that can list, the newest day first.',
    ),
    parameters: [
      parameter('city', '城市标识。', 'Key of a city.'),
      parameter('outcome', '结果。', 'Outcome.', { enum: RECONCILED }),
      ...PAGE,
    ],
    takes: null,
    answers: ok('ReconciliationPage', '一页。', 'A page of them.'),
    faults: TOKEN,
  },
  {
    method: 'post',
    path: '/v1/operations/reconciliations/{city}/{backend}',
    id: 'reconcile',
    tag: 'operations',
    access: 'token',
    summary: both('立即对账', 'Reconcile at once'),
    about: both(
      '向城市索取清单并与我方比对，答复即为结果；当天尚未结束的，只比对到此刻。不改变城市的任何数据；同一天再次对账，以最近一次为准。',
      'Asks the city for its list and compares; the answer is what was found, of a day that is not over so far as it has come. Changes nothing in the city; of one day the newest comparison counts.',
    ),
    parameters: [
      inPath('city', '城市标识。', 'Key of the city.'),
      inPath('backend', '城市系统。', 'Backend of the city.'),
    ],
    takes: {
      schema: 'DayToReconcile',
      about: both('要对账的日期。', 'The day to compare.'),
      examples: { day: { day: '2026-11-22' } },
    },
    answers: ok('Reconciliation', '结果。', 'What was found.'),
    faults: [...TOKEN, ...SMALL_BODY, 'LINE_UNKNOWN', 'CITY_CANNOT_LIST'],
  },
]

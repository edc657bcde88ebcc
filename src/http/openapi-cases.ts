// The schemas of cases as callers see them: their legs, what happened to them, and what cities told of them.

import { CASE_STATES, DELIVERY_STATES } from '../domain/delivery.ts'
import { HANDLING_MODES } from '../domain/item.ts'
import {
  city,
  componentRef as ref,
  count,
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

export const CASE_SCHEMAS = {
  Reason: object(said('不予受理的原因', 'Reason of a refusal'), {
    code: text('城市的原因代码', 'The city’s code'),
    message: text('城市的原话', 'In the city’s own words'),
  }),
  CaseLeg: object(
    said('办件的一个环节', 'Leg of a case'),
    {
      leg: text('环节标识', 'Key of the leg'),
      name: localized('环节名称', 'Name of the leg'),
      does: oneOf(['decide', 'co-operate'], '决定或协办', 'Whether this leg decides or co-operates'),
      city,
      delivery: oneOf(
        [...DELIVERY_STATES, 'waiting', 'local'],
        '送达情况；waiting 表示前一环节尚未办结，local 表示在收件地办结、不转外地',
        'State of the delivery; waiting = the leg before has not been taken yet, local = decided where it was taken, sent nowhere',
      ),
      backendCaseNo: orNull(text('城市系统的办件编号', 'The city’s own case number')),
      cityStatus: orNull(text('城市系统的状态代码', 'The city’s own status code')),
      reasons: list(ref('Reason'), '城市不予受理的原因', 'Why the city refused'),
      attempts: count('已尝试次数', 'Attempts begun so far'),
      fault: orNull(text('最近一次未送达的错误代码', 'Fault code of the last attempt that failed')),
      nextAttemptAt: orNull(moment('下次尝试时间', 'When it is tried next')),
    },
    ['name', 'does'],
  ),
  CaseEvent: object(said('办件经过', 'Event of a case'), {
    at: moment('时间', 'Time'),
    event: oneOf(['filed', ...DELIVERY_STATES], '事件', 'What happened'),
    leg: text('环节标识', 'Key of the leg'),
    city,
  }),
  CaseNews: object(said('城市告知的办件进展', 'What a city told of a case'), {
    at: moment('发生时间，按城市的时钟', 'When it happened, by the city’s clock'),
    receivedAt: moment('网关得知的时间', 'When the gateway learned of it'),
    leg: text('环节标识', 'Key of the leg'),
    city,
    cityStatus: text('城市系统的状态代码', 'The city’s own status code'),
    state: orNull(oneOf(CASE_STATES, '对应的办件状态', 'What that is as a state of a case')),
    remark: orNull(text('城市的说明', 'In the city’s own words')),
    reasons: list(ref('Reason'), '不予受理的原因或需要补正的内容', 'Why it was refused, or what is to be corrected'),
    results: list(ref('CaseResult'), '办理结果：证照、文书及其编号', 'What it has yielded, with numbers'),
  }),
  CaseResult: object(said('办理结果', 'Result of a case'), {
    code: text('结果代码', 'Code'),
    name: text('名称', 'Name'),
    number: text('编号', 'Number'),
  }),
  DueDay: object(said('期限', 'Due day'), {
    date: { type: 'string', format: 'date', description: said('最后一日（中国）', 'Last day, in China') },
    workingDays: count('工作日数，自收件次日起算', 'Working days, counted from the day after filing'),
    provisional: {
      type: 'boolean',
      description: said(
        '当年节假日安排尚未公布，只扣除周末，日期可能变动',
        'The year’s public holidays are not known yet: only weekends are left out, and the day may change',
      ),
    },
  }),
  Case: object(
    said('办件', 'Case'),
    {
      caseNo: text('办件编号', 'Case number'),
      item: object(
        said('事项', 'Item'),
        { code: text('事项代码', 'Code of the item'), name: localized('事项名称', 'Name of the item') },
        ['name'],
      ),
      handlingMode: oneOf(HANDLING_MODES, '办理方式', 'Handling mode'),
      collectingCity: orNull(text('收件地', 'Collecting city')),
      competentCity: text('属地', 'Competent city'),
      hall: orNull(text('收件大厅', 'Hall that collected it')),
      state: oneOf(
        CASE_STATES,
        '办件状态：已收件、预受理、已受理、待补正、不予受理、审查中、特别程序（中止计时）、准予、不予批准、已办结、已送达、已撤回、已退回',
        'State of the case: collected by a hall, pre-accepted by the competent city, then as that city decides',
      ),
      delivery: oneOf([...DELIVERY_STATES, 'local'], '首个环节的送达情况', 'State of the first leg’s delivery'),
      reasons: list(ref('Reason'), '不予受理的原因', 'Why it was refused'),
      filedAt: moment('收件时间', 'Filed at'),
      updatedAt: moment('更新时间', 'Last changed at'),
      promisedBy: { ...ref('DueDay'), description: said('承诺办结期限', 'By when it is promised') },
      statutoryBy: { ...ref('DueDay'), description: said('法定办结期限', 'By when the law wants it decided') },
      legs: list(ref('CaseLeg'), '各环节', 'Its legs'),
      events: list(ref('CaseEvent'), '办理经过', 'What happened so far'),
      news: list(
        ref('CaseNews'),
        '各城市告知的进展，按发生的先后',
        'What the cities told, in the order in which it happened',
      ),
    },
    ['promisedBy', 'statutoryBy'],
  ),
  CasePage: page(said('办件列表', 'Page of cases'), 'cases', 'Case'),
}

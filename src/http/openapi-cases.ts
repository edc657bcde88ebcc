// The schemas of cases as callers see them: their legs, what happened to them, and what cities told of them.

import { DOCUMENTS, STATE_EVENTS } from '../domain/case-states.ts'
import { CASE_STATES, DELIVERY_STATES } from '../domain/delivery.ts'
import { HANDLING_MODES } from '../domain/item.ts'
import { CONSENT_BY } from '../domain/submission.ts'
import { MESSAGE_EVENTS } from '../domain/case-record.ts'
import { WARNING_CODES } from '../handling/warnings.ts'
import { HOLDERS } from '../handling/offices.ts'
import { MAILING_MEMBERS, RATING_MEMBERS } from './openapi-case-acts.ts'
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
  telephone,
  text,
} from './openapi-schema.ts'

const HISTORY_EVENTS = new Set(['filed', ...DELIVERY_STATES, ...MESSAGE_EVENTS, ...STATE_EVENTS])

const MESSAGE_MEMBERS = {
  leg: text('环节标识', 'Key of the leg'),
  city,
  delivery: oneOf(DELIVERY_STATES, '送达情况', 'State of the delivery'),
  cityStatus: orNull(text('城市系统的状态代码', 'The city’s own status code')),
  reasons: list(ref('Reason'), '城市拒绝的原因', 'Why the city refused it'),
  attempts: count('已尝试次数', 'Attempts begun so far'),
  fault: orNull(text('最近一次未送达的错误代码', 'Fault code of the last attempt that failed')),
  nextAttemptAt: orNull(moment('下次尝试时间', 'When it is tried next')),
}

export const CASE_SCHEMAS = {
  Reason: object(said('城市所说的原因或补正事项', 'A reason, or a point to be corrected, as the city says it'), {
    code: text('城市的原因代码；没有时为空', 'The city’s code; empty = it gave none'),
    message: text('城市的原话', 'In the city’s own words'),
  }),
  CaseLeg: object(
    said('办件的一个环节', 'Leg of a case'),
    {
      leg: text('环节标识', 'Key of the leg'),
      name: localized('环节名称', 'Name of the leg'),
      does: oneOf(['decide', 'co-operate'], '决定或协办', 'Whether this leg decides or co-operates'),
      city,
      state: oneOf(CASE_STATES, '该环节的状态', 'How far this leg has come'),
      replacedBy: orNull(
        text(
          '改派后取代它的环节；没有改派时为 null',
          'The leg that took its place when it was rerouted; null = none did',
        ),
      ),
      delivery: oneOf(
        [...DELIVERY_STATES, 'waiting', 'local'],
        '送达情况；waiting 表示尚未轮到，前一环节还没有走到 startsAfter 所说的一步，local 表示在收件地办结、不转外地，cancelled 表示送出之前已撤销，given-up 表示运维人员决定不再发送',
        'State of the delivery; waiting = its turn has not come, the leg before has not come as far as startsAfter says, local = decided where it was taken, sent nowhere, cancelled = taken back before it was sent, given-up = an operator has decided that it will not be sent',
      ),
      backendCaseNo: orNull(text('城市系统的办件编号', 'The city’s own case number')),
      cityStatus: orNull(text('城市系统的状态代码', 'The city’s own status code')),
      reasons: list(
        ref('Reason'),
        '城市不予受理、不予批准、退回、中止的原因，需要补正的内容，或不再发送的原因；城市没有分条的，为其说明',
        'Why the city said no, returned it or let the clock stand, what is to be corrected, or why it will not be sent; the city’s remark where it names no points',
      ),
      attempts: count('已尝试次数', 'Attempts begun so far'),
      fault: orNull(text('最近一次未送达的错误代码', 'Fault code of the last attempt that failed')),
      nextAttemptAt: orNull(moment('下次尝试时间', 'When it is tried next')),
      clock: orNull(ref('LegClock')),
      heldBy: { ...ref('Holder'), description: said('该环节现在由谁经办', 'Who holds this leg now') },
    },
    ['name', 'does'],
  ),
  Holder: object(said('经办单位', 'Who holds it'), {
    kind: oneOf(
      HOLDERS,
      'hall 收件大厅；office 经办城市的窗口；help-desk 网关服务台（居民自行提交、尚未送达的）',
      'hall = that collected it, office = of the city that has it, help-desk = a resident filed it and no city has it yet',
    ),
    city: orNull(city),
    hall: orNull(text('大厅，如 shenyang/heping', 'Hall, e.g. shenyang/heping')),
    name: localized('名称', 'Name'),
    telephone,
  }),
  LegClock: object(
    said('环节的期限；已作出决定或已结束的没有', 'The time of a leg; none once it is decided or at its end'),
    {
      noticeBy: orNull(ref('DueDay')),
      promisedBy: orNull(ref('DueDay')),
      statutoryBy: orNull(ref('DueDay')),
      stoppedSince: orNull(
        moment('因补正或特别程序停止计时的时间', 'Since when it stands for a correction or a special procedure'),
      ),
      stoppedWorkingDays: count('累计停止计时的工作日', 'Working days that it has stood in all'),
    },
  ),
  CaseEvent: object(said('办件经过', 'Event of a case'), {
    at: moment('时间', 'Time'),
    event: oneOf([...HISTORY_EVENTS], '事件', 'What happened'),
    leg: text('环节标识', 'Key of the leg'),
    city,
    by: oneOf(
      ['clerk', 'resident', 'city', 'operator', 'gateway', 'other-leg'],
      '由谁引起：窗口人员、本人、城市、运维人员、网关，或同一办件的另一环节',
      'Who made it happen; other-leg = what happened to another leg of this case',
    ),
    hall: orNull(text('窗口人员所在大厅，或登记进展的收件大厅', 'Hall of the clerk, or that has told the news')),
    state: orNull(oneOf(CASE_STATES, '此后的环节状态', 'Where the leg stands since')),
    document: orNull(oneOf(DOCUMENTS, '由此产生的文书', 'The document that belongs to it')),
  }),
  CaseNews: object(
    said('城市告知的办件进展，或收件大厅登记的', 'What a city told of a case, or the hall in its place'),
    {
      at: moment('发生时间，按城市的时钟', 'When it happened, by the city’s clock'),
      receivedAt: moment('网关得知的时间', 'When the gateway learned of it'),
      leg: text('环节标识', 'Key of the leg'),
      city,
      cityStatus: text('城市系统的状态代码', 'The city’s own status code'),
      state: orNull(oneOf(CASE_STATES, '对应的办件状态', 'What that is as a state of a case')),
      kept: oneOf(
        ['new', 'older', 'illegal'],
        'new 已据此推进；older 已有更新的消息；illegal 与办件状态表不符，未推进',
        'new = it moved the leg; older = newer news had come; illegal = the table of states does not have it, nothing was moved',
      ),
      remark: orNull(text('城市的说明', 'In the city’s own words')),
      reasons: list(ref('Reason'), '不予受理的原因或需要补正的内容', 'Why it was refused, or what is to be corrected'),
      results: list(ref('CaseResult'), '办理结果：证照、文书及其编号', 'What it has yielded, with numbers'),
      office: text('办理部门；没有告知时无此项', 'Which office has done it; absent where it was not said'),
    },
    ['office'],
  ),
  CaseFee: object(said('费用：只是数据，不在此缴纳', 'A fee: data alone, nothing is paid here'), {
    paymentNo: text('缴款单号', 'Number of the payment'),
    name: text('项目', 'What it is for'),
    payee: text('收费单位', 'Who is paid'),
    amountYuan: {
      type: 'string',
      pattern: '^(?:0|[1-9]\\d{0,13})\\.\\d{2}$',
      description: said('金额（元），两位小数', 'Amount in yuan, with two decimals'),
    },
    leg: text('环节标识', 'Key of the leg'),
    city,
    paidAt: orNull(moment('缴费时间；未缴为 null', 'When it was paid; null while it is not')),
  }),
  CaseResult: object(said('办理结果', 'Result of a case'), {
    code: text('结果代码', 'Code'),
    name: text('名称', 'Name'),
    number: text('编号', 'Number'),
  }),
  DueDay: object(said('期限', 'Due day'), {
    date: { type: 'string', format: 'date', description: said('最后一日（中国）', 'Last day, in China') },
    workingDays: count('工作日数，含停止计时的天数', 'Working days, those included during which the clock stood'),
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
        '办件状态：已收件、预受理、已受理、待补正、不予受理、审查中、特别程序（中止计时）、准予、不予批准、已办结、已送达、已撤回、已退回、补正逾期、作废',
        'State of the case: collected by a hall, pre-accepted by the competent city, then as that city decides',
      ),
      delivery: oneOf([...DELIVERY_STATES, 'local'], '首个环节的送达情况', 'State of the first leg’s delivery'),
      reasons: list(
        ref('Reason'),
        '各环节的原因：不予受理、不予批准、需要补正等',
        'The reasons of its legs: why it was refused or rejected, what is to be corrected …',
      ),
      filedAt: moment('收件时间', 'Filed at'),
      updatedAt: moment('更新时间', 'Last changed at'),
      promisedBy: { ...ref('DueDay'), description: said('承诺办结期限', 'By when it is promised') },
      statutoryBy: { ...ref('DueDay'), description: said('法定办结期限', 'By when the law wants it decided') },
      heldBy: {
        ...ref('Holder'),
        description: said(
          '现在由谁经办：作决定的环节的经办单位，该环节尚未开始时为此前最后开始的环节的',
          'Who holds it now: by the leg that decides, or, while that has not begun, by the last leg that has',
        ),
      },
      legs: list(ref('CaseLeg'), '各环节', 'Its legs'),
      events: list(ref('CaseEvent'), '办理经过', 'What happened so far'),
      consent: orNull(ref('CaseConsent')),
      corrections: list(ref('CaseCorrection'), '补正', 'Corrections'),
      reroutings: list(ref('CaseRerouting'), '改派', 'Reroutings'),
      mailings: list(ref('CaseMailing'), '寄送的纸质材料', 'Papers that were posted'),
      withdrawal: orNull(ref('CaseWithdrawal')),
      rating: orNull(ref('CaseRating')),
      fees: list(ref('CaseFee'), '费用', 'Fees'),
      news: list(
        ref('CaseNews'),
        '各城市告知的进展，按发生的先后',
        'What the cities told, in the order in which it happened',
      ),
      warnings: list(
        ref('CaseWarning'),
        '提交时的提醒，不影响收件；只在提交申请的答复中',
        'What to know of what was filed all the same; in the answer to the application only',
      ),
    },
    ['promisedBy', 'statutoryBy', 'warnings'],
  ),
  CaseConsent: object(said('处理敏感个人信息的同意', 'Consent to the handling of sensitive data'), {
    version: text('所同意文本的版本', 'Version of the text that was agreed to'),
    at: moment('同意时间', 'When'),
    by: oneOf(CONSENT_BY, 'applicant 申请人，agent 代理人或监护人', 'Who agreed; agent = the agent or guardian'),
  }),
  CaseWarning: object(
    said('提醒', 'Warning'),
    {
      code: oneOf(
        WARNING_CODES,
        'SAME_ITEM_OPEN 同一申请人已有同一事项的办件未作出决定',
        'SAME_ITEM_OPEN = the same applicant has a case of the same item that is not decided yet',
      ),
      message: localized('说明', 'In words'),
      caseNo: text('那一办件的编号；有权查看时才有', 'Number of that case; only where you may see it'),
    },
    ['caseNo'],
  ),
  CaseMessage: object(said('申请之后发给城市的一条消息', 'A message to a city after the application'), MESSAGE_MEMBERS),
  CaseCorrection: object(said('一次补正', 'A correction'), {
    correctionNo: count('第几次补正', 'Number within the leg'),
    takenAt: moment('收到时间', 'When it was taken'),
    by: oneOf(['clerk', 'resident'], '由谁提交', 'Who brought it'),
    hall: orNull(text('大厅', 'Hall')),
    ...MESSAGE_MEMBERS,
  }),
  CaseRerouting: object(said('一次改派', 'A rerouting'), {
    reroutedAt: moment('改派时间', 'When'),
    by: oneOf(['clerk', 'resident'], '由谁改派', 'Who did it'),
    hall: orNull(text('大厅', 'Hall')),
    from: ref('ReroutedLeg'),
    to: ref('ReroutedLeg'),
    reason: orNull(text('改派原因', 'Why')),
  }),
  ReroutedLeg: object(said('改派的环节', 'Leg of a rerouting'), {
    leg: text('环节标识', 'Key of the leg'),
    city: orNull(city),
  }),
  CaseMailing: object(said('一次寄送', 'A mailing'), {
    mailedAt: moment('登记时间', 'When it was noted'),
    by: oneOf(['clerk', 'resident'], '由谁登记', 'Who noted it'),
    hall: orNull(text('大厅', 'Hall')),
    leg: text('环节标识', 'Key of the leg'),
    city: orNull(city),
    ...MAILING_MEMBERS,
  }),
  CaseWithdrawal: object(said('撤回', 'The withdrawal'), {
    takenAt: moment('收到时间', 'When it was taken'),
    by: oneOf(['clerk', 'resident'], '由谁提出', 'Who asked for it'),
    hall: orNull(text('大厅', 'Hall')),
    reason: orNull(text('申请人的说明', 'In the applicant’s own words')),
    messages: list(
      ref('CaseMessage'),
      '发给城市的撤回；尚未送出就撤回的没有',
      'What was sent to cities; none where nothing had been sent',
    ),
  }),
  CaseRating: object(said('好差评', 'Rating of the service'), {
    ratedAt: moment('评价时间', 'When'),
    by: oneOf(['clerk', 'resident'], '由谁录入', 'Who entered it'),
    ...RATING_MEMBERS,
    text: orNull(text('评价内容', 'In words')),
  }),
  CasePage: page(said('办件列表', 'Page of cases'), 'cases', 'Case'),
}

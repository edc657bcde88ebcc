// What auditors ask about a person, whose number may stand in no address, in words and schemas.

import { AUDIT_KINDS } from '../domain/audit.ts'
import { ROLES } from '../domain/words.ts'
import { PARTY_DOCUMENTS } from '../handling/asked.ts'
import { RECEIVED } from '../handling/case-disclosures.ts'
import { GIVEN } from '../handling/recipients.ts'
import { both, ok, PAGE, SMALL_BODY, TOKEN, type Operation } from './openapi-operation.ts'
import { city, list, moment, object, oneOf, orNull, said, text, type Schema } from './openapi-schema.ts'

const words = (maxLength: number, zh: string, en: string): Schema => ({ ...text(zh, en), minLength: 1, maxLength })

export const SUBJECT: Schema = {
  type: 'object',
  description: said('人员或单位的证件，须完全一致', 'A person or an organization by document, exactly'),
  properties: {
    certType: oneOf(PARTY_DOCUMENTS, '证件类型；单位为 uscc', 'Kind of document; uscc for organizations'),
    certNo: words(18, '证件号码或统一社会信用代码，字母大小写均可', 'Its number, in either case'),
  },
  required: ['certType', 'certNo'],
  additionalProperties: false,
}
const SPAN = {
  from: moment('不早于（含）', 'Not before (inclusive)'),
  until: moment('早于', 'Before'),
}

export const AUDIT_SEARCH_SCHEMAS: Readonly<Record<string, Schema>> = {
  AuditSearch: {
    title: said('查找审计记录的条件，须全部符合', 'What the records must be; all that is given must fit'),
    type: 'object',
    properties: {
      subject: SUBJECT,
      ...SPAN,
      kind: oneOf(AUDIT_KINDS, '事件种类', 'Kind of event'),
      city: words(32, '城市标识', 'Key of a city'),
      collectingCity: words(32, '收件地', 'Where the papers were taken'),
      hall: words(80, '操作者所属大厅，如 shenyang/shenyang-civic', 'Hall of who acted, e.g. shenyang/shenyang-civic'),
      item: words(64, '事项代码', 'Code of an item'),
      outcome: words(64, '结果', 'Outcome'),
      source: oneOf(['caller', 'gateway', 'city'], '责任方', 'Whose fault'),
      faultCode: words(64, '错误代码', 'Fault code'),
      role: oneOf([...ROLES, 'gateway'], '操作者的角色', 'Role of who acted'),
      actor: words(128, '操作者的标识；居民为其随机编号', 'Who acted; of a resident the random reference'),
      caseNo: words(64, '办件编号', 'Case number'),
      requestId: words(128, '请求编号', 'Id of the request'),
    },
    additionalProperties: false,
  },
  RecipientSearch: {
    title: said('谁收到过此人的数据', 'Whose data, and when'),
    type: 'object',
    properties: { subject: SUBJECT, ...SPAN },
    required: ['subject'],
    additionalProperties: false,
  },
  Recipients: object(said('收到此人数据的各方', 'Who received the data of a person'), {
    transfers: list(
      object(said('一次提供', 'One transfer'), {
        at: moment('时间', 'When'),
        what: oneOf(
          GIVEN,
          '发往城市：query 查询，application 申请，correction 补正，withdrawal 撤回，enquiry 查询进度，file 材料文件；在此查看：answer 城市的答复，look 查看办件或查找此人，content 材料文件，disclosure 审计人员打开的披露值',
          'Sent to a city: query, application, correction, withdrawal, enquiry, file. Read here: answer, what a city told; look, at a case or by a search for the person; content, an uploaded file; disclosure, opened by an auditor',
        ),
        recipient: object(
          said('接收方：城市，或查看的人员', 'A city, or who of the staff read it'),
          {
            role: oneOf(ROLES, '查看者的角色', 'Role of who read it'),
            city,
            hall: text('大厅', 'Hall'),
            subject: text('工作人员或系统标识', 'Who of the staff, or which system'),
          },
          ['role', 'city', 'hall', 'subject'],
        ),
        received: oneOf(
          RECEIVED,
          'yes 已收到；unknown 已发出，是否收到尚不确定',
          'yes, or unknown: sent, and nobody knows whether it arrived',
        ),
        caseNo: orNull(text('办件编号', 'Case number')),
        item: orNull(text('事项代码', 'Code of the item')),
        record: text('审计记录编号', 'Id of the audit record'),
      }),
      '各次提供，最早的在前',
      'The transfers, oldest first',
    ),
    more: {
      type: 'boolean',
      description: said('记录过多，未列全；请缩短时段', 'Not all of them: ask for a shorter period'),
    },
  }),
}

const EXAMPLE = { subject: { certType: '111', certNo: '210102199003070011' } }

export const AUDIT_SEARCH_OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/audit/searches',
    id: 'searchAuditRecords',
    tag: 'audit',
    access: 'token',
    summary: both('查找审计记录', 'Search audit records'),
    about: both(
      '条件同审计记录列表，另可按人员或单位的证件号码查找，包括其作为申请人、代理人的全部办件的记录。号码只写在请求体中，不进地址和日志。不改变任何数据，无需 Idempotency-Key；每次查找本身也会记录。',
      'As the list of audit records, and by a person or an organization too: with the records of all cases that they are a party of, as applicant or agent. The number stands in the body, never in an address or a log. Changes nothing and needs no Idempotency-Key; each search is recorded itself.',
    ),
    parameters: PAGE,
    takes: {
      schema: 'AuditSearch',
      about: both('条件均可不填。', 'Each may be left out.'),
      examples: {
        subject: EXAMPLE,
        hall: { hall: 'shenyang/shenyang-civic', kind: 'forwarded', from: '2026-11-01T00:00:00+08:00' },
      },
    },
    answers: ok('AuditRecordPage', '一页审计记录。', 'A page of audit records.'),
    faults: [...TOKEN, ...SMALL_BODY],
  },
  {
    method: 'post',
    path: '/v1/audit/recipients',
    id: 'listRecipients',
    tag: 'audit',
    access: 'token',
    summary: both('谁收到过此人的数据', 'Who received a person’s data'),
    about: both(
      '依据审计记录，列出这段时间哪些城市收到、哪些人员查看了此人的什么数据；确定没有送出的不列，本人的查看不列。办件列表中的一瞥不指明人员，不在其中。每次查找本身也会记录。',
      'From the audit records: which cities were sent, and who of the staff read, what of the person in the period. What provably did not leave, and the person’s own looks, are not listed; nor is a glance at a list of cases, which names nobody. Each search is recorded itself.',
    ),
    parameters: [],
    takes: {
      schema: 'RecipientSearch',
      about: both('人员或单位必填。', 'The person or organization is required.'),
      examples: { subject: { ...EXAMPLE, from: '2026-11-01T00:00:00+08:00', until: '2026-12-01T00:00:00+08:00' } },
    },
    answers: ok('Recipients', '各次提供。', 'The transfers.'),
    faults: [...TOKEN, ...SMALL_BODY],
  },
]

// Opening disclosures and erasing a person's data, in words and schemas.

import { ERASURE_GROUNDS } from '../domain/disclosure.ts'
import { DISCLOSURE_STATES, REASON_LENGTH_MAX } from '../handling/open-disclosure.ts'
import { SUBJECT } from './openapi-audit-search.ts'
import { both, inPath, ok, SMALL_BODY, TOKEN, type Operation } from './openapi-operation.ts'
import { count, list, localized, object, oneOf, orNull, said, text, type Schema } from './openapi-schema.ts'

export const ERASURE_SCHEMAS: Readonly<Record<string, Schema>> = {
  DisclosureOpening: {
    title: said('为什么要看', 'Why it has to be seen'),
    type: 'object',
    properties: {
      reason: {
        ...text('理由，加密保存，其他审计人员可凭理由查看', 'The reason; kept encrypted, for other auditors to open'),
        minLength: 1,
        maxLength: REASON_LENGTH_MAX,
      },
    },
    required: ['reason'],
    additionalProperties: false,
  },
  OpenedDisclosure: object(said('摘要背后的值', 'What stands behind the digests'), {
    record: text('审计记录编号', 'Id of the audit record'),
    state: oneOf(
      DISCLOSURE_STATES,
      'open 如下；gone 已删除或保存期满；none 该记录没有这类摘要',
      'open: shown here; gone: erased, or its time is over; none: the record has no such digest',
    ),
    values: list(
      object(said('一个值', 'One value'), {
        name: oneOf(
          ['identityCheck', 'purpose', 'reason'],
          '记录 disclosed 中的名称',
          'Name in disclosed of the record',
        ),
        value: { description: said('值', 'The value') },
        salt: text('盐（base64url）', 'The salt, base64url'),
        digest: text(
          '摘要，应与记录中的相同：SHA-256(盐 ‖ 值的 RFC 8785 形式)',
          'As it stands in the record: SHA-256(salt ‖ RFC 8785 of the value)',
        ),
      }),
      '各值',
      'The values',
    ),
    requestSalt: orNull(text('requestDigest 的盐', 'Salt of requestDigest')),
    answerSalt: orNull(text('answerDigest 的盐', 'Salt of answerDigest')),
  }),
  Erasure: {
    title: said('删除谁的个人信息、依据', 'Whose data is erased, and on which ground'),
    type: 'object',
    properties: {
      subject: SUBJECT,
      ground: oneOf(
        ERASURE_GROUNDS,
        '个人信息保护法第四十七条：purpose-over 目的已实现或不再必要，service-ended 停止服务或期限届满，consent-withdrawn 撤回同意，unlawful 违法处理，other-law 其他规定',
        'PIPL art. 47: the purpose is over, the service ended or the term is over, consent was withdrawn, it was unlawful, another law',
      ),
    },
    required: ['subject', 'ground'],
    additionalProperties: false,
  },
  Erased: object(said('删除的结果', 'What was erased and what was kept'), {
    known: { type: 'boolean', description: said('网关是否有此人的数据', 'Whether the gateway knew the person') },
    erased: object(said('已删除', 'Erased'), {
      values: count('披露值（条记录）', 'Records whose disclosed values went'),
      salts: count('盐（条记录）', 'Records whose salts went'),
      drafts: count('草稿', 'Drafts'),
      uploads: count('未用的材料', 'Uploads that no case had taken'),
      index: { type: 'boolean', description: said('证件号码到记录的索引', 'The way from the number to the records') },
    }),
    kept: list(
      object(said('依法保留的', 'Kept by law'), {
        what: oneOf(['cases', 'audit-records'], '何物', 'What'),
        count: orNull(count('个数', 'How many')),
        why: localized('原因', 'Why'),
      }),
      '保留的及其原因',
      'What was kept, and why',
    ),
    record: text('删除记录的编号', 'Id of the record of the erasure'),
  }),
}

export const ERASURE_OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/audit/records/{id}/disclosures',
    id: 'openDisclosure',
    tag: 'audit',
    access: 'token',
    summary: both('打开一条记录的披露值', 'Open what stands behind a record’s digests'),
    about: both(
      '查询目的、身份核验等值和各摘要的盐，凭理由查看；每次打开先留记录再答复。与记录中的摘要比对，即可证明值未被更改。仅限审计人员。',
      'The purpose and identity check that were stated, and the salts of the digests, with a reason; each opening is on record before it is answered. Compared with the digests of the record they prove themselves. For auditors.',
    ),
    parameters: [inPath('id', '记录编号。', 'Id of the record.')],
    takes: {
      schema: 'DisclosureOpening',
      about: both('理由必填。', 'The reason is required.'),
      examples: { reason: { reason: '投诉 2026-117 号复核' } },
    },
    answers: ok('OpenedDisclosure', '摘要背后的值。', 'The values.'),
    faults: [...TOKEN, ...SMALL_BODY, 'RECORD_UNKNOWN'],
  },
  {
    method: 'post',
    path: '/v1/operations/erasures',
    id: 'eraseSubject',
    tag: 'operations',
    access: 'token',
    summary: both('删除一人的个人信息', 'Erase a person’s data'),
    about: both(
      '删除此人查询等记录的披露值和盐、草稿、未用的材料；没有须保存的办件时连同证件号码的索引。依法须保存的留下并说明。日志不变，仍可核对。再次执行不出错，无需 Idempotency-Key。仅限运维人员，依个人信息处理者的决定执行。',
      'Erases the disclosed values and salts of the person’s queries and looks, drafts, and uploads that no case has taken; with no case to be kept, the way from the number to the records too. What has to be kept by law stays and is told. The log is as it was, and verifies. It may be done again, and needs no Idempotency-Key. For operators, who carry out what the responsible office has decided.',
    ),
    parameters: [],
    takes: {
      schema: 'Erasure',
      about: both('均为必填。', 'Both are required.'),
      examples: {
        person: { subject: { certType: '111', certNo: '210102199003070011' }, ground: 'consent-withdrawn' },
      },
    },
    answers: ok('Erased', '已删除的和保留的。', 'What was erased and what was kept.'),
    faults: [...TOKEN, ...SMALL_BODY],
  },
]

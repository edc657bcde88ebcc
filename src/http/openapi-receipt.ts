// The receipt of a case, in words and schemas.

import { MATERIAL_WAYS } from '../handling/receipt.ts'
import { both, inPath, TOKEN, type Operation } from './openapi-operation.ts'
import {
  componentRef as ref,
  city,
  list,
  localized,
  moment,
  object,
  oneOf,
  orNull,
  said,
  text,
} from './openapi-schema.ts'

export const RECEIPT_SCHEMAS = {
  Receipt: object(said('收件凭证', 'Receipt'), {
    receiptNo: text('凭证编号', 'Number of the receipt'),
    caseNo: text('办件编号', 'Case number'),
    item: object(said('事项', 'Item'), {
      code: text('事项代码', 'Code of the item'),
      name: localized('事项名称', 'Name of the item'),
    }),
    applicant: object(said('申请人', 'Applicant'), {
      name: text('姓名或名称', 'Name'),
      document: text('证件号码，中间隐去', 'Number of the document, its middle left out'),
    }),
    agent: orNull(text('代理人姓名', 'Name of the agent')),
    competentCity: object(said('属地', 'The competent city'), { key: city, name: localized('名称', 'Name') }),
    collectedBy: { ...ref('Holder'), description: said('收件单位', 'Who collected it') },
    collectedAt: moment('收件时间', 'When it was collected'),
    identityCheck: orNull(ref('ReceiptCheck')),
    materials: list(ref('ReceiptMaterial'), '收到的材料', 'Materials received'),
    promisedBy: orNull(ref('DueDay')),
    heldBy: { ...ref('Holder'), description: said('现在由谁经办', 'Who holds it now') },
    notice: localized('说明：收件不等于受理', 'What a receipt is not: an acceptance'),
  }),
  ReceiptCheck: object(said('身份核验', 'Identity check'), {
    how: text('方式代码', 'How, as in the form'),
    label: localized('方式', 'How, in words'),
    at: moment('时间', 'When'),
    by: orNull(text('核验人（窗口人员账号）', 'Who checked: the account of the clerk')),
  }),
  ReceiptMaterial: object(said('一份材料', 'A material'), {
    code: text('材料代码', 'Code'),
    name: localized('材料名称', 'Name'),
    how: oneOf(
      MATERIAL_WAYS,
      'original 原件（窗口核验），electronic 电子件，commitment 告知承诺，shared-data 数据共享核验',
      'How it was provided',
    ),
    label: localized('提供方式', 'How, in words'),
  }),
} as const

export const RECEIPT_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/cases/{caseNo}/receipt',
    id: 'getReceipt',
    tag: 'cases',
    access: 'token',
    summary: both('收件凭证', 'Receipt of a case'),
    about: both(
      '收件凭证的内容；请求头 Accept 偏好 text/html 时，答复为可打印的页面（中文在前，英文在后，不含脚本）。',
      'What the receipt says; where Accept prefers text/html, as a page to be printed (Chinese first, English second, no scripts).',
    ),
    parameters: [inPath('caseNo', '办件编号。', 'Case number.')],
    takes: null,
    answers: {
      200: { about: both('收件凭证。', 'The receipt.'), schema: 'Receipt', files: ['text/html'], headers: [] },
    },
    faults: [...TOKEN, 'CASE_UNKNOWN'],
  },
]

// The schemas of what the gateway itself answers with: cases, items, cities, audit records, problems.

import { APPLICANT_TYPES, HANDLING_MODES, INTERACTIONS } from '../domain/item.ts'
import { FAULTS } from '../domain/fault.ts'
import { WHEN_FAILED } from '../domain/case-states.ts'
import { STARTS_AFTER } from '../domain/leg-place.ts'
import { LINE_STATES } from '../domain/line.ts'
import { AUDIT_SCHEMAS } from './openapi-audit.ts'
import { AUDIT_SEARCH_SCHEMAS } from './openapi-audit-search.ts'
import { ERASURE_SCHEMAS } from './openapi-erasures.ts'
import { AUDIT_LOG_SCHEMAS } from './openapi-audit-log.ts'
import { CASE_SCHEMAS } from './openapi-cases.ts'
import { DEADLINE_SCHEMAS } from './openapi-deadlines.ts'
import { RECONCILIATION_SCHEMAS } from './openapi-reconciliations.ts'
import { DELIVERY_SCHEMAS } from './openapi-deliveries.ts'
import { LINE_SCHEMAS } from './openapi-lines.ts'
import { WEBHOOK_SCHEMAS } from './openapi-webhooks.ts'
import { MATERIAL_SCHEMAS } from './openapi-materials.ts'
import { DRAFT_SCHEMAS } from './openapi-drafts.ts'
import { DISCLOSURE_SCHEMAS } from './openapi-disclosures.ts'
import { RECEIPT_SCHEMAS } from './openapi-receipt.ts'
import {
  city,
  componentRef as ref,
  count,
  list,
  localized,
  object,
  oneOf,
  orNull,
  page,
  said,
  telephone,
  text,
  type Schema,
} from './openapi-schema.ts'

const summary = {
  code: text('事项代码', 'Code'),
  name: localized('事项名称', 'Name'),
  domain: text('领域', 'Domain'),
  department: localized('主管部门', 'Department'),
  category: text('事项类别', 'Category'),
  interaction: oneOf(INTERACTIONS, '查询或申请', 'Answered at once, or opens a case'),
  handlingModes: list(
    { type: 'string', enum: HANDLING_MODES },
    '办理方式，首选在前',
    'Handling modes, preferred first',
  ),
  applicantType: oneOf(APPLICANT_TYPES, '申请人类型', 'Who may apply'),
  promisedWorkingDays: count('承诺办结工作日', 'Working days promised'),
  statutoryWorkingDays: orNull(count('法定办结工作日', 'Working days by law')),
  routingBasis: text('确定属地的依据', 'By what the competent city is found'),
  effectiveFrom: { type: 'string', format: 'date', description: said('实施日期', 'In effect from') },
  source: text('目录依据', 'Where this entry of the catalogue comes from'),
}

const catalogue = {
  Sentence: object(said('中英文', 'In Chinese and English'), { zh: { type: 'string' }, en: { type: 'string' } }),
  ItemSummary: object(said('事项摘要', 'Item, in short'), summary),
  ItemPage: page(said('事项列表', 'Page of items'), 'items', 'ItemSummary', {
    notice: localized('目录说明', 'What this catalogue is'),
  }),
  ItemLeg: object(
    said('事项的环节', 'Leg of an item'),
    {
      key: text('环节标识', 'Key'),
      name: localized('环节名称', 'Name'),
      does: oneOf(['decide', 'co-operate'], '决定或协办', 'Whether this leg decides or co-operates'),
      routing: object(said('属地规则', 'Routing rule'), {
        basis: text('依据', 'Basis'),
        field: text('取值字段（JSON Pointer）', 'Field of the body, as JSON Pointer'),
        codeKind: text('代码种类', 'Kind of code found there'),
      }),
      startsAfter: oneOf(
        STARTS_AFTER,
        '前一环节收到（默认）、批准或办结后开始',
        'Starts when the leg before was taken (the usual way), approved or completed',
      ),
      whenFailed: oneOf(
        WHEN_FAILED,
        '本环节未办成时：stop 其余不再开始（默认），undo 已开始的也撤回，go-on 其余照常',
        'Where this leg ends badly: stop = the others do not start (the usual way), undo = those begun are withdrawn, go-on = the others go on',
      ),
      promisedWorkingDays: count('本环节的工作日', 'Working days that this leg has'),
      yields: list(
        object(said('交给后一环节的结果', 'What it hands to the next leg'), {
          code: text('代码', 'Code'),
          name: localized('名称', 'Name'),
        }),
        '交给后一环节的结果',
        'What it hands to the next leg',
      ),
    },
    ['startsAfter', 'whenFailed', 'promisedWorkingDays', 'yields'],
  ),
  ItemMaterial: object(
    said('材料', 'Material'),
    {
      code: text('材料代码', 'Code'),
      name: localized('材料名称', 'Name'),
      forms: list(
        { type: 'string', enum: ['original', 'copy', 'electronic'] },
        '原件、复印件或电子件',
        'Original, copy or electronic',
      ),
      commitment: { type: 'boolean', description: said('可否告知承诺', 'May be replaced by a signed commitment') },
      sharedData: { type: 'boolean', description: said('可否数据共享核验', 'May be verified through shared data') },
      requiredWhen: {
        type: 'object',
        description: said('何时需要（针对请求体的 JSON Schema）', 'When it is required: a JSON Schema over the body'),
      },
    },
    ['requiredWhen'],
  ),
  Item: object(
    said('事项', 'Item'),
    {
      ...summary,
      legalBasis: localized('法律依据', 'Legal basis'),
      legalBasisNote: {
        oneOf: [ref('Sentence'), { type: 'null' }],
        description: said(
          '依据中未经原文核对的部分',
          'Which parts of the basis were not compared with the text itself',
        ),
      },
      legs: list(ref('ItemLeg'), '各环节', 'Its legs'),
      materials: list(ref('ItemMaterial'), '材料清单', 'Materials asked for'),
      consent: orNull(ref('ConsentText')),
      guardianUnder: {
        type: ['integer', 'null'],
        description: said(
          '未满此年龄的申请人须由监护人代为申请',
          'An applicant younger than this needs a guardian to apply',
        ),
      },
      cities: list({ type: 'string' }, '办理此事项的城市', 'Cities that offer it'),
      city: text('所问城市；时限和材料为该市的', 'The city asked about: days and materials are its own'),
      note: {
        oneOf: [ref('Sentence'), { type: 'null' }],
        description: said('该市与目录不同之处', 'How that city differs from the catalogue'),
      },
      notice: localized('目录说明', 'What this catalogue is'),
    },
    ['city', 'note'],
  ),
  ConsentText: object(said('须单独同意的文本', 'What has to be agreed to'), {
    version: text('版本；文本改变则版本改变', 'Version; another text is another version'),
    zh: { type: 'string' },
    en: { type: 'string' },
  }),
  City: object(said('城市', 'City'), {
    key: text('城市标识', 'Key'),
    name: localized('名称', 'Name'),
    halls: list(
      object(said('政务服务大厅', 'Service hall'), {
        key: text('大厅标识', 'Key'),
        name: localized('名称', 'Name'),
        telephone,
      }),
      '政务服务大厅',
      'Its service halls',
    ),
    office: object(said('经办窗口', 'Who handles what others have collected for it'), {
      name: localized('名称', 'Name'),
      telephone,
    }),
    divisions: list({ type: 'string' }, '行政区划代码', 'Division codes that mean this city'),
  }),
  CityPage: page(said('城市列表', 'Page of cities'), 'cities', 'City'),
}

const routing = {
  RoutingQuestion: {
    ...object(said('属地询问', 'Question of routing'), {
      item: text('事项代码', 'Code of the item'),
      body: {
        type: 'object',
        description: said(
          '请求体，至少含确定属地的字段',
          'The body, with at least the fields by which the city is found',
        ),
      },
    }),
    additionalProperties: false,
  },
  RoutingLeg: object(said('环节的属地', 'Where a leg goes'), {
    leg: text('环节标识', 'Key of the leg'),
    name: localized('环节名称', 'Name of the leg'),
    does: oneOf(['decide', 'co-operate'], '决定或协办', 'Whether this leg decides or co-operates'),
    city,
    rule: text('规则', 'Rule'),
    field: text('取值字段（JSON Pointer）', 'Field of the body, as JSON Pointer'),
    codeKind: text('代码种类', 'Kind of code found there'),
    value: text('字段的值', 'Value of that field'),
  }),
  Routing: object(said('属地', 'Routing'), {
    item: object(said('事项', 'Item'), {
      code: text('事项代码', 'Code of the item'),
      name: localized('事项名称', 'Name of the item'),
    }),
    city: text('作决定的城市', 'The city that decides'),
    offered: { type: 'boolean', description: said('该市是否办理此事项', 'Whether that city offers the item') },
    forwarded: {
      type: 'boolean',
      description: said(
        '是否转给该市；false 表示在收件地办结',
        'Whether it is forwarded; false = decided where it is taken',
      ),
    },
    legs: list(ref('RoutingLeg'), '各环节', 'Its legs'),
  }),
}

const platform = {
  Health: object(said('存活', 'Alive'), { status: { type: 'string', const: 'ok' } }),
  Readiness: object(said('就绪', 'Readiness'), {
    status: oneOf(['ready', 'not-ready', 'draining'], '网关状态', 'State of the gateway'),
    store: text('ok，或存储的错误代码', 'ok, or the fault code of the store'),
    lines: list(
      object(said('城市线路', 'Line to a city'), {
        city,
        backend: text('城市系统', 'Backend of the city'),
        state: oneOf(LINE_STATES, '线路状态', 'State of the line'),
      }),
      '各城市线路；城市故障不影响网关就绪',
      'Lines to the cities; a sick city does not make the gateway unready',
    ),
  }),
}

const problem = {
  FieldError: object(said('一处错误', 'One mistake'), {
    pointer: text('请求体中的位置（JSON Pointer），或 ?参数名', 'JSON Pointer into the body, or ?name of a parameter'),
    rule: text('所违反的规则', 'Which rule'),
    message: text('说明', 'In words'),
  }),
  Problem: object(
    said('错误（RFC 9457）', 'Problem (RFC 9457)'),
    {
      type: { type: 'string', format: 'uri', description: said('错误种类的 URI', 'URI of this kind of problem') },
      title: text('错误名称', 'What went wrong'),
      status: { type: 'integer', description: said('HTTP 状态', 'HTTP status') },
      detail: text('具体情况', 'What was wrong this time'),
      code: oneOf(Object.keys(FAULTS), '错误代码', 'Fault code'),
      source: oneOf(['caller', 'gateway', 'city'], '责任方：调用方、网关或城市', 'Whose fault it is'),
      action: text('应对办法', 'What to do about it'),
      city,
      caseNo: text('办件编号', 'Case number'),
      errors: list(ref('FieldError'), '各处错误，至多 20 处', 'Each mistake, at most 20'),
      more: { type: 'boolean', description: said('错误是否未列全', 'Whether there are more mistakes than listed') },
      reasons: list(ref('Reason'), '城市的原因', 'The city’s reasons'),
      requestId: text('请求编号，报障时请提供', 'Id of the request: name it when you report the problem'),
    },
    ['detail', 'city', 'caseNo', 'errors', 'more', 'reasons'],
  ),
}

export const ANSWER_SCHEMAS: Readonly<Record<string, Schema>> = {
  ...catalogue,
  ...CASE_SCHEMAS,
  ...LINE_SCHEMAS,
  ...WEBHOOK_SCHEMAS,
  ...DELIVERY_SCHEMAS,
  ...DEADLINE_SCHEMAS,
  ...RECONCILIATION_SCHEMAS,
  ...MATERIAL_SCHEMAS,
  ...RECEIPT_SCHEMAS,
  ...DISCLOSURE_SCHEMAS,
  ...DRAFT_SCHEMAS,
  ...routing,
  ...AUDIT_SCHEMAS,
  ...AUDIT_SEARCH_SCHEMAS,
  ...ERASURE_SCHEMAS,
  ...AUDIT_LOG_SCHEMAS,
  ...platform,
  ...problem,
}

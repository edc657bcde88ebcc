// What auditors ask for, in words: records by their members, findings, single records.

import { AUDIT_KINDS, COUNTED_BY, FINDINGS } from '../domain/audit.ts'
import { ROLES } from '../domain/words.ts'
import { EXPORT_FORMATS, RECORDS_MAX } from './audit-export.ts'
import { LINES_MAX } from './audit-statistics.ts'
import { AUDIT_SEARCH_OPERATIONS } from './openapi-audit-search.ts'
import {
  both,
  inPath,
  ok,
  PAGE,
  parameter,
  SMALL_BODY,
  TOKEN,
  type Operation,
  type Parameter,
} from './openapi-operation.ts'

const time = { format: 'date-time' }
const FILTERS: readonly Parameter[] = [
  parameter('kind', '事件种类。', 'Kind of event.', { enum: AUDIT_KINDS }),
  parameter('city', '城市标识。', 'Key of a city.'),
  parameter('collectingCity', '收件地。', 'Where the papers were taken.'),
  parameter('hall', '操作者所属大厅，如 shenyang/shenyang-civic。', 'Hall of who acted, e.g. shenyang/shenyang-civic.'),
  parameter('item', '事项代码。', 'Code of an item.'),
  parameter('outcome', '结果。', 'Outcome.'),
  parameter('source', '责任方。', 'Whose fault.', { enum: ['caller', 'gateway', 'city'] }),
  parameter('faultCode', '错误代码。', 'Fault code.'),
  parameter('role', '操作者的角色。', 'Role of who acted.', { enum: [...ROLES, 'gateway'] }),
  parameter('actor', '操作者的标识；居民为其随机编号。', 'Who acted; of a resident the random reference.'),
  parameter('caseNo', '办件编号。', 'Case number.'),
  parameter('requestId', '请求编号。', 'Id of the request.'),
  parameter('from', '不早于（含）。', 'Not before (inclusive).', time),
  parameter('until', '早于。', 'Before.', time),
]

const EXPORT = {
  path: '/v1/audit/export',
  tag: 'audit',
  access: 'token',
  about: both(
    '截至最新检查点的记录，作为一个文件，边读边发，最早的在前。format：ndjson（默认，每行一条，同审计记录列表）、csv、html（可打印，至多 5000 条）。中断后以最后一条完整记录的编号作 afterRecord 继续。响应头 Export-Record 是导出记录的编号，发完之前落盘，写明文件的摘要和条数；其证明即文件的凭据，用 gateway audit verify-export 核对。仅限审计人员。',
    'The records up to the newest checkpoint as one file, sent as it is read, oldest first. format: ndjson (the default, a line each, as the list gives them), csv, or html (to be printed, 5000 at most). After a cut go on by afterRecord, the id of the last whole record that came. The header Export-Record is the id of the record of the export, which is durable before the file has left and tells its digest and number of records: its proof is the voucher of the file, which gateway audit verify-export checks. For auditors.',
  ),
  answers: {
    200: {
      about: both('文件。', 'The file.'),
      schema: null,
      files: ['application/x-ndjson', 'text/csv', 'text/html'],
      headers: ['Export-Record'],
    },
  },
} as const
const EXPORT_PARAMETERS: readonly Parameter[] = [
  parameter('format', '格式。', 'Form of the file.', { enum: EXPORT_FORMATS }),
  {
    ...parameter('records', '至多多少条。', 'Records at most.'),
    schema: { type: 'integer', minimum: 1, maximum: RECORDS_MAX },
  },
  parameter('afterRecord', '从这条记录之后开始。', 'Begin after this record.'),
]

export const AUDIT_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/audit/records',
    id: 'listAuditRecords',
    tag: 'audit',
    access: 'token',
    summary: both('审计记录列表', 'List audit records'),
    about: both(
      '仅限审计人员，每次查看本身也会记录；最早的在前。',
      'For auditors, each look being recorded itself; oldest first.',
    ),
    parameters: [...FILTERS, ...PAGE],
    takes: null,
    answers: ok('AuditRecordPage', '一页审计记录。', 'A page of audit records.'),
    faults: TOKEN,
  },
  {
    method: 'get',
    path: '/v1/audit/findings',
    id: 'listAuditFindings',
    tag: 'audit',
    access: 'token',
    summary: both('需要查看的审计记录', 'Audit records to look into'),
    about: both(
      '仅限审计人员，每次查看本身也会记录。no-outcome：有发送意图而无结果（默认；五分钟内仍在进行的不算）；outside-a-case：不属于办件的查询；crash：之前没有停止记录的启动；gap：编号与该节点上一条不相接的记录，其前有缺失。一页可能不满，甚至为空，请按 next 继续，直至 next 为 null。',
      'For auditors, each look being recorded itself. no-outcome (the default): an intent without an outcome, unless it is younger than five minutes and still under way; outside-a-case: a query, which belongs to no case; crash: a start without a stop before it; gap: a record whose number does not follow that of its node’s record before it, so that something is missing there. A page may be short or empty: go on by next until it is null.',
    ),
    parameters: [parameter('finding', '哪一种。', 'Which of them.', { enum: FINDINGS }), ...PAGE],
    takes: null,
    answers: ok('AuditRecordPage', '一页审计记录。', 'A page of audit records.'),
    faults: TOKEN,
  },
  {
    method: 'get',
    path: '/v1/audit/records/{id}',
    id: 'getAuditRecord',
    tag: 'audit',
    access: 'token',
    summary: both('一条审计记录', 'One audit record'),
    about: both(
      '除 leafHash 外的成员即被哈希的内容：先按 RFC 8785 规范化，再在前面加一个 0x00 字节后取 SHA-256。',
      'All members but leafHash are what was hashed: put into RFC 8785 form, a 0x00 byte set before it, then SHA-256.',
    ),
    parameters: [
      inPath('id', '记录编号，即 Audit-Record 响应头。', 'Id of the record, as in the Audit-Record header.'),
    ],
    takes: null,
    answers: ok('AuditRecord', '审计记录。', 'The record.'),
    faults: [...TOKEN, 'RECORD_UNKNOWN'],
  },
  ...AUDIT_SEARCH_OPERATIONS,
  {
    ...EXPORT,
    method: 'get',
    id: 'exportAuditRecords',
    summary: both('导出审计记录', 'Export audit records'),
    parameters: [...EXPORT_PARAMETERS, ...FILTERS],
    takes: null,
    faults: [...TOKEN, 'EXPORTS_BUSY'],
  },
  {
    ...EXPORT,
    method: 'post',
    id: 'exportAuditSearch',
    summary: both('按人员导出审计记录', 'Export audit records about a person'),
    parameters: EXPORT_PARAMETERS,
    takes: {
      schema: 'AuditSearch',
      about: both('条件均可不填。', 'Each may be left out.'),
      examples: { subject: { subject: { certType: '111', certNo: '210102199003070011' } } },
    },
    faults: [...TOKEN, ...SMALL_BODY, 'EXPORTS_BUSY'],
  },
  {
    method: 'get',
    path: '/v1/audit/statistics',
    id: 'getAuditStatistics',
    tag: 'audit',
    access: 'token',
    summary: both('审计记录统计', 'Count audit records'),
    about: both(
      `按城市、事项、结果、事件种类、小时和日（北京时间）计数，最近一秒的记录也在内。只数整小时：答复中的 from 和 until 是实际所数的时段，默认最近 30 天。至多 ${LINES_MAX} 行。仅限审计人员，查看本身也会记录。`,
      `Counts by city, item, outcome, kind of event, hour and day (Beijing time), with the records of the last second. Whole hours are counted: from and until of the answer say which, by default the last 30 days. At most ${LINES_MAX} lines. For auditors, the look being recorded itself.`,
    ),
    parameters: [
      parameter('by', '分组，以逗号分隔；不写即总数。', 'By what, with commas between; without it one total.', {
        pattern: `^(?:${COUNTED_BY.join('|')})(?:,(?:${COUNTED_BY.join('|')}))*$`,
        example: 'city,outcome',
      }),
      parameter('kind', '事件种类，如 city-answered。', 'Kind of event, e.g. city-answered.', { enum: AUDIT_KINDS }),
      parameter('city', '城市标识。', 'Key of a city.'),
      parameter('item', '事项代码。', 'Code of an item.'),
      parameter('outcome', '结果。', 'Outcome.'),
      parameter('from', '不早于（含）。', 'Not before (inclusive).', time),
      parameter('until', '早于。', 'Before.', time),
    ],
    takes: null,
    answers: ok('AuditStatistics', '各组的数目。', 'The counts.'),
    faults: TOKEN,
  },
]

// The schemas of audit records as auditors read them.

import { AUDIT_KINDS, COUNTED_BY } from '../domain/audit.ts'
import { FAULTS } from '../domain/fault.ts'
import { ROLES } from '../domain/words.ts'
import { city, count, list, moment, object, oneOf, orNull, page, said, text, type Schema } from './openapi-schema.ts'

// Members that have nothing to say are absent from a leaf, hence so few are required.
const AUDIT_ALWAYS = ['id', 'v', 'time', 'node', 'boot', 'seq', 'kind', 'actor', 'outcome', 'configVersion', 'leafHash']
const auditMembers = {
  id: text('记录编号', 'Id of the record'),
  v: { type: 'integer', description: said('记录格式版本', 'Version of the form of records') },
  time: moment('时间', 'Time'),
  node: text('网关节点', 'Node of the gateway'),
  boot: text('本次启动标识', 'Which run of the node'),
  seq: count('节点内序号', 'Number within the node, without gaps'),
  kind: oneOf(AUDIT_KINDS, '事件种类', 'Kind of event'),
  requestId: text('请求编号', 'Id of the request'),
  actor: object(
    said('操作者', 'Who acted'),
    {
      role: oneOf([...ROLES, 'gateway'], '角色', 'Role'),
      issuer: text('令牌签发者', 'Issuer of the token'),
      subject: text('工作人员或系统标识', 'Who of the staff, or which system'),
      subjectRef: text('居民的随机编号', 'Random reference of a resident'),
      city,
      hall: text('大厅', 'Hall'),
    },
    ['issuer', 'subject', 'subjectRef', 'city', 'hall'],
  ),
  subjectRef: text('当事人的随机编号', 'Random reference of the person concerned'),
  method: text('HTTP 方法', 'HTTP method'),
  route: text('接口地址模式', 'Pattern of the address'),
  item: text('事项代码', 'Code of the item'),
  city,
  collectingCity: text('收件地', 'Collecting city'),
  routeRule: text('属地依据', 'Why this city'),
  caseNo: text('办件编号', 'Case number'),
  leg: text('环节标识', 'Key of the leg'),
  call: oneOf(
    ['query', 'deliver', 'enquire', 'correct', 'withdraw', 'hand-over', 'result'],
    '对城市的调用：查询、送达、查证、补正、撤回、移交材料',
    'What the city was called for',
  ),
  intent: text('所答复的意图记录编号', 'Id of the intent that this record is the outcome of'),
  erasureRef: text('删除所涉个人的随机编号', 'Random reference of whose data was erased, in no other record'),
  outcome: text('结果', 'Outcome'),
  status: { type: 'integer', description: said('答复的 HTTP 状态', 'HTTP status of the answer') },
  faultCode: oneOf(Object.keys(FAULTS), '错误代码', 'Fault code'),
  source: oneOf(['caller', 'gateway', 'city'], '责任方', 'Whose fault'),
  requestDigest: text('请求的加盐摘要', 'Salted digest of the request'),
  answerDigest: text('答复的加盐摘要', 'Salted digest of the answer'),
  schemaDigest: text('校验所用模式的摘要', 'Digest of the schema that accepted it'),
  configVersion: text('配置版本', 'Version of the configuration'),
  consentVersion: text('所同意文本的版本', 'Version of the text that was agreed to'),
  contentDigest: text('所给文件的摘要（SHA-256，base64url）', 'SHA-256 of the file that was given out, base64url'),
  disclosed: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description: said('各披露值的加盐摘要', 'Salted digests of values that are kept apart, by name'),
  },
  counts: {
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: said('计数', 'Small counted facts of the event'),
  },
  leafHash: text('RFC 6962 叶哈希（base64）', 'RFC 6962 leaf hash, base64'),
}

export const AUDIT_SCHEMAS: Readonly<Record<string, Schema>> = {
  AuditRecord: object(
    said('审计记录', 'Audit record'),
    auditMembers,
    Object.keys(auditMembers).filter((name) => !AUDIT_ALWAYS.includes(name)),
  ),
  AuditStatistics: object(said('审计记录统计', 'Counts of audit records'), {
    from: moment('所数时段之始', 'From when it was counted'),
    until: moment('所数时段之末', 'Until when'),
    statistics: list(
      object(
        said('一组', 'One line'),
        {
          day: { type: 'string', format: 'date', description: said('日（北京时间）', 'Day in Beijing') },
          hour: moment('小时之始', 'When the hour begins'),
          kind: oneOf(AUDIT_KINDS, '事件种类', 'Kind of event'),
          city: orNull(text('城市标识；null：不涉及城市', 'Key of a city, null: no city is named')),
          item: orNull(text('事项代码；null：不涉及事项', 'Code of an item, null: no item is named')),
          outcome: text('结果', 'Outcome'),
          count: count('记录数', 'Records'),
        },
        COUNTED_BY,
      ),
      '各组，按日、小时、种类、城市、事项、结果排序',
      'The lines, sorted by day, hour, kind, city, item, outcome',
    ),
  }),
  AuditRecordPage: page(said('审计记录列表', 'Page of audit records'), 'records', 'AuditRecord'),
}

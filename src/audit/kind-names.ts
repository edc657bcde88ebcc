// What each kind of audit record is called by people.

import type { AuditKind } from '../domain/audit.ts'
import type { Sentence } from '../domain/words.ts'

export const KIND_NAMES: Readonly<Record<AuditKind, Sentence>> = {
  'gateway-started': { zh: '网关启动', en: 'Gateway started' },
  'gateway-stopped': { zh: '网关停止', en: 'Gateway stopped' },
  'gap-found': { zh: '发现日志中断', en: 'Gap in writing found' },
  'line-held': { zh: '人工切换线路', en: 'Line held or given back' },
  'delivery-decided': { zh: '人工处置投递', en: 'Delivery decided' },
  reconciled: { zh: '与城市对账', en: 'Held against a city' },
  'log-key-rotated': { zh: '更换日志密钥', en: 'Log key changed' },
  'request-answered': { zh: '请求已答复', en: 'Request answered' },
  'request-refused': { zh: '请求被拒', en: 'Request refused' },
  'rights-refused': { zh: '无权操作', en: 'No right to do so' },
  'tokens-refused': { zh: '令牌被拒', en: 'Tokens refused' },
  'audit-read': { zh: '查阅审计记录', en: 'Audit records read' },
  'audit-exported': { zh: '导出审计记录', en: 'Audit records exported' },
  'disclosure-opened': { zh: '打开披露值', en: 'Disclosures opened' },
  'subject-erased': { zh: '删除个人信息', en: 'Data of a person erased' },
  'retention-applied': { zh: '保存期满清除', en: 'Retention applied' },
  forwarded: { zh: '发往城市', en: 'Sent to a city' },
  'city-answered': { zh: '城市答复', en: 'City answered' },
  'city-news': { zh: '城市告知进展', en: 'News of a city' },
  'material-taken': { zh: '收到材料', en: 'File uploaded' },
  'material-read': { zh: '查看材料', en: 'File given out' },
  'materials-forgotten': { zh: '清除无主材料', en: 'Unused files removed' },
  'case-acted': { zh: '办件操作', en: 'Done with a case' },
  'stream-ended': { zh: '事件流结束', en: 'Stream of events ended' },
  'webhook-failed': { zh: '通知未送达', en: 'Notification not brought' },
  'webhook-redriven': { zh: '重发通知', en: 'Notifications sent again' },
  'draft-kept': { zh: '保存草稿', en: 'Draft saved' },
  'draft-deleted': { zh: '删除草稿', en: 'Draft deleted' },
  'drafts-forgotten': { zh: '清除到期草稿', en: 'Drafts expired' },
}

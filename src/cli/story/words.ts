// The words in which stories are told.

import type { CaseState } from '../../domain/delivery.ts'
import type { Sentence } from '../../domain/words.ts'

export const STATES: Readonly<Record<CaseState, Sentence>> = {
  collected: { zh: '已收件', en: 'collected' },
  'pre-accepted': { zh: '预受理', en: 'pre-accepted' },
  accepted: { zh: '已受理', en: 'accepted' },
  refused: { zh: '不予受理', en: 'refused' },
  'correction-required': { zh: '待补正', en: 'to be corrected' },
  lapsed: { zh: '补正逾期', en: 'lapsed' },
  'in-review': { zh: '审查中', en: 'in review' },
  suspended: { zh: '特别程序', en: 'special procedure' },
  approved: { zh: '准予', en: 'approved' },
  rejected: { zh: '不予批准', en: 'rejected' },
  completed: { zh: '已办结', en: 'completed' },
  delivered: { zh: '已送达', en: 'delivered' },
  withdrawn: { zh: '已撤回', en: 'withdrawn' },
  returned: { zh: '已退回', en: 'returned' },
  aborted: { zh: '已作废', en: 'aborted' },
}

/** How far a message has come on its way to the city. */
export const DELIVERIES: Readonly<Record<string, string>> = {
  waiting: '尚未开始',
  local: '本地办理',
  sending: '正在投递',
  stored: '已留存待投',
  unconfirmed: '待核实',
  delivered: '已投递',
  refused: '被拒收',
  cancelled: '已取消',
  stuck: '需人工处理',
}

export const WHO = {
  resident: { zh: '居民', en: 'resident' },
  window: { zh: '窗口', en: 'window' },
  outage: { zh: '意外', en: 'mishap' },
} as const satisfies Record<string, Sentence>

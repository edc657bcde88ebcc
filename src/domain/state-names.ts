// What people call the states of a case.

import type { CaseState } from './delivery.ts'
import type { Sentence } from './words.ts'

export const STATE_NAMES: Readonly<Record<CaseState, Sentence>> = {
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

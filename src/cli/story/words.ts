// The words in which stories are told.

import type { Sentence } from '../../domain/words.ts'

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
  'given-up': '不再投递',
  stuck: '需人工处理',
}

export const WHO = {
  resident: { zh: '居民', en: 'resident' },
  window: { zh: '窗口', en: 'window' },
  outage: { zh: '意外', en: 'mishap' },
} as const satisfies Record<string, Sentence>

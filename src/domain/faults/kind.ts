// What there is to say of a fault: whose it is, which status it answers with, its title, and what to do about it.

import type { Sentence } from '../words.ts'

export type FaultSource = 'caller' | 'gateway' | 'city'

export interface FaultKind {
  readonly status: number
  readonly source: FaultSource
  readonly title: Sentence
  /** What to do about it, as problems carry it. */
  readonly action: Sentence
}

export const kind = (
  status: number,
  source: FaultSource,
  zh: string,
  en: string,
  actionZh: string,
  actionEn: string,
): FaultKind => ({
  status,
  source,
  title: { zh, en },
  action: { zh: actionZh, en: actionEn },
})

export const again = ['请稍后重试。', 'Try again later.'] as const
export const sameKey = [
  '请稍后用同一个 Idempotency-Key 重试。',
  'Try again later with the same Idempotency-Key.',
] as const

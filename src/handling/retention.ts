// Clears away disclosures whose time is over, class by class, with a record; leaves and the signed log stay.

import type { Parts } from './parts.ts'

const DAY_MS = 86_400_000

export interface RetentionDays {
  /** Of records without a case: access and security. 网络安全法 art. 21: at least six months. */
  readonly accessDays: number
  /** Of records of cases: what was handed over. At least three years. */
  readonly handOverDays: number
}

/** Until nothing more is due. Killed anywhere, the next one goes on from there. Throws what the store throws. */
export async function applyRetention(
  { clock, recording, store }: Pick<Parts, 'clock' | 'recording' | 'store'>,
  { accessDays, handOverDays }: RetentionDays,
): Promise<void> {
  const now = clock.now()
  const bounds = { accessBefore: now - accessDays * DAY_MS, handOverBefore: now - handOverDays * DAY_MS }
  let more: boolean
  do {
    ;({ more } = await store.retain(bounds, recording.own('retention-applied', 'removed', {})))
  } while (more)
}

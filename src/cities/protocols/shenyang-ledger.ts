// Asks Shenyang which cases it has taken from us, and reads its pages (docs/wire/shenyang.md, Ledger).

import type { LedgerPage, TimeRange } from '../../domain/reconciliation.ts'
import { fromSpacedBeijingTime, spacedBeijingTime } from '../beijing-time.ts'
import { objectIn } from '../decoding.ts'
import { ledgerPage } from '../listed.ts'

export function ledgerOf({ from, until }: TimeRange, cursor: string | null, limit: number): object {
  return {
    begin_time: spacedBeijingTime(from),
    end_time: spacedBeijingTime(until),
    page_size: limit,
    cursor: cursor ?? undefined,
  }
}

export function ledgerIn(data: unknown): LedgerPage {
  const { total, accept_list: cases, next_cursor: next } = objectIn(data)
  return ledgerPage(total, cases, next, (entry) => {
    const { project_no: reference, accept_no: backendCaseNo, receive_time: time } = objectIn(entry)
    return { reference, backendCaseNo, takenAt: typeof time === 'string' ? fromSpacedBeijingTime(time) : null }
  })
}

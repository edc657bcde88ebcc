// Asks Tieling which cases it has registered of ours, and reads its pages (docs/wire/tieling.md, Ledger).

import type { LedgerPage, TimeRange } from '../../domain/reconciliation.ts'
import { millisecondBeijingTime } from '../beijing-time.ts'
import { objectIn, type JsonObject } from '../decoding.ts'
import { ledgerPage } from '../listed.ts'
import { timeIn } from './tieling-news.ts'

export function ledgerPath({ from, until }: TimeRange, cursor: string | null, limit: number): string {
  const range = { from: millisecondBeijingTime(from), until: millisecondBeijingTime(until), limit: String(limit) }
  const asked = new URLSearchParams(cursor === null ? range : { ...range, cursor })
  return `/api/v1/ledger?${asked.toString()}`
}

export function ledgerIn({ total, entries, next_cursor: next }: JsonObject): LedgerPage {
  return ledgerPage(total, entries, next, (entry) => {
    const { reference, case_no: backendCaseNo, registered_at: time } = objectIn(entry)
    return { reference, backendCaseNo, takenAt: timeIn(time) }
  })
}

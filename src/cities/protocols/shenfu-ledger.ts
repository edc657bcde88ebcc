// Asks Shenfu which cases it has taken from us, and reads its pages (docs/wire/shenfu.md).

import type { LedgerPage, TimeRange } from '../../domain/reconciliation.ts'
import { objectIn, type JsonObject } from '../decoding.ts'
import { ledgerPage } from '../listed.ts'

export function ledgerPath({ from, until }: TimeRange, cursor: string | null, limit: number): string {
  const range = { from: new Date(from).toISOString(), until: new Date(until).toISOString(), limit: String(limit) }
  const asked = new URLSearchParams(cursor === null ? range : { ...range, after: cursor })
  return `/v1/applications?${asked.toString()}`
}

export function ledgerIn({ total, applications, next }: JsonObject): LedgerPage {
  return ledgerPage(total, applications, next, (entry) => {
    const { reference, caseNo: backendCaseNo, takenAt: time } = objectIn(entry)
    const written = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
    return {
      reference,
      backendCaseNo,
      takenAt: typeof time === 'string' && written.test(time) ? Date.parse(time) : null,
    }
  })
}

// Makes a page of a city's ledger out of what its protocol has found in an answer, and takes nothing on trust.

import type { LedgerPage, ListedCase } from '../domain/reconciliation.ts'
import { garbled, tokenIn } from './decoding.ts'

/** More than any protocol gives at once. */
const CASES_MAX = 100
const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/

export interface ListedFound {
  readonly reference: unknown
  readonly backendCaseNo: unknown
  /** Already read; null where that was no time. */
  readonly takenAt: number | null
}

/** Throws CITY_GARBLED where a value is not of its form. */
export function ledgerPage(
  total: unknown,
  cases: unknown,
  next: unknown,
  read: (entry: unknown) => ListedFound,
): LedgerPage {
  if (typeof total !== 'number' || !Number.isSafeInteger(total) || total < 0) throw garbled('total')
  if (!Array.isArray(cases) || cases.length > CASES_MAX) throw garbled('a list of cases was expected')
  // A page without cases that still goes on could be asked for without end.
  if (next !== undefined && cases.length === 0) throw garbled('a page without cases is the last')
  return { total, cases: cases.map((entry) => listed(read(entry))), next: next === undefined ? null : tokenIn(next) }
}

function listed({ reference, backendCaseNo, takenAt }: ListedFound): ListedCase {
  if (typeof reference !== 'string' || !REFERENCE.test(reference)) throw garbled('reference')
  if (takenAt === null || Number.isNaN(takenAt)) throw garbled('time')
  return { reference, backendCaseNo: tokenIn(backendCaseNo), takenAt }
}

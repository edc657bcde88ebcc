// Lists what a city has taken within a time, for callers that hold their own books against it.

import type { Cases, Entry } from './cases.ts'
import type { LedgerFlaw } from './faults.ts'
import type { Life } from './life.ts'
import type { Place } from './places.ts'

export interface LedgerEntry {
  readonly reference: string
  readonly backendCaseNo: string
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface LedgerPage {
  /** Of the whole range. */
  readonly total: number
  readonly entries: readonly LedgerEntry[]
  /** Null at the end. */
  readonly next: string | null
}

export interface LedgerQuestion {
  /** From here on, in milliseconds since 1970. */
  readonly from: number
  /** Before this. */
  readonly until: number
  /** Null = from the beginning. */
  readonly cursor: string | null
  readonly limit: number
}

/** Null if the cursor is none of ours. */
export type ListTaken = (question: LedgerQuestion) => LedgerPage | null

/** `flaw` tells how the list comes out wrong at the moment. */
export function openLedger(options: {
  readonly place: Place
  readonly cases: Cases
  readonly life: Life
  readonly flaw: () => LedgerFlaw | null
}): ListTaken {
  const { place, cases, life, flaw } = options

  /** An asynchronous city has a case once it has given the number. */
  function entryOf(entry: Entry): readonly LedgerEntry[] {
    if (entry.outcome === 'refused') return []
    const { reference, backendCaseNo, at } = entry
    if (!place.isAsynchronous) return [{ reference, backendCaseNo, at: Date.parse(at) }]
    const numberedAt = life.first(reference)?.at
    return numberedAt === undefined ? [] : [{ reference, backendCaseNo, at: Date.parse(numberedAt) }]
  }

  return ({ from, until, cursor, limit }) => {
    const after = cursor === null ? 0 : /^c[0-9]{1,9}$/.test(cursor) ? Number(cursor.slice(1)) : Number.NaN
    const listed = cases
      .all()
      .flatMap(entryOf)
      .filter(({ at }) => at >= from && at < until)
      .toSorted((a, b) => a.at - b.at)
    const wrong = flaw()
    const told = spoiled(listed, wrong, { from, until, fakeCaseNo: cases.fakeCaseNo })
    if (!(after <= told.length)) return null
    const end = Math.min(after + limit, told.length)
    return {
      total: told.length + (wrong === 'miscounted-ledger' ? 1 : 0),
      entries: told.slice(after, end),
      next: end < told.length ? `c${end}` : null,
    }
  }
}

function spoiled(
  listed: readonly LedgerEntry[],
  flaw: LedgerFlaw | null,
  { from, until, fakeCaseNo }: { readonly from: number; readonly until: number; readonly fakeCaseNo: () => string },
): readonly LedgerEntry[] {
  switch (flaw) {
    case 'short-ledger':
      return listed.slice(0, -1)
    case 'long-ledger': {
      // Of a case that nobody has sent.
      const day = new Date(from).toISOString().slice(0, 10).replaceAll('-', '')
      const stranger = { reference: `${day}-000000000000.decide`, backendCaseNo: fakeCaseNo(), at: (from + until) / 2 }
      return [...listed, { ...stranger, at: listed.at(-1)?.at ?? Math.floor(stranger.at) }]
    }
    case 'doubled-ledger':
      return listed.flatMap((entry, place) =>
        place === listed.length - 1 ? [entry, { ...entry, backendCaseNo: fakeCaseNo() }] : [entry],
      )
    case 'miscounted-ledger':
    case null:
      return listed
  }
}

// Reads what stands behind the question mark where a city is asked what it has taken: a time, a cursor and a limit.

import type { LedgerQuestion } from '../ledger.ts'

export type ReadQuestion =
  { readonly kind: 'read'; readonly asked: LedgerQuestion } | { readonly kind: 'misfit'; readonly name: string }

/** `readTime`: NaN or null where that is no time. Parameters that are not named, or stand twice, do not fit. */
export function readQuestion(
  parameters: string,
  readTime: (text: string) => number | null,
  cursorName: string,
): ReadQuestion {
  const given = [...new URLSearchParams(parameters)]
  const names = given.map(([name]) => name)
  const known = ['from', 'until', 'limit', cursorName]
  const strange = names.find((name, place) => !known.includes(name) || names.indexOf(name) !== place)
  if (strange !== undefined) return { kind: 'misfit', name: strange }
  const value = (name: string): string => given.find(([one]) => one === name)?.[1] ?? ''
  const [from, until] = [readTime(value('from')), readTime(value('until'))]
  if (from === null || Number.isNaN(from)) return { kind: 'misfit', name: 'from' }
  if (until === null || !(until > from)) return { kind: 'misfit', name: 'until' }
  if (!/^([1-9][0-9]?|100)$/.test(value('limit'))) return { kind: 'misfit', name: 'limit' }
  const cursor = names.includes(cursorName) ? value(cursorName) : null
  return { kind: 'read', asked: { from, until, cursor, limit: Number(value('limit')) } }
}

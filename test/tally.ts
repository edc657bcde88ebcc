// Counts what tap's output says: each assertion once, and a file or subtest that fails without one as a failure of its own.

import { Parser, type Result } from 'tap-parser'

export interface Failure {
  readonly name: string
  /** What tap says about it: differences, place in the source, stack. */
  readonly diagnostics: unknown
}

export interface Tally {
  passed: number
  failed: number
  /** Skipped, or marked as still to be done. */
  skipped: number
  readonly failures: Failure[]
}

export interface FileResult {
  readonly file: string
  readonly tookMs: number
  readonly tally: Tally
}

export const noTally = (): Tally => ({ passed: 0, failed: 0, skipped: 0, failures: [] })

export function addTally(total: Tally, part: Tally): void {
  total.passed += part.passed
  total.failed += part.failed
  total.skipped += part.skipped
  total.failures.push(...part.failures)
}

/**
 * Takes tap's output as a stream and calls `onFile` as each test file ends.
 * A file that throws, exits early or runs into its time limit has failed even where each of its assertions had passed.
 */
export function readTap(onFile: (result: FileResult) => void): Parser {
  const parser = new Parser()
  watch(parser, (part) => {
    const tally = part.result === null ? part.inner : tallyOf(part.result, part.inner)
    // tap calls a file without any test skipped; it may as well be one whose tests were lost.
    if (part.result?.skip === NO_TESTS) failed(tally, { name: part.name, diagnostics: NO_TESTS })
    onFile({ file: part.name, tookMs: part.result?.time ?? 0, tally })
  })
  return parser
}

const NO_TESTS = 'no tests found'

interface Part {
  readonly name: string
  /** Null for a subtest that was cut off before its own line. */
  readonly result: Result | null
  /** What the subtest held; nothing for a plain assertion. */
  readonly inner: Tally
}

function watch(parser: Parser, onPart: (part: Part) => void): void {
  let open: { readonly parser: Parser; readonly inner: Tally } | null = null
  parser.on('child', (child: Parser) => {
    const inner = noTally()
    open = { parser: child, inner }
    watch(child, (part) => addTally(inner, part.result === null ? part.inner : tallyOf(part.result, part.inner)))
  })
  parser.on('assert', (result: Result) => {
    // The subtest's own name: where it ran out of time, tap calls its result "timeout!".
    onPart({ name: open?.parser.name ?? result.name, result, inner: open?.inner ?? noTally() })
    open = null
  })
  parser.on('complete', () => {
    if (open !== null) onPart({ name: open.parser.name, result: null, inner: open.inner })
  })
}

/** A subtest's own line says nothing new, unless it failed while all within it passed, or held nothing. */
function tallyOf(result: Result, inner: Tally): Tally {
  const held = inner.passed + inner.failed + inner.skipped
  if (held > 0 && (result.ok || inner.failed > 0)) return inner
  const tally = noTally()
  addTally(tally, inner)
  if (result.skip === NO_TESTS) return tally
  if (isLeftOut(result)) tally.skipped += 1
  else if (result.ok) tally.passed += 1
  else failed(tally, { name: result.fullname, diagnostics: result.diag })
  return tally
}

/** By one of the two directives that TAP 14 has for it: what such a test shows counts neither way. */
const isLeftOut = ({ skip, todo }: Result): boolean => skip !== false || todo !== false

function failed(tally: Tally, failure: Failure): void {
  tally.failed += 1
  tally.failures.push(failure)
}

/** `12 passed, 0 failed`, with the skipped ones only where there are any. */
export function summary(tally: Tally): string {
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : ''
  return `${tally.passed} passed, ${tally.failed} failed${skipped}`
}

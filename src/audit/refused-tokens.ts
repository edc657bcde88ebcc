// Counts refused tokens and records them in summaries, so that a flood of them can neither go unseen nor fill the disk.

import type { Clock } from '../domain/clock.ts'
import type { RecordDraft } from '../domain/audit.ts'
import type { FaultCode } from '../domain/fault.ts'
import type { Recording } from './records.ts'

export interface RefusedTokens extends AsyncDisposable {
  /** Counts one refusal; the summary that holds it is durable about a second later. */
  count(code: FaultCode): void
}

/**
 * At most one record a second, and none while nothing is refused.
 * What cannot be written is counted into the next summary: a failing disk delays the count, it does not lose it.
 */
export function openRefusedTokens(options: {
  readonly clock: Clock
  readonly recording: Recording
  readonly append: (records: readonly RecordDraft[]) => Promise<void>
  readonly everyMs: number
}): RefusedTokens {
  const { clock, recording, append, everyMs } = options
  const closing = new AbortController()
  let counts: Record<string, number> = {}
  let writing: Promise<void> | null = null

  async function write(): Promise<void> {
    const summary = counts
    counts = {}
    try {
      await append([recording.own('tokens-refused', 'refused', { counts: summary, source: 'caller' })])
    } catch {
      for (const [code, count] of Object.entries(summary)) counts[code] = (counts[code] ?? 0) + count
    }
  }

  async function writeSoon(): Promise<void> {
    while (Object.keys(counts).length > 0 && !closing.signal.aborted) {
      await clock.delay(everyMs, closing.signal).catch(() => undefined)
      await write()
    }
    writing = null
  }

  return {
    count(code) {
      counts[code] = (counts[code] ?? 0) + 1
      writing ??= writeSoon()
    },
    async [Symbol.asyncDispose]() {
      closing.abort()
      await writing
      if (Object.keys(counts).length > 0) await write()
    },
  }
}

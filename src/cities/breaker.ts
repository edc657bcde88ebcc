// Keeps the state of a line (closed, open, half-open) from what became of its calls, and asks the city itself, never with a
// citizen's message, before the line closes again.

import CircuitBreaker from 'opossum'
import type { Clock } from '../domain/clock.ts'
import type { Fault, FaultCode } from '../domain/fault.ts'
import type { LineState } from '../domain/line.ts'

export interface BreakerLimits {
  /** Share of failed calls, in percent, above which the line opens. */
  readonly errorThresholdPercentage: number
  /** The line does not open on fewer calls than this within the window. */
  readonly volumeThreshold: number
  /** Window of the count. At most `resetTimeoutMs`: a line that has just closed would otherwise be judged by old failures. */
  readonly rollingCountTimeoutMs: number
  /** How long the line stays open before the city is asked again. */
  readonly resetTimeoutMs: number
  /** An answer that takes longer counts as a failed call, though its caller gets it. Absent: however slow, it counts as well. */
  readonly slowCallMs?: number
}

export type BreakerState = Exclude<LineState, 'held'>

export interface BreakerView {
  readonly state: BreakerState
  /** Since when it has been in this state (clock.now()). */
  readonly since: number
  /** Why it opened last; null if it never did. */
  readonly reason: FaultCode | null
  /** When the city will be asked next (clock.now()); null unless open. */
  readonly nextProbeAt: number | null
}

export interface Breaker extends Disposable {
  isClosed(): boolean
  /** To be noted when a call begins, and given to `report` when it ends. */
  readonly era: number
  /** What became of a call: the fault that says that the city is unwell, or null. Calls of an earlier era count no more. */
  report(era: number, unwell: Fault | null): void
  retryAfterMs(): number
  /** When the line closed last (clock.now()); 0 if it never opened. */
  closedSince(): number
  view(): BreakerView
}

/** opossum looks at `.then` of whatever its action returns. */
const WELL = Promise.resolve(true)

export interface BreakerOptions {
  readonly name: string
  readonly limits: BreakerLimits
  readonly clock: Clock
  /** Asks the city how it is; must settle within a deadline of its own. Null = well. */
  readonly probe: () => Promise<Fault | null>
  readonly onState: (state: BreakerState, reason: FaultCode | null) => void
}

export function openBreaker(options: BreakerOptions): Breaker {
  const { limits, clock } = options
  let state: BreakerState = 'closed'
  let since = clock.now()
  let openedAt = 0
  let closedAt = 0
  let reason: FaultCode | null = null
  let last: FaultCode | null = null
  let era = 0

  // opossum is told what became of a call when the call has ended, instead of being wrapped around it. Wrapped, it would
  // count calls in flight and calls given up by their caller as if they had gone well, and a call from before the opening
  // that ends late would close or open a half-open breaker by luck.
  const breaker = new CircuitBreaker(
    (unwell: Fault | null): Promise<boolean> => {
      if (unwell !== null) throw unwell
      return WELL
    },
    {
      name: options.name,
      timeout: false,
      errorThresholdPercentage: limits.errorThresholdPercentage,
      volumeThreshold: limits.volumeThreshold,
      rollingCountTimeout: limits.rollingCountTimeoutMs,
      rollingCountBuckets: 10,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      resetTimeout: limits.resetTimeoutMs,
    },
  )

  function enter(next: BreakerState): void {
    state = next
    since = clock.now()
    options.onState(next, reason)
  }

  function tell(unwell: Fault | null): void {
    if (unwell !== null) last = unwell.code
    breaker.fire(unwell).catch(() => undefined) // the rejection is `unwell` itself, which the caller has
  }

  breaker.on('open', () => {
    era += 1
    openedAt = clock.monotonic()
    reason = last
    enter('open')
  })
  breaker.on('close', () => {
    closedAt = clock.now()
    enter('closed')
  })
  breaker.on('halfOpen', () => {
    enter('half-open')
    void options.probe().then(tell)
  })

  const untilProbeMs = (): number => Math.max(0, openedAt + limits.resetTimeoutMs - clock.monotonic())

  return {
    isClosed: () => state === 'closed',
    get era() {
      return era
    },
    report(callEra, unwell) {
      if (state === 'closed' && callEra === era) tell(unwell)
    },
    // A probe takes a moment and may fail, hence never "at once".
    retryAfterMs: () => Math.max(1000, state === 'open' ? untilProbeMs() : 0),
    closedSince: () => closedAt,
    view: () => ({
      state,
      since,
      reason,
      nextProbeAt: state === 'open' ? clock.now() + untilProbeMs() : null,
    }),
    [Symbol.dispose]() {
      breaker.shutdown()
    },
  }
}

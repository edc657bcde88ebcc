// Decides whether calls may go out on a line: the operator's word first, then the city's maintenance, then the breaker.

import { Fault } from '../domain/fault.ts'
import type { LineHold, LineView } from '../domain/line.ts'
import { openBreaker, type Breaker, type BreakerOptions } from './breaker.ts'
import { maintenanceEnd, type MaintenanceWindow } from './maintenance.ts'

export interface Gate extends Pick<Breaker, 'isClosed' | 'report' | 'closedSince'>, Disposable {
  /** To be noted when a call begins, and given to `report` when it ends. */
  readonly era: number
  /** Why no call goes out now. */
  refusal(city: string): Fault
  /** Null lifts the hold that there is. */
  hold(hold: LineHold | null): void
  view(): Pick<LineView, 'state' | 'since' | 'reason' | 'nextProbeAt' | 'hold' | 'maintenanceUntil'>
}

/** A line on hold to be closed still tells its breaker what became of calls, so that it is right when the hold is lifted. */
export function openGate(options: BreakerOptions & { readonly maintenance: readonly MaintenanceWindow[] }): Gate {
  const { clock, maintenance } = options
  const breaker = openBreaker(options)
  let hold: LineHold | null = null
  const inMaintenance = (): number | null =>
    maintenance.length === 0 ? null : maintenanceEnd(maintenance, clock.now())

  return {
    isClosed: () => (hold === null ? breaker.isClosed() && inMaintenance() === null : hold.as === 'closed'),
    get era() {
      return breaker.era
    },
    report: breaker.report,
    closedSince: breaker.closedSince,
    refusal(city) {
      if (hold !== null) return new Fault('CITY_LINE_HELD', { city })
      const until = inMaintenance()
      if (until !== null) return new Fault('CITY_IN_MAINTENANCE', { city, retryAfterMs: until - clock.now() })
      return new Fault('CITY_LINE_OPEN', { city, retryAfterMs: breaker.retryAfterMs() })
    },
    hold(next) {
      hold = next
    },
    view() {
      const maintenanceUntil = inMaintenance()
      const view = { ...breaker.view(), hold, maintenanceUntil }
      if (hold !== null) return { ...view, state: 'held', since: hold.since }
      return maintenanceUntil === null ? view : { ...view, state: 'held' }
    },
    [Symbol.dispose]: () => breaker[Symbol.dispose](),
  }
}

// How a line to a backend of a city stands, as operators see it.

import type { FaultCode } from './fault.ts'
import type { CityKey } from './words.ts'

/** held: an operator, or the city's own maintenance, has taken it out of the breaker's hands. */
export const LINE_STATES = ['closed', 'half-open', 'open', 'held'] as const
export type LineState = (typeof LINE_STATES)[number]

/** open: nothing is sent. closed: calls go out, whatever became of those before. */
export const HOLDS = ['open', 'closed'] as const
export type HoldKind = (typeof HOLDS)[number]

/** What an operator has decided about a line; it outlives a restart. */
export interface LineHold {
  readonly as: HoldKind
  /** In the operator's own words, without personal data. */
  readonly reason: string
  /** Subject of the operator's token. */
  readonly by: string
  /** Milliseconds since 1970. */
  readonly since: number
}

export interface LineView {
  readonly city: CityKey
  readonly backend: string
  readonly state: LineState
  /** Since when it has been in this state. */
  readonly since: number
  /** Why the breaker opened last; null if it never did. */
  readonly reason: FaultCode | null
  /** When the city will be asked how it is; null unless the breaker is open. */
  readonly nextProbeAt: number | null
  readonly hold: LineHold | null
  /** Until when the city is in maintenance by its own plan; null = it is not. */
  readonly maintenanceUntil: number | null
  /** How far the city's clock is ahead of ours by its last answer, good to about a second; null = not known. */
  readonly clockSkewMs: number | null
  /** When the first of the certificates ends that the line works with, in milliseconds since 1970; null = it works with none. */
  readonly certificateEndsAt: number | null
  /** Messages on their way and waiting for a place; asking for news is none. */
  readonly inFlight: number
  readonly queued: number
  /** Calls since the gateway started, and how often the breaker opened. */
  readonly counts: Readonly<Record<'answered' | 'notSent' | 'maybeSent' | 'opened', number>>
}

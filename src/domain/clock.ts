// Time as the gateway sees it. Nothing else in src/ reads a clock or sets a timer, so that tests and simulations can.

export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. May jump when the machine's clock is set; good for records, not for deadlines. */
  now(): number
  /** Milliseconds that never run backwards; good for deadlines and durations, meaningless across restarts. */
  monotonic(): number
  /** Resolves after `delayMs`; rejects with the signal's reason as soon as `signal` aborts. */
  delay(delayMs: number, signal?: AbortSignal): Promise<void>
}

// Agrees with the other gateways that share the store on who of them does the background work, and takes it over from one that is gone.

import type { Clock } from '../domain/clock.ts'
import type { Duty, DutyStanding, DutyStore } from '../domain/duty.ts'

const EVERY_MS = 2000
const HELD_MS = 10_000

/** All background work that one gateway is enough for: it is taken over within fifteen seconds of its holder's death. */
export const openBackgroundDuty = (
  parts: { readonly clock: Clock; readonly store: DutyStore },
  options: Pick<DutyOptions, 'node' | 'onTaken' | 'onError'>,
): Promise<Duty & AsyncDisposable> =>
  openDuty(parts, { ...options, name: 'background', everyMs: EVERY_MS, heldMs: HELD_MS })

export interface DutyOptions {
  readonly name: string
  /** Name of this gateway: one that is started anew goes on with what it had. */
  readonly node: string
  readonly everyMs: number
  /** How long it is held after it was last gone on with; whoever sees no sign of the holder for as long takes it. */
  readonly heldMs: number
  /** It is ours from now on. `from` showed no sign any more; null = nobody had it. */
  readonly onTaken: (from: string | null) => void
  readonly onError: (error: unknown) => void
}

/**
 * Opens once it is known whose the duty is, or that this cannot be known now. Nothing is compared but times of this process's own
 * monotonic clock: a holder counts from before it wrote that it goes on, the others from when they first saw that, so its time is
 * over before theirs is, however their clocks stand. A process that wakes up from a pause knows at once that its time is over.
 * Disposing leaves the duty to the others.
 */
export async function openDuty(
  { clock, store }: { readonly clock: Clock; readonly store: DutyStore },
  { name, node, everyMs, heldMs, onTaken, onError }: DutyOptions,
): Promise<Duty & AsyncDisposable> {
  const closing = new AbortController()
  let heldUntil = -Infinity
  let seen: { readonly standing: DutyStanding; readonly since: number } | null = null

  async function look(): Promise<void> {
    const now = clock.monotonic()
    const isQuiet = seen !== null && now - seen.since >= heldMs
    const standing = await store.holdDuty(name, node, isQuiet ? (seen?.standing.term ?? null) : null)
    if (standing.holder === node) {
      if (now >= heldUntil) onTaken(isQuiet ? (seen?.standing.holder ?? null) : null)
      heldUntil = now + heldMs
    }
    const isSame = standing.term === seen?.standing.term
    seen = isSame && seen !== null ? seen : { standing, since: clock.monotonic() }
  }

  async function work(): Promise<void> {
    while (!closing.signal.aborted) {
      await clock.delay(everyMs, closing.signal).catch(() => undefined)
      if (!closing.signal.aborted) await look().catch(onError)
    }
  }
  await look().catch(onError)
  const working = work()

  return {
    isShared: true,
    isOurs: () => clock.monotonic() < heldUntil,
    async [Symbol.asyncDispose]() {
      closing.abort()
      await working
      heldUntil = -Infinity
      await store.leaveDuty(name, node).catch(onError)
    },
  }
}

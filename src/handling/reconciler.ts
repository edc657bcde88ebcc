// Reconciles with every city that can list, once a day and when an operator asks.

import type { CityBackend } from '../domain/delivery.ts'
import type { Duty } from '../domain/duty.ts'
import { asFault } from '../domain/fault.ts'
import type { Ledger, Reconciliation } from '../domain/reconciliation.ts'
import type { RecordDraft } from '../domain/audit.ts'
import type { Parts } from './parts.ts'
import { compareDay, dueDay } from './reconcile.ts'

export type ListingBackend = CityBackend & { readonly ledger: Ledger }

export interface Reconciler extends AsyncDisposable {
  /**
   * Compares one day and keeps what was found, with the record that `recordOf` makes. A second call for the same backend and
   * day, while the first is at work, waits for it and compares anew.
   */
  run(backend: ListingBackend, day: string, recordOf: RecordOf): Promise<Kept>
}

export type RecordOf = (found: Reconciliation) => RecordDraft

export interface Kept {
  readonly reconciliation: Reconciliation
  readonly recordId: string
}

export interface ReconcilerOptions {
  /** Of the gateways that share a store one compares what is due; what an operator asks for, any of them does. */
  readonly duty: Duty
  /** Hour of Beijing, 0 to 23, from which on yesterday is compared. */
  readonly hour: number
  /** How often it is looked whether something is due. */
  readonly lookMs: number
  /** Pause after a comparison that failed. */
  readonly againMs: number
  readonly onError: (error: unknown) => void
}

export const canList = (backend: CityBackend): backend is ListingBackend => backend.ledger !== null

type ReconcilerParts = Pick<Parts, 'catalogue' | 'cities' | 'clock' | 'store' | 'recording'>

/**
 * Works until disposed; disposing waits for the comparison at work. After a crash the day is compared anew: a comparison changes
 * nothing in a city and is kept whole or not at all.
 */
export function openReconciler(parts: ReconcilerParts, options: ReconcilerOptions): Reconciler {
  const { cities, clock, recording, store } = parts
  const closing = new AbortController()
  const turns = new Map<string, Promise<unknown>>()
  const failedAt = new Map<string, number>()

  async function compareAndKeep(backend: ListingBackend, day: string, recordOf: RecordOf): Promise<Kept> {
    const reconciliation = await compareDay(parts, backend, day)
    const record = recordOf(reconciliation)
    await store.keepReconciliation(reconciliation, record)
    return { reconciliation, recordId: record.id }
  }

  function run(backend: ListingBackend, day: string, recordOf: RecordOf): Promise<Kept> {
    const name = nameOf(backend)
    const before = turns.get(name) ?? Promise.resolve()
    const running = before.then(() => compareAndKeep(backend, day, recordOf))
    const turn = running.catch(() => undefined)
    turns.set(name, turn)
    void turn.then(() => (turns.get(name) === turn ? turns.delete(name) : false))
    return running
  }

  const isAtWork = (): boolean => !closing.signal.aborted && options.duty.isOurs()

  async function look(): Promise<void> {
    const day = await dueDay(parts, clock.now(), options.hour)
    if (day === null) return
    for (const backend of cities.all.filter(canList)) {
      if (!isAtWork()) return
      if (!backend.isOpenForCalls() || clock.now() - (failedAt.get(nameOf(backend)) ?? -Infinity) < options.againMs)
        continue
      if (await isDone(backend, day)) continue
      const { reconciliation } = await run(backend, day, (found) => recording.own('reconciled', ...factsOf(found)))
      if (reconciliation.outcome === 'failed') failedAt.set(nameOf(backend), clock.now())
    }
  }

  async function isDone({ city, key }: CityBackend, day: string): Promise<boolean> {
    const standings = await store.reconciliationStandings()
    return standings.some((one) => one.city === city && one.backend === key && one.day >= day)
  }

  async function work(): Promise<void> {
    while (!closing.signal.aborted) {
      await clock.delay(options.lookMs, closing.signal).catch(() => undefined)
      if (isAtWork()) await look().catch((error: unknown) => options.onError(asFault(error)))
    }
  }
  const working = work()

  return {
    run,
    async [Symbol.asyncDispose]() {
      closing.abort()
      await working
      await Promise.all(turns.values())
    },
  }
}

const nameOf = ({ city, key }: CityBackend): string => `${city}/${key}`

/** Outcome and facts of the record of a comparison: numbers, and no case. */
export function factsOf({ city, outcome, faultCode, here, there, agreed, differing }: Reconciliation) {
  return [outcome, { city, faultCode, counts: { here, there, agreed, differing } }] as const
}

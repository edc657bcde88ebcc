// Sends operations to a worker thread in batches: the next one gathers while the last one is at work.

import type { Worker } from 'node:worker_threads'
import type { Clock } from '../domain/clock.ts'
import { Fault } from '../domain/fault.ts'
import type { BatchDone, Failure, FromWorker, ToWorker } from './operations.ts'

/** The cause of a Fault thrown by the store. `written`: whether the operation may have taken effect all the same. */
export interface StoreFailure extends Error {
  readonly written: 'no' | 'unknown'
}

export interface Batches {
  /** Resolves when the worker has opened its connection; throws what kept it from doing so. Calls may be made before. */
  readonly ready: Promise<void>
  /** Resolves with the operation's result. Throws Fault STORE_BUSY if `waitingMax` operations are waiting already. */
  call(operation: unknown, waitingMax: number): Promise<unknown>
  /** Operations that wait for the batch at work. */
  waiting(): number
  /** Operations that wait or are at work. */
  load(): number
  /** Ends the worker when all that waits is done; calls made after this throw STORE_UNAVAILABLE. */
  end(): Promise<void>
}

export interface BatchesOptions {
  readonly worker: Worker
  /** Called after each batch: how many members it had, how many failed, how long it was away, and what it put on record. */
  readonly onBatch: (batch: {
    readonly members: number
    readonly failed: number
    readonly durationMs: number
    readonly recorded: Readonly<Record<string, number>>
  }) => void
  /** The worker ended and was not asked to. Called once; every pending and later call throws STORE_UNAVAILABLE. */
  readonly onLost: (error: Error) => void
  readonly clock: Pick<Clock, 'monotonic' | 'delay'>
  /**
   * A batch that is away longer counts as stalled: its callers are told that it is unknown, and those who wait or come are
   * refused at once, until it is back. Noticed up to a quarter of it late.
   */
  readonly stallMs: number
}

/** What is asked of a thread that is only starting waits for it: on a busy machine that takes seconds. */
const LOADING_MS_MAX = 30_000

interface Member {
  readonly operation: unknown
  readonly resolve: (result: unknown) => void
  readonly reject: (fault: Fault) => void
}

const storeFailure = (message: string, written: StoreFailure['written'], cause?: unknown): StoreFailure =>
  Object.assign(new Error(message, { cause }), { written })

const unavailable = (message: string, written: StoreFailure['written'], cause?: unknown): Fault =>
  new Fault('STORE_UNAVAILABLE', { cause: storeFailure(message, written, cause) })

/** What a caller of the store gets for an operation that failed. */
export function faultOf(failure: Failure): Fault {
  const code = failure.why === 'bad' ? 'INTERNAL' : 'STORE_UNAVAILABLE'
  return new Fault(code, { cause: storeFailure(failure.message, failure.written) })
}

export function openBatches(options: BatchesOptions): Batches {
  const { worker, onBatch, onLost, clock, stallMs } = options
  let waiting: Member[] = []
  let away: readonly Member[] = []
  let sentAt = 0
  let flushing = false
  let stalled: Fault | null = null
  let watching = false
  let isReady = false
  const over = new AbortController()
  let closed: Fault | null = null
  const begun = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  // Nobody has to wait for it; who does not is told by onLost.
  begun.promise.catch(() => {})

  const post = (message: ToWorker): void => worker.postMessage(message)

  function send(): void {
    if (away.length > 0 || waiting.length === 0) return
    away = waiting
    waiting = []
    sentAt = clock.monotonic()
    if (!watching) void watch()
    try {
      post({ batch: away.map((member) => member.operation) })
    } catch (error) {
      // Something that cannot be cloned: the one that holds it fails, the others go.
      const whole = away.filter((member) => {
        try {
          structuredClone(member.operation)
          return true
        } catch {
          member.reject(new Fault('INTERNAL', { cause: storeFailure(String(error), 'no', error) }))
          return false
        }
      })
      away = []
      waiting = [...whole, ...waiting]
      send()
    }
  }

  /** One coarse timer while anything is away: a timer for each batch would cost more than the rest of this file. */
  async function watch(): Promise<void> {
    watching = true
    while (away.length > 0 && !over.signal.aborted) {
      await clock.delay(stallMs / 4, over.signal).catch(() => undefined)
      const patienceMs = isReady ? stallMs : Math.max(stallMs, LOADING_MS_MAX)
      if (away.length > 0 && stalled === null && clock.monotonic() - sentAt >= patienceMs) stall()
    }
    watching = false
  }

  /** The worker keeps what it has; it may carry it out yet. What has not been sent to it never will be. */
  function stall(): void {
    const message = `nothing was written for ${stallMs} ms`
    stalled = unavailable(message, 'no')
    for (const member of away) member.reject(unavailable(message, 'unknown'))
    for (const member of waiting) member.reject(stalled)
    waiting = []
  }

  /** What is called within one turn travels together. */
  function flush(): void {
    if (flushing) return
    flushing = true
    queueMicrotask(() => {
      flushing = false
      send()
    })
  }

  function settle({ results, failures, recorded = {} }: BatchDone): void {
    const members = away
    away = []
    stalled = null
    const durationMs = clock.monotonic() - sentAt
    // The next batch leaves before the callers of this one go on, so that the worker need not wait for them.
    send()
    for (const [index, failure] of failures) members[index]?.reject(faultOf(failure))
    for (const [index, member] of members.entries()) member.resolve(results[index])
    onBatch({ members: members.length, failed: failures.length, durationMs, recorded })
    if (closed !== null && away.length === 0) post({ end: true })
  }

  let lost: Error | null = null
  worker.on('message', (message: FromWorker) => {
    if ('results' in message) settle(message)
    else {
      // Loading a thread on a busy machine takes its time, and says nothing about the disk.
      sentAt = clock.monotonic()
      isReady = true
      begun.resolve()
    }
  })
  worker.on('error', (error) => {
    lost = error
  })
  worker.on('exit', () => {
    over.abort()
    ended.resolve()
    if (closed !== null && lost === null && away.length === 0 && waiting.length === 0) return
    const error = lost ?? new Error('a worker of the store ended unexpectedly')
    begun.reject(error)
    closed = unavailable(error.message, 'no', error)
    for (const member of away) member.reject(unavailable(error.message, 'unknown', error))
    for (const member of waiting) member.reject(closed)
    away = []
    waiting = []
    onLost(error)
  })

  return {
    ready: begun.promise,
    call(operation, waitingMax) {
      if (closed !== null) return Promise.reject(closed)
      if (stalled !== null) return Promise.reject(stalled)
      if (waiting.length >= waitingMax) return Promise.reject(new Fault('STORE_BUSY'))
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      waiting.push({ operation, resolve, reject })
      if (away.length === 0) flush()
      return promise
    },
    waiting: () => waiting.length,
    load: () => waiting.length + away.length,
    end() {
      if (closed === null) {
        closed = unavailable('the store is closed', 'no')
        send()
        if (away.length === 0) post({ end: true })
      }
      return ended.promise
    },
  }
}

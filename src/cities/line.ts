// One line: our way to one backend of one city. Bulkhead, breaker, one deadline over everything, and every end sorted once
// into not sent, maybe sent, answered.

import type { Clock } from '../domain/clock.ts'
import type { CallOptions, CallOutcome } from '../domain/delivery.ts'
import { asFault, Fault, type FaultCode, type FaultDetails } from '../domain/fault.ts'
import type { LineHold, LineView } from '../domain/line.ts'
import type { BreakerLimits, BreakerState } from './breaker.ts'
import type { Certificates } from './certificates.ts'
import { openBulkhead, type Bulkhead } from './bulkhead.ts'
import { openDeadlines } from './deadlines.ts'
import { cut, faultOfCut, type Attempt } from './exchange.ts'
import { openGate } from './gate.ts'
import type { MaintenanceWindow } from './maintenance.ts'
import { openPools } from './pools.ts'
import { saysUnwell, type Reading } from './protocol.ts'
import { openSkewWatch } from './skew.ts'
import { unlessCut, waitForSlot } from './waits.ts'
import { COMMON_HEADERS, type WireAnswer, type WireRequest } from './wire.ts'

export type CallName =
  | 'query'
  | 'deliver'
  | 'enquire'
  | 'correct'
  | 'withdraw'
  | 'hand-over'
  | 'news'
  | 'ledger'
  | 'result'
  | 'health'
  | 'secret'

/** One ended call, for metrics and the log: holds nothing of what was said. */
export interface CallSeen {
  readonly city: string
  readonly backend: string
  readonly call: CallName
  readonly sent: 'answered' | 'no' | 'maybe'
  readonly code: FaultCode | null
  readonly tookMs: number
}

export interface StateSeen {
  readonly city: string
  readonly backend: string
  readonly state: BreakerState
  readonly reason: FaultCode | null
}

export interface LineLimits {
  /** Calls of callers on their way at once, and how many more may wait. */
  readonly callerCalls: number
  readonly callerQueue: number
  /** The same for the courier, apart: neither can take what belongs to the other. */
  readonly courierCalls: number
  readonly courierQueue: number
  /** Covers queue, connect, send, wait and body. */
  readonly deadlineMs: number
  /** The same of a call that brings an uploaded file; 60,000 where it is not given. */
  readonly handOverDeadlineMs?: number
  /** Deadline of a health call and of fetching a secret. */
  readonly ownDeadlineMs: number
  /** Kept to the second or so only, by undici's coarse timers; the deadline is exact. */
  readonly connectTimeoutMs: number
  /** Idle connections are closed after this; below the city's own, so that it is we who close. */
  readonly keepAliveMs: number
  readonly answerBytesMax: number
}

/** What a call says and how its answer is read. `prepare` gives a promise only while a secret is being fetched or a file sealed. */
export interface Talk<Answer> {
  readonly prepare: (renewed: boolean) => WireRequest | Promise<WireRequest>
  readonly read: (answer: WireAnswer) => Reading<Answer>
}

const HAND_OVER_DEADLINE_MS = 60_000

export interface LineOptions {
  readonly city: string
  readonly backend: string
  /** Origins of the backend: the usual one first, then one to try where nobody can be reached there. */
  readonly addresses: readonly [string, ...string[]]
  /** Null where the line does not speak mutual TLS. */
  readonly certificates: Certificates | null
  readonly limits: LineLimits
  readonly breaker: BreakerLimits
  readonly maintenance: readonly MaintenanceWindow[]
  readonly clock: Clock
  /** Headers, beside the common ones, that may leave; in lower case. */
  readonly headers: readonly string[]
  /** The protocol's health call, which changes nothing in the city. */
  readonly health: Talk<true>
  readonly observe: (seen: CallSeen) => void
  readonly onState: (seen: StateSeen) => void
}

export interface Line extends AsyncDisposable {
  readonly isClosed: () => boolean
  readonly closedSince: () => number
  /** Never rejects. */
  call<Answer>(name: CallName, talk: Talk<Answer>, options: CallOptions): Promise<CallOutcome<Answer>>
  /**
   * A call of the line itself (fetching a secret), on the connection kept free for that, with `ownDeadlineMs`. Never rejects.
   */
  callOwn<Answer>(name: CallName, talk: Talk<Answer>): Promise<CallOutcome<Answer>>
  view(): LineView
  /** Takes the line out of the breaker's hands, or gives it back with null. */
  hold(hold: LineHold | null): void
}

export function openLine(options: LineOptions): Line {
  const { city, backend, limits, clock } = options
  const sendable = new Set<string>([...COMMON_HEADERS, ...options.headers])
  const bulkheads = {
    caller: openBulkhead({ slots: limits.callerCalls, queueMax: limits.callerQueue }),
    courier: openBulkhead({ slots: limits.courierCalls, queueMax: limits.courierQueue }),
    news: openBulkhead({ slots: 1, queueMax: 0 }),
  }
  const counts = { answered: 0, notSent: 0, maybeSent: 0, opened: 0 }
  const { slowCallMs = Infinity } = options.breaker
  const { handOverDeadlineMs = HAND_OVER_DEADLINE_MS } = limits
  let closing = false

  const pools = openPools(
    options.addresses,
    {
      // One for news, and one more than the bulkheads let through: a health call or a secret must not wait behind calls that hang.
      connections: limits.callerCalls + limits.courierCalls + 2,
      connectTimeoutMs: limits.connectTimeoutMs,
      keepAliveMs: limits.keepAliveMs,
      answerTimeoutMs: Math.max(limits.deadlineMs, handOverDeadlineMs) * 2,
      answerBytesMax: limits.answerBytesMax,
    },
    options.certificates,
  )
  const skew = openSkewWatch(clock)
  const deadlines = openDeadlines<Attempt>({ clock, onDue })
  const handOverDeadlines = openDeadlines<Attempt>({ clock, onDue })
  const ownDeadlines = openDeadlines<Attempt>({ clock, onDue })
  const gate = openGate({
    name: `${city}/${backend}`,
    limits: options.breaker,
    maintenance: options.maintenance,
    clock,
    probe: async () => {
      const outcome = await callOwn('health', options.health)
      // As with any call: a city that refuses our key is well, and those who call it shall hear about the key.
      return outcome.sent === 'answered' || !saysUnwell(outcome.fault) ? null : outcome.fault
    },
    onState(state, reason) {
      if (state === 'open') counts.opened += 1
      options.onState({ city, backend, state, reason })
    },
  })

  const fault = (code: FaultCode, details: FaultDetails = {}): Fault => new Fault(code, { city, ...details })
  const notSent = <Answer>(code: FaultCode, details?: FaultDetails): CallOutcome<Answer> => ({
    sent: 'no',
    fault: fault(code, details),
  })
  const lineOpen = <Answer>(): CallOutcome<Answer> => ({ sent: 'no', fault: gate.refusal(city) })

  async function call<Answer>(
    name: CallName,
    talk: Talk<Answer>,
    { share, signal }: CallOptions,
  ): Promise<CallOutcome<Answer>> {
    const began = clock.monotonic()
    const isFile = name === 'hand-over'
    const due = isFile ? handOverDeadlines : deadlines
    const withinMs = isFile ? handOverDeadlineMs : limits.deadlineMs
    // How long a file takes says more about its size than about the city.
    const slowAfterMs = isFile ? Infinity : slowCallMs
    const attempt: Attempt = { dueAt: began + withinMs, slowAfterMs, cutBy: null, onCut: null }
    const onAbort = (): void => cut(attempt, 'caller-gone')
    signal?.addEventListener('abort', onAbort)
    due.add(attempt)
    const outcome = await withinBulkhead(talk, attempt, bulkheads[share], signal?.aborted === true)
    due.remove(attempt)
    signal?.removeEventListener('abort', onAbort)
    return seen(name, began, outcome)
  }

  async function withinBulkhead<Answer>(
    talk: Talk<Answer>,
    attempt: Attempt,
    bulkhead: Bulkhead,
    callerGone: boolean,
  ): Promise<CallOutcome<Answer>> {
    if (closing) return notSent('DRAINING')
    if (callerGone) return notSent('CALLER_GONE')
    if (!gate.isClosed()) return lineOpen()
    if (!bulkhead.tryEnter() && !(await waitForSlot(bulkhead, attempt))) {
      return notSent(attempt.cutBy === 'caller-gone' ? 'CALLER_GONE' : 'CITY_BUSY')
    }
    try {
      // The line may have opened while this call was waiting for its slot.
      return gate.isClosed() ? await converse(talk, attempt) : lineOpen()
    } finally {
      bulkhead.leave()
    }
  }

  async function callOwn<Answer>(name: CallName, talk: Talk<Answer>): Promise<CallOutcome<Answer>> {
    const began = clock.monotonic()
    const attempt: Attempt = { dueAt: began + limits.ownDeadlineMs, slowAfterMs: slowCallMs, cutBy: null, onCut: null }
    ownDeadlines.add(attempt)
    const outcome = await converse(talk, attempt)
    ownDeadlines.remove(attempt)
    return seen(name, began, outcome)
  }

  /** Prepares, sends and reads; once more with a renewed secret where the city says so. Never rejects. */
  async function converse<Answer>(talk: Talk<Answer>, attempt: Attempt): Promise<CallOutcome<Answer>> {
    const era = gate.era
    for (let renewed = false; ; renewed = true) {
      let request: WireRequest | null
      try {
        const prepared = talk.prepare(renewed)
        request = onlySendable(prepared instanceof Promise ? await unlessCut(prepared, attempt) : prepared)
      } catch (error) {
        // Nothing of this message was sent. What ailed the secret was told to the breaker once, where it was fetched.
        return { sent: 'no', fault: asFault(error) }
      }
      if (request === null || attempt.cutBy !== null) return notSent(faultOfCut(attempt.cutBy ?? 'deadline'))

      const beganAt = clock.monotonic()
      const exchanged = await pools.exchange(request, attempt)
      if (exchanged.kind === 'failed') {
        const failed = fault(exchanged.code, { cause: exchanged.cause })
        if (saysUnwell(failed)) gate.report(era, failed)
        return { sent: exchanged.sent, fault: failed }
      }
      skew.note(exchanged.answer, beganAt)
      let reading: Reading<Answer>
      try {
        reading = talk.read({ ...exchanged.answer, receipt: { at: clock.now(), nonce: request.nonce } })
      } catch (error) {
        const { code, details } = asFault(error)
        const unread = fault(code, details)
        if (saysUnwell(unread)) gate.report(era, unread)
        return { sent: 'maybe', fault: unread }
      }
      // A city that can answer is well, whatever it answers, unless it takes too long for it.
      gate.report(era, clock.monotonic() - beganAt > attempt.slowAfterMs ? fault('CITY_SLOW') : null)
      if (reading.kind === 'answer') {
        return { sent: 'answered', answer: reading.answer, bytes: exchanged.answer.bytes }
      }
      if (reading.cityTime !== null) skew.told(reading.cityTime, beganAt)
      if (!reading.renewSecret || renewed) return { sent: reading.sent, fault: fault(reading.code) }
    }
  }

  function onlySendable(request: WireRequest | null): WireRequest | null {
    for (const name of Object.keys(request?.headers ?? {})) {
      if (!sendable.has(name)) throw new Fault('INTERNAL', { cause: new Error(`header ${name} is not on the list`) })
    }
    return request
  }

  function seen<Answer>(name: CallName, began: number, outcome: CallOutcome<Answer>): CallOutcome<Answer> {
    counts[outcome.sent === 'answered' ? 'answered' : outcome.sent === 'no' ? 'notSent' : 'maybeSent'] += 1
    const code = outcome.sent === 'answered' ? null : outcome.fault.code
    options.observe({ city, backend, call: name, sent: outcome.sent, code, tookMs: clock.monotonic() - began })
    return outcome
  }

  return {
    isClosed: () => !closing && gate.isClosed(),
    closedSince: () => gate.closedSince(),
    call,
    callOwn,
    hold: gate.hold,
    view: () => ({
      city,
      backend,
      ...gate.view(),
      clockSkewMs: skew.skewMs(),
      certificateEndsAt: options.certificates?.endsAt ?? null,
      inFlight: bulkheads.caller.inFlight + bulkheads.courier.inFlight,
      queued: bulkheads.caller.queued + bulkheads.courier.queued,
      counts: { ...counts },
    }),
    /** Takes no new call and lets those on their way end, which their deadline bounds. */
    async [Symbol.asyncDispose]() {
      if (closing) return
      closing = true
      gate[Symbol.dispose]()
      await pools.close()
      deadlines[Symbol.dispose]()
      handOverDeadlines[Symbol.dispose]()
      ownDeadlines[Symbol.dispose]()
    },
  }
}

function onDue(attempt: Attempt): void {
  cut(attempt, 'deadline')
}

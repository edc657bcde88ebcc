// The line of one gateway process to a simulated city: what becomes of each call, and what that says of the city.

import type { Choices } from '../../src/catalogue/seeded.ts'
import type { CallOutcome, CityBackend, QueryAnswer } from '../../src/domain/delivery.ts'
import { Fault, type FaultCode } from '../../src/domain/fault.ts'
import type { LineHold, LineView } from '../../src/domain/line.ts'
import type { NewsChannel, NewsFetch } from '../../src/domain/news.ts'
import type { City } from './city.ts'
import type { Life, Timeline } from './timeline.ts'
import type { Fate, Weather } from './weather.ts'

export const DEADLINE_MS = 5000
/** How long after the deadline of a call its message may still take effect. */
export const SETTLES_AFTER_MS = 3000

export type CallName = 'query' | 'deliver' | 'enquire' | 'correct' | 'withdraw' | 'hand-over' | 'news'

/** Looks on at the calls of every process. */
export interface CallWatch {
  /** A call leaves; gives the number by which its end is told. `takesEffectAt` null = it never will. */
  leaves(city: City, name: CallName, reference: string, takesEffectAt: number | null): number
  /** What the process has been told. */
  ended(call: number, sent: CallOutcome<unknown>['sent'], kind: string | null): void
}

export interface LineOptions {
  readonly city: City
  /** Its number among the cities. */
  readonly index: number
  readonly life: Life
  readonly timeline: Timeline
  readonly choices: Choices
  readonly weather: Weather
  readonly watch: CallWatch
}

export interface Line {
  readonly backend: CityBackend
  view(): LineView
  hold(hold: LineHold | null): void
}

const FAILURES_MAX = 4
const OPEN_MS = 4000
const BACKEND = 'main'

export function openLine(options: LineOptions): Line {
  const { city, life, timeline, choices, weather, watch } = options
  const { kind } = city
  let hold: LineHold | null = null
  let failures = 0
  let openUntil = 0
  let closedSince = 0

  const isClosed = (): boolean => (hold === null ? timeline.now() >= openUntil : hold.as === 'closed')

  function saw(isUnwell: boolean): void {
    failures = isUnwell ? failures + 1 : 0
    if (failures < FAILURES_MAX) return
    failures = 0
    openUntil = timeline.now() + OPEN_MS
    closedSince = openUntil
  }

  /** `act`: what the message does in the city, and its answer. */
  function call<Answer extends { readonly kind: string }>(
    name: CallName,
    reference: string,
    act: () => Answer,
  ): Promise<CallOutcome<Answer>> {
    const { promise, resolve } = Promise.withResolvers<CallOutcome<Answer>>()
    const notSent = (code: FaultCode): CallOutcome<Answer> => ({ sent: 'no', fault: new Fault(code) })
    if (!isClosed()) return Promise.resolve(notSent(hold === null ? 'CITY_LINE_OPEN' : 'CITY_LINE_HELD'))
    const fate = weather.call(options.index)
    if (fate === 'busy') return Promise.resolve(notSent('CITY_BUSY'))
    const plan = planOf(fate)
    const { effectMs } = plan
    const number = watch.leaves(city, name, reference, effectMs === null ? null : timeline.now() + effectMs)
    let answer: Answer | undefined
    // In the city it happens whatever becomes of the gateway.
    if (effectMs !== null) {
      timeline.after(effectMs, `${city.key} gets ${name} ${reference}`, () => {
        answer = act()
      })
    }
    life.after(plan.endsMs, `${name} ${reference} ends: ${fate}`, () => {
      const isAnswered = plan.code === null && answer !== undefined
      saw(!isAnswered)
      const outcome: CallOutcome<Answer> = isAnswered
        ? { sent: 'answered', answer: answer as Answer, bytes: Buffer.from(JSON.stringify(answer)) }
        : { sent: plan.sent, fault: new Fault(plan.code ?? 'CITY_TIMEOUT') }
      watch.ended(number, outcome.sent, outcome.sent === 'answered' ? outcome.answer.kind : null)
      resolve(outcome)
    })
    return promise
  }

  interface Plan {
    /** When it takes effect; null = never. */
    readonly effectMs: number | null
    readonly endsMs: number
    readonly sent: 'no' | 'maybe'
    /** Null: the city's answer comes. */
    readonly code: FaultCode | null
  }

  function planOf(fate: Fate): Plan {
    const soonMs = 5 + choices.pick(100)
    const anyTimeMs = choices.chance(50) ? soonMs : choices.pick(DEADLINE_MS + SETTLES_AFTER_MS)
    const failsMs = choices.pick(DEADLINE_MS)
    switch (fate) {
      case 'well':
        return { effectMs: soonMs, endsMs: soonMs + choices.pick(100), sent: 'maybe', code: null }
      case 'slow': {
        const effectMs = choices.pick(DEADLINE_MS - 100)
        return { effectMs, endsMs: effectMs + choices.pick(DEADLINE_MS - effectMs), sent: 'maybe', code: null }
      }
      case 'busy':
      case 'unreachable':
        return { effectMs: null, endsMs: soonMs, sent: 'no', code: 'CITY_UNREACHABLE' }
      case 'hang before':
        return { effectMs: null, endsMs: DEADLINE_MS, sent: 'maybe', code: 'CITY_TIMEOUT' }
      case 'hang after':
        return { effectMs: anyTimeMs, endsMs: DEADLINE_MS, sent: 'maybe', code: 'CITY_TIMEOUT' }
      case 'reset before':
        return { effectMs: null, endsMs: failsMs, sent: 'maybe', code: 'CITY_RESET' }
      case 'reset after':
        return { effectMs: anyTimeMs, endsMs: failsMs, sent: 'maybe', code: 'CITY_RESET' }
      case 'error before':
        return { effectMs: null, endsMs: failsMs, sent: 'maybe', code: 'CITY_ERROR' }
      case 'error after':
        return { effectMs: anyTimeMs, endsMs: failsMs, sent: 'maybe', code: 'CITY_ERROR' }
      case 'garbled before':
        return { effectMs: null, endsMs: failsMs, sent: 'maybe', code: 'CITY_GARBLED' }
      case 'garbled after':
        return { effectMs: anyTimeMs, endsMs: failsMs, sent: 'maybe', code: 'CITY_GARBLED' }
    }
  }

  async function fetchNews(cursor: string | null, limit: number): Promise<NewsFetch> {
    const fetched = await call('news', `after ${cursor ?? 'nothing'}`, () => {
      // A city that has lost its place begins a little earlier: what it repeats must change nothing.
      const from = Math.max(0, Number(cursor ?? 0) - (choices.chance(20) ? choices.pick(3) : 0))
      const news = city.told.slice(from, from + limit)
      const next = from + news.length
      return { kind: 'page' as const, page: { news, next: String(next), more: next < city.told.length } }
    })
    return fetched.sent === 'answered' ? fetched.answer : { kind: 'failed', faultCode: fetched.fault.code }
  }

  const backend: CityBackend = {
    city: city.key,
    key: BACKEND,
    deadlineMs: DEADLINE_MS,
    settlesAfterMs: SETTLES_AFTER_MS,
    canEnquire: kind.canEnquire,
    honoursReference: kind.honoursReference,
    isOpenForCalls: isClosed,
    closedSince: () => closedSince,
    query: ({ reference }) =>
      call<QueryAnswer>('query', reference, () =>
        choices.oneOf<QueryAnswer>([
          { kind: 'nothing-found' },
          { kind: 'refused', reasons: [] },
          { kind: 'found', result: 'not what the item prescribes' },
        ]),
      ),
    deliver: (message) => call('deliver', message.reference, () => city.deliver(message)),
    enquire: (message) => call('enquire', message.reference, () => city.enquire(message)),
    correct: (message) =>
      kind.accepts.corrections ? call('correct', message.reference, () => city.correct(message)) : unsupported(),
    withdraw: (message) =>
      kind.accepts.withdrawals ? call('withdraw', message.reference, () => city.withdraw(message)) : unsupported(),
    handOver: (message) => call('hand-over', message.reference, () => city.takeFile(message)),
    accepts: { ...kind.accepts, materials: kind.materials },
    ledger: null,
    results: null,
    news: channelOf(),
  }

  function unsupported(): Promise<CallOutcome<never>> {
    return Promise.resolve({ sent: 'no', fault: new Fault('CITY_MESSAGE_UNSUPPORTED') })
  }

  function channelOf(): NewsChannel | null {
    switch (kind.news) {
      case null:
        return null
      case 'poll':
        return { kind: 'poll', fetch: fetchNews }
      case 'push': {
        // What a city pushes has been read and checked by its protocol when it comes here: see `tell` in gateway.ts.
        const unused = (): never => {
          throw new Error('news come to the handling, not over a protocol')
        }
        return { kind: 'callback', read: unused, acknowledge: unused, refuse: unused }
      }
    }
  }

  return {
    backend,
    view: () => ({
      city: city.key,
      backend: BACKEND,
      state: hold !== null ? 'held' : isClosed() ? 'closed' : 'open',
      since: timeline.now(),
      reason: null,
      nextProbeAt: null,
      hold,
      maintenanceUntil: null,
      clockSkewMs: null,
      certificateEndsAt: null,
      inFlight: 0,
      queued: 0,
      counts: { answered: 0, notSent: 0, maybeSent: 0, opened: 0 },
    }),
    hold(next) {
      hold = next
    },
  }
}

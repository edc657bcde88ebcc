// What operators measure, in Prometheus' text format. Labels are routes, cities and codes: never a person, a case or an address as called.

import { collectDefaultMetrics, Gauge, Registry } from '@prometheus-io/client'
import { LINE_STATES, type LineView } from '../domain/line.ts'
import type { Store } from '../domain/store.ts'
import { openNewsMetrics } from './news-metrics.ts'
import { openReconciliationMetrics } from './reconciliation-metrics.ts'
import { openDiskMetrics } from './disk-metrics.ts'
import { openLogMetrics, type LogState } from './log-metrics.ts'
import { openCounter, openHistogram } from './series.ts'

export interface Metrics {
  answered(method: string, route: string, status: number, tookMs: number): void
  called(call: {
    readonly city: string
    readonly backend: string
    readonly call: string
    readonly sent: string
    readonly code: string | null
    readonly tookMs: number
  }): void
  committed(commit: {
    readonly members: number
    readonly durationMs: number
    readonly recorded: Readonly<Record<string, number>>
  }): void
  streamEnded(end: string): void
  webhookTried(webhook: string, outcome: string): void
  /** The audit log could not be signed; it is tried again. */
  notSigned(): void
  /** Looks at lines, backlog and log now; throws nothing: of a store that cannot be read, backlog and log are missing. */
  text(sources: {
    readonly lines: () => readonly LineView[]
    readonly log: () => LogState
    readonly store: Store
    /** Open at this moment. */
    readonly streams: number
    /** As they were counted last. */
    readonly deadlines: readonly DeadlineCounted[]
    readonly now: number
  }): Promise<string>
  readonly contentType: string
}

/** How many legs of one kind are due in a city. */
export interface DeadlineCounted {
  readonly city: string
  readonly clock: string
  readonly soon: number
  readonly overdue: number
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function openMetrics({ dataDir }: { readonly dataDir: string }): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const requests = openCounter({
    name: 'gateway_http_requests_total',
    help: 'Answered HTTP requests',
    labels: ['method', 'route', 'status'],
  })
  const requestSeconds = openHistogram({
    name: 'gateway_http_request_duration_seconds',
    help: 'Time from a request to its answer',
    labels: ['route'],
    bounds: SECONDS,
  })
  const calls = openCounter({
    name: 'gateway_city_calls_total',
    help: 'Calls to cities by kind, by whether they were sent, and fault code',
    labels: ['city', 'backend', 'call', 'sent', 'code'],
  })
  const callSeconds = openHistogram({
    name: 'gateway_city_call_duration_seconds',
    help: 'Time of a call to a city, waiting for a place included',
    labels: ['city', 'call'],
    bounds: SECONDS,
  })
  const commitSeconds = openHistogram({
    name: 'gateway_store_commit_duration_seconds',
    help: 'Time of one durable commit of the store',
    labels: [],
    bounds: SECONDS,
  })
  const commitMembers = openHistogram({
    name: 'gateway_store_commit_members',
    help: 'Transactions made durable by one commit',
    labels: [],
    bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256],
  })
  const log = openLogMetrics(registers)
  const disk = openDiskMetrics(registers, dataDir)
  const news = openNewsMetrics(registers)
  const reconciled = openReconciliationMetrics(registers)
  const counted = [
    requests,
    requestSeconds,
    calls,
    callSeconds,
    commitSeconds,
    commitMembers,
    ...log.counted,
    ...news.counted,
  ]

  const lineState = new Gauge({
    registers,
    name: 'gateway_line_state',
    help: 'State of the breaker of a line: 1 for the state it is in',
    labelNames: ['city', 'backend', 'state'],
  })
  const lineInFlight = new Gauge({
    registers,
    name: 'gateway_line_in_flight',
    help: 'Messages under way on a line; asking for news does not count',
    labelNames: ['city', 'backend'],
  })
  const lineQueued = new Gauge({
    registers,
    name: 'gateway_line_queued',
    help: 'Calls waiting for a place on a line',
    labelNames: ['city', 'backend'],
  })
  const lineSkew = new Gauge({
    registers,
    name: 'gateway_line_clock_skew_seconds',
    help: 'How far the clock of a city is ahead of ours, good to about a second',
    labelNames: ['city', 'backend'],
  })
  const lineCertificate = new Gauge({
    registers,
    name: 'gateway_line_certificate_end_timestamp_seconds',
    help: 'When the first of the certificates ends that a line works with, in seconds since 1970',
    labelNames: ['city', 'backend'],
  })
  const backlog = new Gauge({
    registers,
    name: 'gateway_courier_backlog',
    help: 'Deliveries not yet at rest',
    labelNames: ['city', 'state'],
  })
  const oldest = new Gauge({
    registers,
    name: 'gateway_courier_oldest_seconds',
    help: 'Age of the oldest delivery not yet at rest',
    labelNames: ['city', 'state'],
  })

  const due = new Gauge({
    registers,
    name: 'gateway_deadlines',
    help: 'Legs that are due within two working days (soon) or were due before today (overdue), by clock',
    labelNames: ['city', 'clock', 'due'],
  })

  return {
    contentType: registry.contentType,
    answered(method, route, status, tookMs) {
      requests.add(method, route, String(status))
      requestSeconds.observe(tookMs / 1000, route)
    },
    called({ city, backend, call, sent, code, tookMs }) {
      calls.add(city, backend, call, sent, code ?? 'none')
      callSeconds.observe(tookMs / 1000, city, call)
    },
    streamEnded: news.streamEnded,
    webhookTried: news.webhookTried,
    committed({ members, durationMs, recorded }) {
      commitSeconds.observe(durationMs / 1000)
      commitMembers.observe(members)
      log.recorded(recorded)
    },
    notSigned: log.notSigned,
    async text({ lines, log: logState, store, streams, deadlines, now }) {
      const [webhooks, standings, waiting, shards] = await Promise.all([
        store.webhookStandings().catch(() => []),
        store.reconciliationStandings().catch(() => []),
        store.backlog().catch(() => []),
        store.logShards().catch(() => []),
        disk.look(),
      ])
      // From here without a pause: whoever asks at the same time would see what has been reset and not yet set again.
      news.look({ streams }, webhooks, now)
      reconciled(standings)
      for (const line of lines()) {
        const { city, backend } = line
        for (const state of LINE_STATES) lineState.set({ city, backend, state }, line.state === state ? 1 : 0)
        lineInFlight.set({ city, backend }, line.inFlight)
        lineQueued.set({ city, backend }, line.queued)
        if (line.certificateEndsAt !== null) {
          lineCertificate.set({ city, backend }, Math.floor(line.certificateEndsAt / 1000))
        }
        if (line.clockSkewMs !== null) lineSkew.set({ city, backend }, line.clockSkewMs / 1000)
      }
      due.reset()
      for (const { city, clock, soon, overdue } of deadlines) {
        due.inc({ city, clock, due: 'soon' }, soon)
        due.inc({ city, clock, due: 'overdue' }, overdue)
      }
      backlog.reset()
      oldest.reset()
      for (const { city, state, count, oldestAt } of waiting) {
        backlog.set({ city, state }, count)
        oldest.set({ city, state }, Math.max(0, now - oldestAt) / 1000)
      }
      log.look(logState(), shards)
      return [...counted.map((series) => series.text()), await registry.metrics()].join('\n')
    },
  }
}

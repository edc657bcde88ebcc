// What operators measure of the news of cases: who follows them, and what programs are still to be told.

import { Gauge, type Registry } from '@prometheus-io/client'
import type { WebhookStanding } from '../domain/webhook.ts'
import { openCounter, type Counter } from './series.ts'

interface NewsState {
  /** Streams that are open at this moment. */
  readonly streams: number
}

export interface NewsMetrics {
  readonly counted: readonly Counter[]
  streamEnded(end: string): void
  webhookTried(webhook: string, outcome: string): void
  look(state: NewsState, standings: readonly WebhookStanding[], now: number): void
}

export function openNewsMetrics(registers: Registry[]): NewsMetrics {
  const ends = openCounter({
    name: 'gateway_case_streams_ended_total',
    help: 'Streams of case events that have ended, by why',
    labels: ['end'],
  })
  const open = new Gauge({ registers, name: 'gateway_case_streams_open', help: 'Streams of case events that are open' })
  const attempts = openCounter({
    name: 'gateway_webhook_attempts_total',
    help: 'Attempts to tell a registered program, by what came of them',
    labels: ['webhook', 'outcome'],
  })
  const gauge = (name: string, help: string): Gauge<'webhook'> =>
    new Gauge({ registers, name, help, labelNames: ['webhook'] })
  const waiting = gauge('gateway_webhook_backlog', 'Messages to a registered program that wait')
  const oldest = gauge('gateway_webhook_oldest_seconds', 'Age of the oldest message to a registered program that waits')
  const dead = gauge('gateway_webhook_dead', 'Messages to a registered program that were given up')
  const disabled = gauge('gateway_webhook_disabled', '1 where a registered program has said that it wants no more')
  return {
    counted: [ends, attempts],
    streamEnded: (end) => ends.add(end),
    webhookTried: (webhook, outcome) => attempts.add(webhook, outcome),
    look({ streams }, standings, now) {
      open.set(streams)
      for (const { endpoint: webhook, disabledAt, ...standing } of standings) {
        waiting.set({ webhook }, standing.waiting)
        oldest.set({ webhook }, standing.oldestAt === null ? 0 : Math.max(0, now - standing.oldestAt) / 1000)
        dead.set({ webhook }, standing.dead)
        disabled.set({ webhook }, disabledAt === null ? 0 : 1)
      }
    },
  }
}

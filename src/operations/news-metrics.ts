// What operators measure of the news of cases: who follows them.

import { Gauge, type Registry } from '@prometheus-io/client'
import { openCounter, type Counter } from './series.ts'

export interface NewsMetrics {
  readonly counted: readonly Counter[]
  streamEnded(end: string): void
  streamsOpen(count: number): void
}

export function openNewsMetrics(registers: Registry[]): NewsMetrics {
  const ends = openCounter({
    name: 'gateway_case_streams_ended_total',
    help: 'Streams of case events that have ended, by why',
    labels: ['end'],
  })
  const open = new Gauge({ registers, name: 'gateway_case_streams_open', help: 'Streams of case events that are open' })
  return {
    counted: [ends],
    streamEnded: (end) => ends.add(end),
    streamsOpen: (count) => open.set(count),
  }
}

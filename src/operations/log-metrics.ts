// What operators measure of the audit log: what is put on record, how far it is signed, and how far signing is behind.

import { Gauge, type Registry } from '@prometheus-io/client'
import type { LogShard } from '../domain/log.ts'
import { openCounter, type Counter } from './series.ts'

/** How the log stands at this moment. */
export interface LogState {
  /** For how long records have been waiting for a checkpoint; 0 = none are. */
  readonly behindMs: number
}

export interface LogMetrics {
  readonly counted: readonly Counter[]
  /** Records that became durable, by kind. */
  recorded(kinds: Readonly<Record<string, number>>): void
  notSigned(): void
  look(state: LogState, shards: readonly LogShard[]): void
}

export function openLogMetrics(registers: Registry[]): LogMetrics {
  const records = openCounter({
    name: 'gateway_audit_records_total',
    help: 'Audit records made durable, by kind',
    labels: ['kind'],
  })
  const failures = openCounter({
    name: 'gateway_audit_log_failures_total',
    help: 'Attempts to sign the audit log that failed',
    labels: [],
  })
  const entries = new Gauge({
    registers,
    name: 'gateway_audit_log_entries',
    help: 'Records that the newest signed checkpoint of a year covers',
    labelNames: ['year'],
  })
  const behind = new Gauge({
    registers,
    name: 'gateway_audit_log_behind_seconds',
    help: 'For how long records have been waiting for a signed checkpoint',
  })

  // A counter that was never counted would be missing, and an alert on it silent for the wrong reason.
  failures.addMany(0)

  return {
    counted: [records, failures],
    recorded(kinds) {
      for (const [kind, count] of Object.entries(kinds)) records.addMany(count, kind)
    },
    notSigned: () => failures.add(),
    look({ behindMs }, shards) {
      behind.set(behindMs / 1000)
      entries.reset()
      for (const { year, size } of shards) entries.set({ year: String(year) }, size)
    },
  }
}

// What operators measure of the audit log: what is put on record, how far it is signed, and how far signing is behind.

import { Gauge, type Registry } from '@prometheus-io/client'
import type { LogShard } from '../domain/log.ts'
import { WITNESS_STATES, type WitnessView } from '../domain/witness.ts'
import { openCounter, type Counter } from './series.ts'

/** How the log stands at this moment. */
export interface LogState {
  /** For how long records have been waiting for a checkpoint; 0 = none are. */
  readonly behindMs: number
  readonly witnesses: readonly WitnessView[]
  /** For how long the newest checkpoint has had fewer cosignatures than required; 0 = it has enough. */
  readonly lackingMs: number
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
  const lacking = new Gauge({
    registers,
    name: 'gateway_audit_log_cosignatures_lacking_seconds',
    help: 'For how long the newest checkpoint has had fewer cosignatures of witnesses than required',
  })
  const witnessState = new Gauge({
    registers,
    name: 'gateway_audit_log_witness_state',
    help: 'How a witness of the audit log stands: 1 for the state it is in',
    labelNames: ['witness', 'state'],
  })
  const witnessEntries = new Gauge({
    registers,
    name: 'gateway_audit_log_witness_entries',
    help: 'Records that the newest checkpoint covers which a witness has cosigned since the start',
    labelNames: ['witness'],
  })

  // A counter that was never counted would be missing, and an alert on it silent for the wrong reason.
  failures.addMany(0)

  return {
    counted: [records, failures],
    recorded(kinds) {
      for (const [kind, count] of Object.entries(kinds)) records.addMany(count, kind)
    },
    notSigned: () => failures.add(),
    look({ behindMs, witnesses, lackingMs }, shards) {
      behind.set(behindMs / 1000)
      lacking.set(lackingMs / 1000)
      for (const { name, state: current, size } of witnesses) {
        for (const state of WITNESS_STATES) witnessState.set({ witness: name, state }, state === current ? 1 : 0)
        witnessEntries.set({ witness: name }, size)
      }
      entries.reset()
      for (const { year, size } of shards) entries.set({ year: String(year) }, size)
    },
  }
}

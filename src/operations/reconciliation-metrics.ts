// What operators measure of the comparisons with cities.

import { Gauge, type Registry } from '@prometheus-io/client'
import type { ReconciliationStanding } from '../domain/reconciliation.ts'

/** Sets what the newest comparison of each backend that could be made has found. */
export function openReconciliationMetrics(
  registers: Registry[],
): (standings: readonly ReconciliationStanding[]) => void {
  const labelNames = ['city', 'backend'] as const
  const differences = new Gauge({
    registers,
    name: 'gateway_reconciliation_differences',
    help: 'Cases about which a city and the gateway differ, of the newest day that was compared',
    labelNames,
  })
  const day = new Gauge({
    registers,
    name: 'gateway_reconciliation_day_timestamp_seconds',
    help: 'When the newest day began that was compared with a city, in seconds since 1970',
    labelNames,
  })
  return (standings) => {
    for (const { city, backend, day: compared, differing } of standings) {
      differences.set({ city, backend }, differing)
      day.set({ city, backend }, Date.parse(`${compared}T00:00:00+08:00`) / 1000)
    }
  }
}

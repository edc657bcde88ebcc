// Two gateways on one PostgreSQL, struck once in each way; `npm run chaos` does the same for longer, and with more gateways.

import t from 'tap'
import { runShared } from './shared.ts'

t.test(
  'whatever strikes two gateways and their database, what was acknowledged is there, once, on record',
  async (t) => {
    const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000)
    const say = (line: string): void => t.comment(line)
    const report = await runShared(t, {
      gateways: 2,
      strikes: 6,
      killsMin: 0,
      seed,
      callers: 6,
      quietMsMax: 800,
      minutesMax: 10,
      say,
    })
    t.strictSame(report.broken, [], `seed ${seed}`)
    t.equal(Object.keys(report.strikes).length, 6, 'each kind has struck')
    t.ok(report.applications >= 10, `${report.applications} applications`)
    t.ok(report.refusals > 0, 'it was told while the database was away')
  },
)

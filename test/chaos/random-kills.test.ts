// kill -9 at random moments under load; `npm run test:long` does the same for longer.

import t from 'tap'
import { runKills } from './random-kills.ts'

t.test(
  'whatever moment the gateway is killed at, what it acknowledged is there, once, with its evidence',
  async (t) => {
    const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000)
    const report = await runKills(t, { kills: 3, seed, aliveMsMax: 800, callers: 16, say: (line) => t.comment(line) })
    t.strictSame(report.broken, [], `seed ${seed}`)
    t.ok(report.applications >= 8, `${report.applications} applications`)
    t.ok(report.brokenConnections > 0, 'the kills struck while calls were under way')
  },
)

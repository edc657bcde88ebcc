// A gateway with the embedded store, struck once in each way; `npm run chaos -- --store embedded` does the same for longer.

import t from 'tap'
import { openChance } from '../chance.ts'
import { inOwnMounts } from '../own-mounts.ts'
import { openEmbedded } from './embedded.ts'
import { runStruck } from './struck.ts'

const mayMount = inOwnMounts(import.meta.filename)

t.test(
  'whatever strikes the gateway and its disk, what it acknowledged is there, once, with its evidence',
  async (t) => {
    const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000)
    const random = openChance(seed)
    const target = await openEmbedded(t, { random, mayMount })
    const kinds = Object.keys(target.strikes)
    const say = (line: string): void => t.comment(line)
    const report = await runStruck(target, {
      strikes: kinds.length,
      killsMin: 0,
      random,
      callers: 8,
      quietMsMax: 800,
      minutesMax: 10,
      say,
    })
    t.strictSame(report.broken, [], `seed ${seed}`)
    t.strictSame(Object.keys(report.strikes), kinds, 'each kind has struck')
    for (const left of report.leftOut) t.pass('left out', { skip: left })
    t.ok(report.applications >= 10, `${report.applications} applications`)
    t.ok(report.brokenConnections > 0, 'the kill struck while calls were under way')
    if (mayMount) t.ok(report.refusals > 0, 'it was told while the disk was full')
  },
)

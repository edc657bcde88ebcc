// Each strike once under load, as the tests of CI have it; `npm run chaos` does the same for longer.

import type { Test } from 'tap'
import { openChance } from '../chance.ts'
import { runStruck, type StruckReport, type Target } from './struck.ts'

/** Whatever struck, no promise was broken. `open` gives what is to be struck; its choices are those of the seed. */
export async function strikeEachOnce(
  t: Test,
  callers: number,
  open: (random: () => number) => Promise<Target>,
): Promise<StruckReport> {
  const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000)
  const random = openChance(seed)
  const target = await open(random)
  const kinds = Object.keys(target.strikes)
  const report = await runStruck(target, {
    strikes: kinds.length,
    killsMin: 0,
    random,
    callers,
    quietMsMax: 800,
    minutesMax: 10,
    say: (line) => t.comment(line),
  })
  t.strictSame(report.broken, [], `seed ${seed}`)
  t.strictSame(Object.keys(report.strikes), kinds, 'each kind has struck')
  for (const left of report.leftOut) t.pass('left out', { skip: left })
  t.ok(report.applications >= 10, `${report.applications} applications`)
  return report
}

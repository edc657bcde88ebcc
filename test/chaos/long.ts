// `npm run test:long`: kills the gateway at random moments under load for as long as one likes, and prints what was found.
// --kills <number> --seed <number> --callers <number>; exits with 1 where a promise was broken.

import { parseArgs } from 'node:util'
import { runKills } from './random-kills.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    callers: { type: 'string', default: '16' },
  },
})
const [kills = 0, seed = 0, callers = 0] = [values.kills, values.seed, values.callers].map(Number)
if (!(kills >= 1 && callers >= 1 && Number.isSafeInteger(seed))) {
  console.error(
    '--kills、--callers 须为正整数，--seed 须为整数。 --kills and --callers must be positive, --seed an integer.',
  )
  process.exit(2)
}

const teardowns: (() => unknown)[] = []
const began = performance.now()
console.log(`seed ${seed}`)
try {
  const { broken, ...report } = await runKills(
    { teardown: (work) => void teardowns.push(work) },
    { kills, seed, callers, aliveMsMax: 3000, say: (line) => console.log(line) },
  )
  console.table({ ...report, broken: broken.length, seconds: Math.round((performance.now() - began) / 1000) })
  for (const line of broken) console.log(line)
  process.exitCode = broken.length === 0 ? 0 : 1
} finally {
  for (const work of teardowns.toReversed()) await work()
}

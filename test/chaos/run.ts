// `npm run chaos`: strikes at random under load, then reckons up every promise; exits with 1 where one was broken.
// --store postgres (default) strikes --gateways on one PostgreSQL, and the database, at most --quiet milliseconds apart,
// for --minutes at most, and until --kills of them were kills;
// --store embedded kills one gateway; --rolling restarts two behind haproxy, with the balancer's file of deploy/.

import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runKills } from './random-kills.ts'
import { runRolling } from './rolling.ts'
import { runShared } from './shared.ts'

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'postgres' },
    strikes: { type: 'string', default: '60' },
    kills: { type: 'string', default: '0' },
    gateways: { type: 'string', default: '2' },
    callers: { type: 'string', default: '8' },
    quiet: { type: 'string', default: '3000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '120' },
    rolling: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
})
const [strikes, gateways, callers, quiet, seed] = [
  values.strikes,
  values.gateways,
  values.callers,
  values.quiet,
  values.seed,
].map(Number)
const isWhole = (number: number | undefined, max: number): number is number =>
  Number.isSafeInteger(number) && Number(number) >= 1 && Number(number) <= max
if (
  !isWhole(strikes, 10_000) ||
  !isWhole(gateways, 4) ||
  !isWhole(callers, 64) ||
  !isWhole(quiet, 60_000) ||
  !Number.isSafeInteger(seed) ||
  !(Number(values.kills) >= 0) ||
  !(Number(values.minutes) > 0) ||
  !['postgres', 'embedded'].includes(values.store)
) {
  console.error(
    '--store 为 postgres 或 embedded，--strikes、--callers、--quiet（两次打击之间最多的毫秒数）为正整数，--gateways 为 1 到 4，--seed 为整数。\n' +
      '--store is postgres or embedded, --strikes, --callers and --quiet (milliseconds between two strikes at most) are positive, --gateways is 1 to 4, --seed an integer.',
  )
  process.exit(2)
}

const teardowns: (() => unknown)[] = []
const test = { teardown: (work: () => unknown) => void teardowns.push(work) }
const say = (line: string): void => console.log(line)
const began = performance.now()
say(`seed ${seed}`)
try {
  const { broken, ...report } = await struck()
  const whole = {
    store: values.rolling ? 'postgres' : values.store,
    seed,
    ...report,
    seconds: Math.round((performance.now() - began) / 1000),
  }
  console.log(JSON.stringify(whole, null, 2))
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ ...whole, broken }, null, 2)}\n`)
  for (const line of broken) console.log(line)
  say(
    broken.length === 0
      ? '没有一项承诺被打破。 No promise was broken.'
      : `打破了 ${broken.length} 处。 Broken in ${broken.length} places.`,
  )
  process.exitCode = broken.length === 0 ? 0 : 1
} finally {
  for (const work of teardowns.toReversed()) await work()
}

function struck() {
  if (values.rolling) return runRolling(test, { restarts: strikes ?? 1, seed: seed ?? 1, callers: callers ?? 1, say })
  return values.store === 'embedded'
    ? runKills(test, { kills: strikes ?? 1, seed: seed ?? 1, callers: callers ?? 1, aliveMsMax: quiet ?? 1, say })
    : runShared(test, {
        strikes: strikes ?? 1,
        killsMin: Number(values.kills),
        gateways: gateways ?? 1,
        seed: seed ?? 1,
        callers: callers ?? 1,
        quietMsMax: quiet ?? 1,
        minutesMax: Number(values.minutes),
        say,
      })
}

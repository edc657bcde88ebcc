// The handling keeps its promises in simulated worlds, whatever disk, cities and processes do; and a seed can be run again.

import t from 'tap'
import { simulate } from './simulate.ts'
import { openStage } from './stage.ts'

const SEEDS = 200
const stage = openStage()

t.test('each seed keeps every promise', async (t) => {
  const counts = new Map<string, number>()
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const outcome = await simulate(stage, seed)
    for (const [what, count] of outcome.counts) counts.set(what, (counts.get(what) ?? 0) + count)
    if (outcome.broken.length === 0) continue
    t.same(outcome.broken, [], `seed ${seed}: npm run simulate -- --seed ${seed} --trace`)
    break
  }
  // A simulation in which nothing goes wrong proves nothing.
  for (const what of SEEN) t.ok((counts.get(what) ?? 0) > 0, `seen: ${what}`)
})

/** What must have happened in so many seeds. */
const SEEN = [
  'acknowledged',
  'died',
  'store failed',
  'enquire',
  'correct',
  'withdraw',
  'sent again',
  'settled too late',
  'intents without an outcome, explained',
  'delivery delivered',
  'delivery refused',
  'delivery cancelled',
  'delivery stuck',
  'correction delivered',
  'withdrawal delivered',
  'news known',
  'news older',
]

t.test('a seed runs the same each time', async (t) => {
  for (const seed of [7, 77, 777]) {
    const lines: string[] = []
    const first = await simulate(stage, seed, (line) => lines.push(line))
    const again: string[] = []
    const second = await simulate(stage, seed, (line) => again.push(line))
    t.same(again, lines)
    t.equal(second.digest, first.digest)
    t.ok(lines.length > 100)
  }
  const [one, other] = [await simulate(stage, 1), await simulate(stage, 2)]
  t.not(one.digest, other.digest)
})

// The time of a database, told onward by a machine whose own clock is set, stands still or is wrong.

import t, { type Test } from 'tap'
import { openCommonClock } from '../../src/operations/common-clock.ts'

const THERE = Date.UTC(2026, 10, 30, 12)
const HOUR = 3_600_000

/** A machine that is an hour ahead; what is waited for goes on when the test says so. */
function machine() {
  const state = { now: THERE + HOUR, monotonic: 1000 }
  const delays: (() => void)[] = []
  return {
    state,
    clock: {
      now: () => state.now,
      monotonic: () => state.monotonic,
      delay: (_: number, signal?: AbortSignal) =>
        new Promise<void>((resolve, reject) => {
          delays.push(resolve)
          signal?.addEventListener('abort', () => reject(signal.reason as Error))
        }),
    },
    pass(ms: number) {
      state.now += ms
      state.monotonic += ms
    },
    /** Lets it look once more. */
    async look() {
      delays.shift()?.()
      for (let turns = 0; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

async function following(t: Test, ask: () => Promise<number>, own = machine()) {
  const astray: number[] = []
  const clock = openCommonClock(own.clock)
  t.equal(clock.now(), own.state.now, 'its own until there is an answer')
  const end = await clock.follow(ask, { onAstray: (aheadMs) => astray.push(aheadMs) })
  t.teardown(() => end[Symbol.asyncDispose]())
  return { ...own, common: clock, astray }
}

t.test('a machine that is an hour ahead tells the time of the database, and is told of once', async (t) => {
  const { common, astray, pass, look, clock } = await following(t, async () => THERE)
  t.equal(common.now(), THERE)
  pass(1234)
  t.equal(common.now(), THERE + 1234)
  t.equal(common.monotonic(), clock.monotonic())
  pass(60_000)
  await look()
  t.strictSame(astray, [HOUR])
})

t.test('half of the way there and back is added', async (t) => {
  const own = machine()
  const ask = async (): Promise<number> => {
    own.pass(300)
    return THERE
  }
  const { common } = await following(t, ask, own)
  t.equal(common.now(), THERE + 150)
})

t.test('it is asked again each minute, and at once when the clock of the machine is set', async (t) => {
  let asked = 0
  let there = THERE
  const { common, look, pass, state } = await following(t, async () => {
    asked += 1
    return there
  })
  t.equal(asked, 1)
  pass(59_000)
  await look()
  t.equal(asked, 1, 'not before its time')
  pass(1000)
  there += 60_000 + 40 // its clock runs a little faster
  await look()
  t.equal(asked, 2)
  t.equal(common.now(), there)
  state.now -= 5 * HOUR
  t.equal(common.now(), there, 'setting the clock of the machine changes nothing')
  await look()
  t.equal(asked, 3)
  state.monotonic += 200 // a machine that stood still: one of its clocks went on
  await look()
  t.equal(asked, 4)
})

t.test('an answer that took too long, and none at all, leave the time as it goes', async (t) => {
  const own = machine()
  let doing = async (): Promise<number> => THERE
  const { common, look, pass } = await following(t, () => doing(), own)
  doing = async () => {
    pass(1500)
    return THERE - HOUR
  }
  pass(60_000)
  await look()
  t.equal(common.now(), THERE + 61_500)
  doing = () => Promise.reject(new Error('the database is away'))
  await look()
  t.equal(common.now(), THERE + 61_500)
})

t.test('where the first answer does not come the machine’s own time does until there is one', async (t) => {
  let doing = (): Promise<number> => Promise.reject(new Error('not now'))
  const { common, state, look } = await following(t, () => doing())
  t.equal(common.now(), state.now)
  doing = async () => THERE
  await look()
  t.equal(common.now(), THERE)
})

// Who does the background work: one of several gateways, and another one only when its time is over by everybody's own clock.

import t, { type Test } from 'tap'
import type { DutyStore } from '../../src/domain/duty.ts'
import { openDuty } from '../../src/handling/duty.ts'
import { systemClock } from '../../src/system.ts'
import { until } from '../gateway/harness.ts'
import { newFolder, openIn } from '../store/folder.ts'

const HELD_MS = 10_000
const looks = (): Promise<void> => systemClock.delay(60)

/** A gateway with a clock that tests move, on a store that it shares; `isCut`: it does not reach it. */
async function gateway(t: Test, store: DutyStore, node: string) {
  const state = { now: 1_000_000 * Math.random(), isCut: false, errors: 0, taken: [] as (string | null)[] }
  const reached: DutyStore = {
    ...store,
    holdDuty: async (...asked) => {
      if (state.isCut) throw new Error('the store is out of reach')
      return store.holdDuty(...asked)
    },
  }
  const duty = await openDuty(
    { clock: { ...systemClock, monotonic: () => state.now }, store: reached },
    {
      name: 'background',
      node,
      everyMs: 5,
      heldMs: HELD_MS,
      onTaken: (from) => state.taken.push(from),
      onError: () => (state.errors += 1),
    },
  )
  let isOpen = true
  const close = async (): Promise<void> => {
    if (isOpen) await duty[Symbol.asyncDispose]()
    isOpen = false
  }
  t.teardown(close)
  return { state, duty, close }
}

t.test('the first has it; who leaves gives it over at once', async (t) => {
  const store = await openIn(t, newFolder(t))
  const east = await gateway(t, store, 'east')
  const west = await gateway(t, store, 'west')
  t.ok(east.duty.isOurs())
  t.strictSame(east.state.taken, [null])
  for (let hours = 1; hours <= 3; hours += 1) {
    west.state.now += 3_600_000
    await looks()
    t.notOk(west.duty.isOurs(), 'however long it waits, its holder goes on')
  }
  await east.close()
  t.notOk(east.duty.isOurs())
  t.ok(await until(async () => west.duty.isOurs(), Boolean))
  t.strictSame(west.state.taken, [null], 'nobody had it')
})

t.test('who shows no sign loses it, and knows so before another one has it', async (t) => {
  const store = await openIn(t, newFolder(t))
  const east = await gateway(t, store, 'east')
  const west = await gateway(t, store, 'west')
  await looks()
  east.state.isCut = true
  await until(
    async () => east.state.errors,
    (errors) => errors > 0,
  )
  await looks()
  west.state.now += HELD_MS - 1
  east.state.now += HELD_MS - 1
  await looks()
  t.ok(east.duty.isOurs(), 'its time is not over')
  t.notOk(west.duty.isOurs())
  east.state.now += 1
  t.notOk(east.duty.isOurs(), 'over for the holder, though nobody has told it')
  t.notOk(west.duty.isOurs())
  west.state.now += 1
  t.ok(await until(async () => west.duty.isOurs(), Boolean))
  t.strictSame(west.state.taken, ['east'])

  east.state.isCut = false
  await looks()
  t.notOk(east.duty.isOurs(), 'it does not take it back')
  await east.close()
  await looks()
  t.ok(west.duty.isOurs(), 'and has nothing to leave')
})

t.test('of several who see that the holder is gone one takes it; one that is started anew goes on', async (t) => {
  const store = await openIn(t, newFolder(t))
  await store.holdDuty('background', 'gone', null)
  const others = await Promise.all(['east', 'west', 'north'].map((node) => gateway(t, store, node)))
  const holders = (): number => others.filter(({ duty }) => duty.isOurs()).length
  t.equal(holders(), 0)
  for (const { state } of others) state.now += HELD_MS
  t.equal(
    await until(
      async () => holders(),
      (count) => count > 0,
    ),
    1,
  )
  await looks()
  t.equal(holders(), 1)
  const again = await gateway(t, await openIn(t, newFolder(t)), 'gone')
  t.ok(again.duty.isOurs())

  const restarted = await openIn(t, newFolder(t))
  await restarted.holdDuty('background', 'east', null)
  t.ok((await gateway(t, restarted, 'east')).duty.isOurs(), 'under its own name it need not wait')
})

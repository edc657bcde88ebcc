// The sequencer over the real store: no record is skipped, each step happens wholly or not at all, and what was changed is found.

import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import type { LogProblem } from '../../src/audit/log/problem.ts'
import { openSequencer, type Sequencer } from '../../src/audit/log/sequencer.ts'
import type { LogStore } from '../../src/domain/log.ts'
import { databaseFile } from '../../src/store/database.ts'
import type { EmbeddedStore } from '../../src/store/sqlite.ts'
import { systemClock } from '../../src/system.ts'
import { draft, NOW } from '../contract/fixture.ts'
import { newFolder, openIn } from '../store/folder.ts'
import { readWholeLog } from './whole-log.ts'

const ORIGIN = 'gateway.example/log'
const CHINA_NEW_YEAR = Date.parse('2026-12-31T16:00:00.000Z')

interface Wish {
  readonly everyMs?: number
  readonly onError?: (error: unknown) => void
  readonly onBroken?: (problem: LogProblem) => void
}

const fail = (error: unknown): never => {
  throw error
}

const sequence = (store: LogStore, { everyMs = 60_000, onError = fail, onBroken = fail }: Wish = {}) =>
  openSequencer({ store, clock: systemClock, origin: ORIGIN, everyMs, onError, onBroken })

const append = (store: EmbeddedStore, count: number, time = NOW): Promise<void> =>
  store.append(Array.from({ length: count }, () => draft({ time })))

/** The whole log is sound, and holds this many leaves in each of its shards. */
async function isSound(t: Test, store: LogStore, sizes: readonly number[], what: string): Promise<void> {
  const shards = await readWholeLog(store)
  t.strictSame(
    shards.flatMap(({ origin, problems }) => problems.map((problem) => `${origin}: ${problem}`)),
    [],
    `${what}: every tile and checkpoint follows from the leaves`,
  )
  t.strictSame(
    shards.map(({ leaves }) => leaves.length),
    sizes,
    what,
  )
  const seqs = shards.flatMap(({ leaves }) =>
    leaves.map((leaf) => (JSON.parse(leaf.toString()) as { seq: number }).seq),
  )
  t.strictSame(
    seqs,
    seqs.map((_, at) => at + 1),
    `${what}: each record once, in the order of the commits`,
  )
}

t.test('records are signed for in batches of any size, and over restarts', async (t) => {
  const dataDir = newFolder(t)
  let total = 0
  for (const counts of [[1], [255, 1], [3, 700, 0, 40], [24]]) {
    const store = await openIn(t, dataDir)
    const sequencer = await sequence(store)
    for (const count of counts) {
      await append(store, count)
      await sequencer.catchUp()
      total += count
    }
    await isSound(t, store, [total], `${total} records`)
    await sequencer[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  }
})

t.test('each year of China is a log of its own, and a record that comes late stays in its place', async (t) => {
  const store = await openIn(t, newFolder(t))
  const sequencer = await sequence(store)
  await append(store, 300, CHINA_NEW_YEAR - 1)
  await append(store, 2, CHINA_NEW_YEAR)
  await append(store, 1, CHINA_NEW_YEAR - 1)
  await append(store, 300, CHINA_NEW_YEAR + 1)
  await sequencer.catchUp()
  await isSound(t, store, [300, 303], 'two years')
  t.strictSame(
    (await readWholeLog(store)).map(({ origin }) => origin),
    [`${ORIGIN}/2026`, `${ORIGIN}/2027`],
  )
})

t.test('what is committed is signed for soon after, without being asked, and what is left at the end', async (t) => {
  const store = await openIn(t, newFolder(t))
  const sequencer = await sequence(store, { everyMs: 10 })
  await append(store, 5)
  sequencer.wake()
  while ((await store.logShards())[0]?.size !== 5) await systemClock.delay(5)
  await append(store, 2)
  await sequencer[Symbol.asyncDispose]()
  await isSound(t, store, [7], 'at the end')
})

t.test('two sequencers at once: one after the other wins, and neither harms the log', async (t) => {
  const store = await openIn(t, newFolder(t))
  const both = [await sequence(store), await sequence(store)]
  let total = 0
  for (let round = 0; round < 12; round++) {
    await append(store, 1 + round * 7)
    total += 1 + round * 7
    await Promise.all(both.map((sequencer) => sequencer.catchUp()))
  }
  await isSound(t, store, [total], 'two at once')
})

t.test('a step that fails before or after it took effect harms nothing, and the next one goes on', async (t) => {
  const steps = ['logTail', 'signLog', 'replaceCheckpoint'] as const
  for (const name of steps) {
    for (const half of ['before', 'after'] as const) {
      await t.test(`${name} fails ${half} it was carried out`, async (t) => {
        const store = await openIn(t, newFolder(t))
        let isDue = false
        const carryOut = store[name] as (...values: readonly unknown[]) => Promise<unknown>
        const failing = async (...values: readonly unknown[]): Promise<unknown> => {
          const strikes = isDue
          if (strikes) isDue = false
          if (strikes && half === 'before') throw new Error(`struck before ${name}`)
          const value = await carryOut(...values)
          if (strikes) throw new Error(`struck after ${name}`)
          return value
        }
        const sequencer = await sequence({ ...store, [name]: failing })
        await append(store, 200)
        await sequencer.catchUp()
        for (const count of [1, 100, 300]) {
          await append(store, count)
          isDue = true
          await t.rejects(sequencer.catchUp(), { message: `struck ${half} ${name}` })
          await append(store, 1)
          await sequencer.catchUp()
        }
        await isSound(t, store, [200 + 401 + 3], 'afterwards')
      })
    }
  }
})

/** Changes the database behind the store's back, and opens it again. */
async function afterHarm(t: Test, harm: (database: DatabaseSync) => void): Promise<unknown> {
  const dataDir = newFolder(t)
  const store = await openIn(t, dataDir)
  const sequencer = await sequence(store)
  await append(store, 512)
  await sequencer.catchUp()
  await sequencer[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  const database = new DatabaseSync(databaseFile(dataDir))
  harm(database)
  database.close()
  const again = await openIn(t, dataDir)
  return openSequencer({
    store: again,
    clock: systemClock,
    origin: ORIGIN,
    everyMs: 60_000,
    onError: fail,
    onBroken: fail,
  }).then(
    (sound: Sequencer) => sound[Symbol.asyncDispose](),
    (error: unknown) => error,
  )
}

t.test('a log that is not what was signed is not gone on with, and is told in both languages', async (t) => {
  const harms: Readonly<Record<string, { code: string; harm: string }>> = {
    'the last record deleted': { code: 'LOG_SHORTENED', harm: 'DELETE FROM records WHERE position = 512' },
    'the last hundred deleted': { code: 'LOG_SHORTENED', harm: 'DELETE FROM records WHERE position > 412' },
    'a node of the tree changed': {
      code: 'LOG_CHANGED',
      harm: 'UPDATE log_nodes SET hash = zeroblob(32) WHERE node = 1',
    },
    'a node of the tree deleted': { code: 'LOG_SHORTENED', harm: 'DELETE FROM log_nodes WHERE node = 1' },
    'a smaller checkpoint, unsigned': {
      code: 'LOG_FOREIGN',
      harm: "UPDATE log_shards SET size = 511, checkpoint = replace(checkpoint, '512', '511')",
    },
    'the size alone': { code: 'LOG_CHANGED', harm: 'UPDATE log_shards SET size = 511' },
  }
  for (const [what, { code, harm }] of Object.entries(harms)) {
    const error = (await afterHarm(t, (database) => database.exec(harm))) as LogProblem
    t.equal(error?.code, code, what)
    t.match(error?.sentence?.zh, /[\u4e00-\u9fff].*备份/)
    t.match(error?.sentence?.en, /backup/)
  }
  t.equal(await afterHarm(t, () => undefined), undefined, 'unharmed it opens')
})

t.test('records that go missing before they were signed for stop the signing', async (t) => {
  const dataDir = newFolder(t)
  const store = await openIn(t, dataDir)
  const broken: LogProblem[] = []
  const sequencer = await sequence(store, { onBroken: (problem) => broken.push(problem) })
  await append(store, 10)
  await sequencer.catchUp()
  await append(store, 10)
  const database = new DatabaseSync(databaseFile(dataDir))
  database.exec('DELETE FROM records WHERE position = 13')
  database.close()
  await t.rejects(sequencer.catchUp(), { code: 'LOG_SHORTENED' })
  await t.rejects(sequencer.catchUp(), { code: 'LOG_SHORTENED' }, 'and does not begin again')
  t.strictSame(
    broken.map(({ code }) => code),
    ['LOG_SHORTENED'],
  )
})

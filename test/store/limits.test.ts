// What the store does when too much is asked of it, when the disk is full and when one of its threads is lost.

import { Worker } from 'node:worker_threads'
import t from 'tap'
import { DatabaseSync } from 'node:sqlite'
import { openBatches } from '../../src/store/batches.ts'
import { databaseFile } from '../../src/store/database.ts'
import { systemClock } from '../../src/system.ts'
import { acceptance, draft, settlement } from '../contract/fixture.ts'
import { newFolder, openIn } from './folder.ts'

t.test(
  'a full queue refuses what is new with STORE_BUSY, writes nothing of it, and still takes outcomes',
  async (t) => {
    const commits: number[] = []
    const store = await openIn(t, newFolder(t), { queueMax: 3, onCommit: ({ members }) => commits.push(members) })
    const accepted = acceptance(store.keyed)
    await store.accept(accepted)
    const appended = Promise.allSettled(Array.from({ length: 10 }, () => store.append([draft()])))
    const settled = store.settle(settlement(accepted))
    t.equal(store.stats().writesWaiting, 4)
    const ends = await appended
    t.equal(ends.filter((end) => end.status === 'fulfilled').length, 3)
    for (const end of ends.slice(3)) t.match(end, { status: 'rejected', reason: { code: 'STORE_BUSY' } })
    t.equal(await settled, true)
    t.equal((await store.listRecords({ limit: 99 })).entries.length, 5)
    t.same(commits, [1, 4], 'what was called in one turn went in one commit')
    t.equal(store.stats().writesWaiting, 0)
  },
)

t.test(
  'a full disk fails the write with STORE_UNAVAILABLE, keeps what was acknowledged, and leaves no hole',
  async (t) => {
    const dataDir = newFolder(t)
    const store = await openIn(t, dataDir, { sizeBytesMax: 400_000 })
    let acknowledged = 0
    async function fill(atOnce: number): Promise<unknown> {
      for (let tries = 0; tries < 500; tries++) {
        const drafts = Array.from({ length: atOnce }, () => draft())
        try {
          await store.append(drafts)
        } catch (error) {
          return error
        }
        acknowledged += drafts.length
      }
      return 'never full'
    }
    t.match(await fill(20), { code: 'STORE_UNAVAILABLE', cause: { written: 'no' } })
    const ofMany = acknowledged
    t.ok(ofMany > 20)
    t.match(await fill(1), { code: 'STORE_UNAVAILABLE', cause: { written: 'no' } })
    t.ok(acknowledged > ofMany, 'what is smaller still went in, after a write that failed')
    const large = acceptance(store.keyed)
    const form = { remark: 'x'.repeat(300_000) }
    const newCase = { ...large.newCase, body: { ...large.newCase.body, form } }
    await t.rejects(store.accept({ ...large, newCase }), { code: 'STORE_UNAVAILABLE' })
    t.equal(await store.findRepeat(large.key.scope), null)
    const { entries } = await store.listRecords({ limit: 5000 })
    t.equal(entries.length, acknowledged, 'reads work on, and show what was acknowledged')
    await store.check()
    await store[Symbol.asyncDispose]()

    const roomy = await openIn(t, dataDir)
    await roomy.accept(acceptance(roomy.keyed))
    const all = (await roomy.listRecords({ limit: 5000 })).entries
    t.same(
      all.map(({ leaf }) => leaf['seq']),
      Array.from({ length: acknowledged + 1 }, (_, index) => index + 1),
    )
  },
)

t.test(
  'a commit that hangs is given up by its callers, refuses others at once, and what it held may be kept',
  async (t) => {
    const dataDir = newFolder(t)
    const store = await openIn(t, dataDir, { stallMs: 200 })
    // Another connection that holds the lock stands for a disk that does not answer: the writer thread waits for it.
    const holder = new DatabaseSync(databaseFile(dataDir))
    holder.exec('BEGIN IMMEDIATE')
    const away = acceptance(store.keyed)
    const waits = acceptance(store.keyed)
    const accepted = store.accept(away)
    await systemClock.delay(1)
    // The lock is not gone before the end of this test: both come within their bound, or never.
    const waiting = store.accept(waits)
    await t.rejects(accepted, { code: 'STORE_UNAVAILABLE', cause: { written: 'unknown' } })
    await t.rejects(waiting, { code: 'STORE_UNAVAILABLE', cause: { written: 'no' } })
    await t.rejects(store.check(), { code: 'STORE_UNAVAILABLE', cause: { written: 'no' } })
    t.equal(await store.findRepeat(away.key.scope), null, 'reads go on')

    holder.exec('ROLLBACK')
    holder.close()
    const ready = (): Promise<boolean> =>
      store.check().then(
        () => true,
        () => false,
      )
    while (!(await ready())) await systemClock.delay(5)
    t.match(await store.accept(away), { kind: 'repeated', repeat: { caseNo: away.newCase.caseNo } })
    t.match(await store.accept(waits), { kind: 'accepted' }, 'what had only waited was never written')
  },
)

/** A thread that answers the batches that hold no `die`, and ends itself at the first that does. */
const mortal = `
  const { parentPort } = require('node:worker_threads')
  parentPort.postMessage({ ready: true })
  parentPort.on('message', ({ batch }) => {
    if (batch.includes('die')) process.exit(1)
    parentPort.postMessage({ results: batch, failures: [] })
  })`

t.test(
  'when a thread is lost, whatever was at work or waits fails, the owner is told once, and nothing hangs',
  async (t) => {
    const worker = new Worker(mortal, { eval: true })
    const lost: Error[] = []
    const batches = openBatches({
      worker,
      onBatch: () => {},
      onLost: (error) => lost.push(error),
      clock: systemClock,
      stallMs: 60_000,
    })
    await batches.ready
    t.equal(await batches.call('live', 10), 'live')
    const away = batches.call('die', 10)
    // Two turns of the microtask queue later the batch has left, and what comes now has to wait for it.
    await Promise.resolve()
    await Promise.resolve()
    const waits = batches.call('waits', 10)
    t.equal(batches.waiting(), 1)
    await t.rejects(away, { code: 'STORE_UNAVAILABLE', cause: { written: 'unknown' } })
    await t.rejects(waits, { code: 'STORE_UNAVAILABLE', cause: { written: 'no' } })
    await t.rejects(batches.call('later', 10), { code: 'STORE_UNAVAILABLE', cause: { written: 'no' } })
    await batches.end()
    t.equal(lost.length, 1)
  },
)

t.test('a thread that cannot begin says why', async (t) => {
  const worker = new Worker('throw new Error("no such file")', { eval: true })
  const batches = openBatches({ worker, onBatch: () => {}, onLost: () => {}, clock: systemClock, stallMs: 60_000 })
  await t.rejects(batches.ready, { message: 'no such file' })
  await t.rejects(batches.call('x', 1), { code: 'STORE_UNAVAILABLE' })
})

t.test('closing finishes what waits', async (t) => {
  const dataDir = newFolder(t)
  const store = await openIn(t, dataDir)
  const appended = Array.from({ length: 20 }, () => store.append([draft()]))
  const closed = store[Symbol.asyncDispose]()
  await Promise.all(appended)
  await closed
  const again = await openIn(t, dataDir)
  t.equal((await again.listRecords({ limit: 99 })).entries.length, 20)
})

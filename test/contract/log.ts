// The contract of the signed log: places in the order of the commits, one checkpoint after the other, nothing beyond it.

import { createPublicKey, hash, verify } from 'node:crypto'
import type { Test } from 'tap'
import type { LogStep, LogStore } from '../../src/domain/log.ts'
import { draft, NOW, type OpenedStore } from './fixture.ts'

const stepOf = (size: number, changes: Partial<LogStep> = {}): LogStep => ({
  year: 2026,
  size,
  checkpoint: `checkpoint ${size}`,
  nodes: [],
  ...changes,
})

const node = (level: number, index: number) => ({ level, index, hash: hash('sha256', `${level}/${index}`, 'buffer') })

async function append(store: OpenedStore['store'], count: number, time = NOW): Promise<string[]> {
  const drafts = Array.from({ length: count }, () => draft({ time }))
  await store.append(drafts)
  return drafts.map(({ id }) => id)
}

/** Takes the entries of a bundle apart and hashes them as leaves. */
function leafHashes(bundle: Uint8Array): readonly Buffer[] {
  const bytes = Buffer.from(bundle)
  const hashes: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt16BE(at)
    hashes.push(hash('sha256', Buffer.concat([Buffer.of(0), bytes.subarray(at + 2, at + 2 + length)]), 'buffer'))
    at += 2 + length
  }
  return hashes
}

export async function logContract(t: Test, open: (t: Test) => Promise<OpenedStore>): Promise<void> {
  t.test('the tail holds every record in the order of the commits, over restarts', async (t) => {
    const opened = await open(t)
    const ids = await append(opened.store, 3)
    const { store } = await opened.reopen()
    ids.push(...(await append(store, 2, NOW + 1)))
    const tail = await store.logTail(0, 10)
    t.same([...tail.times], [NOW, NOW, NOW, NOW + 1, NOW + 1])
    const records = await Promise.all(ids.map((id) => store.findRecord(id)))
    t.same(
      Buffer.from(tail.hashes).toString('hex'),
      Buffer.concat(records.map((record) => Buffer.from(record!.leafHash, 'base64'))).toString('hex'),
    )
    t.same((await store.logTail(3, 1)).times.length, 1)
    t.same((await store.logTail(5, 10)).times.length, 0)
  })

  t.test('a checkpoint takes the place of the one it names, and of no other', async (t) => {
    const opened = await open(t)
    const { store } = opened
    await append(store, 5)
    t.same(await store.logShards(), [])
    t.equal(await store.replaceCheckpoint('checkpoint 1', stepOf(2)), false, 'there is none yet')
    t.equal(await store.replaceCheckpoint(null, stepOf(2)), true)
    t.equal(await store.replaceCheckpoint(null, stepOf(3)), false, 'another was first')
    const both = await Promise.all([
      store.replaceCheckpoint('checkpoint 2', stepOf(3)),
      store.replaceCheckpoint('checkpoint 2', stepOf(4, { nodes: [node(1, 0)] })),
    ])
    t.same(both, [true, false], 'of two at a time one wins')
    const expected = [{ year: 2026, size: 3, checkpoint: 'checkpoint 3', witnessed: null }]
    t.same(await store.logShards(), expected)
    t.same(await (await opened.reopen()).store.logShards(), expected)
  })

  t.test('nothing is signed for that is not there', async (t) => {
    const { store } = await open(t)
    await append(store, 2)
    await t.rejects(store.replaceCheckpoint(null, stepOf(3)), { code: 'INTERNAL' })
    t.same(await store.logShards(), [])
  })

  t.test('tiles and bundles are whole, as wide as asked, and end with the checkpoint', async (t) => {
    const { store } = await open(t)
    await append(store, 600)
    await store.replaceCheckpoint(null, stepOf(520, { nodes: [node(1, 0), node(1, 1)] }))
    const tile = Buffer.from((await store.logTile(2026, 0, 1, 256))!)
    const bundle = (await store.logEntries(2026, 1, 256))!
    t.ok(Buffer.concat(leafHashes(bundle)).equals(tile), 'the bundle’s entries hash to the tile')
    t.equal((await store.logTile(2026, 0, 2, 8))?.length, 8 * 32)
    t.equal((await store.logTile(2026, 0, 2, 3))?.length, 3 * 32, 'an older partial tile')
    t.equal(leafHashes((await store.logEntries(2026, 2, 8))!).length, 8)
    t.same(Buffer.from((await store.logTile(2026, 1, 0, 2))!), Buffer.concat([node(1, 0).hash, node(1, 1).hash]))
    for (const nothing of [
      store.logTile(2026, 0, 2, 9),
      store.logEntries(2026, 2, 9),
      store.logTile(2026, 1, 0, 3),
      store.logTile(2026, 2, 0, 1),
      store.logTile(2025, 0, 0, 1),
      store.logEntries(2027, 0, 1),
    ]) {
      t.equal(await nothing, null)
    }
  })

  t.test('a new year begins after the last signed record, and each record has its place', async (t) => {
    const { store } = await open(t)
    const old = await append(store, 3)
    await store.replaceCheckpoint(null, stepOf(3))
    const young = await append(store, 2)
    const [waiting = ''] = await append(store, 1)
    t.equal(await store.replaceCheckpoint('checkpoint 3', stepOf(2, { year: 2027, checkpoint: 'of 2027' })), true)
    t.same(
      (await store.logShards()).map(({ year, size }) => [year, size]),
      [
        [2026, 3],
        [2027, 2],
      ],
    )
    t.match(await store.logPlace(old[2] ?? ''), { kind: 'covered', year: 2026, index: 2, leaf: String })
    t.match(await store.logPlace(young[0] ?? ''), { kind: 'covered', year: 2027, index: 0 })
    t.same(await store.logPlace(waiting), { kind: 'pending' })
    t.equal(await store.logPlace('no such record'), null)
    t.equal((await store.logTail(0, 10)).times.length, 1)
    t.equal(leafHashes((await store.logEntries(2027, 0, 2))!).length, 2)
    t.equal(await store.logEntries(2026, 0, 4), null, 'a year does not reach into the next')
  })

  t.test('a cosigned checkpoint is kept beside the newest', async (t) => {
    const { store } = await open(t)
    await append(store, 2)
    await store.replaceCheckpoint(null, stepOf(1))
    await store.keepWitnessed(2026, 'cosigned 1')
    await store.replaceCheckpoint('checkpoint 1', stepOf(2))
    t.match(await store.logShards(), [{ checkpoint: 'checkpoint 2', witnessed: 'cosigned 1' }])
  })

  t.test('the log’s key is the same over restarts, and signs what its public key verifies', async (t) => {
    const opened = await open(t)
    const [before] = opened.store.logKeys
    const { store } = await opened.reopen()
    t.equal(store.logKeys.length, 1)
    const [key] = store.logKeys as LogStore['logKeys'] & [LogStore['logKeys'][0]]
    t.same(Buffer.from(key.publicKey), Buffer.from(before!.publicKey))
    t.equal(key.succession, null)
    const bytes = Buffer.from('what is signed')
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.publicKey])
    const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' })
    t.ok(verify(null, bytes, publicKey, await store.signLog(bytes)))
  })
}

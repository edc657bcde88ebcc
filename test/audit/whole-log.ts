// Re-reads a whole log from where it is kept, and holds every leaf, tile and checkpoint against the others, by plain means.

import { createPublicKey, hash, verify } from 'node:crypto'
import type { LogShard, LogStore } from '../../src/domain/log.ts'

const sha256 = (...parts: readonly Uint8Array[]): Buffer => hash('sha256', Buffer.concat(parts), 'buffer')

/** Section 2.1 of RFC 6962, level by level: a node without a sibling goes up as it is. */
export function rootOf(leafHashes: readonly Uint8Array[]): Buffer {
  let level: Buffer[] = leafHashes.map((one) => Buffer.from(one))
  if (level.length === 0) return sha256()
  while (level.length > 1) {
    const above: Buffer[] = []
    for (let at = 0; at < level.length; at += 2) {
      const [left, right] = [level[at]!, level[at + 1]]
      above.push(right === undefined ? left : sha256(Buffer.of(1), left, right))
    }
    level = above
  }
  return level[0]!
}

export interface ReadShard {
  readonly origin: string
  readonly leaves: readonly Buffer[]
  readonly problems: readonly string[]
}

async function readLeaves(store: LogStore, { year, size }: LogShard): Promise<Buffer[]> {
  const leaves: Buffer[] = []
  for (let index = 0; index * 256 < size; index++) {
    const bundle = Buffer.from((await store.logEntries(year, index, Math.min(256, size - index * 256)))!)
    for (let at = 0; at < bundle.length;) {
      const length = bundle.readUInt16BE(at)
      leaves.push(bundle.subarray(at + 2, at + 2 + length))
      at += 2 + length
    }
  }
  return leaves
}

/** What is wrong with each shard: nothing, if its checkpoint is signed by its key and every tile follows from the leaves. */
export async function readWholeLog(store: LogStore): Promise<readonly ReadShard[]> {
  const read: ReadShard[] = []
  for (const shard of await store.logShards()) {
    const problems: string[] = []
    const leaves = await readLeaves(store, shard)
    if (leaves.length !== shard.size) problems.push(`${leaves.length} leaves, ${shard.size} signed`)
    const [text = '', signatures = ''] = shard.checkpoint.split('\n\n')
    const [origin = '', size, root] = text.split('\n')
    if (Number(size) !== leaves.length) problems.push(`checkpoint of ${size}`)
    let hashes: Buffer[] = leaves.map((leaf) => sha256(Buffer.of(0), leaf))
    if (rootOf(hashes).toString('base64') !== root) problems.push('another root')
    for (let level = 0; hashes.length > 0; level++) {
      for (let index = 0; index * 256 < hashes.length; index++) {
        const own = hashes.slice(index * 256, (index + 1) * 256)
        const tile = await store.logTile(shard.year, level, index, own.length)
        if (tile === null || !Buffer.concat(own).equals(tile)) problems.push(`tile ${level}/${index}`)
      }
      const full = Math.floor(hashes.length / 256)
      hashes = Array.from({ length: full }, (_, index) => rootOf(hashes.slice(index * 256, (index + 1) * 256)))
    }
    const signature = Buffer.from(signatures.split('\n')[0]?.split(' ')[2] ?? '', 'base64').subarray(4)
    const isSigned = store.logKeys.some(({ publicKey }) => {
      const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey])
      return verify(
        null,
        Buffer.from(`${text}\n`),
        createPublicKey({ key: der, format: 'der', type: 'spki' }),
        signature,
      )
    })
    if (!isSigned) problems.push('not signed by our key')
    read.push({ origin, leaves, problems })
  }
  return read
}

// The tree above the bundles, while a log is read from its beginning: holds each tile against what lies below it.

import { openEdge, rootOfRange } from '../../audit/log/edge.ts'
import { HASH_BYTES } from '../../audit/log/merkle.ts'
import { TILE_WIDTH, tilePath } from '../../audit/log/tile.ts'
import type { Finding } from './range.ts'
import { readPart } from './source.ts'

export interface UpperTree {
  /** The root of one more full bundle. */
  add(root: Uint8Array): Promise<void>
  /** The root of the log as far as it was read, with these leaf hashes of a bundle that is not full. */
  root(leaves: Uint8Array): Buffer
  /** Holds the tiles that are not full against what was read. */
  finish(): Promise<void>
}

export function openUpperTree(prefix: string, findings: Finding[]): UpperTree {
  /** Of each level above the lowest: the hashes since its last full tile, and how many full tiles there were. */
  const levels: { hashes: Buffer[]; full: number }[] = []

  async function hold(level: number, index: number, hashes: Buffer): Promise<void> {
    const tile = await readPart(prefix, `tile/${tilePath({ level, index, width: hashes.length / HASH_BYTES })}`)
    if (tile !== null && tile.equals(hashes)) return
    const first = index * TILE_WIDTH ** (level + 1)
    findings.push({
      index: null,
      what: {
        zh: `第 ${level} 层第 ${index} 个瓦片（自第 ${first} 条起）${tile === null ? '缺失' : '与其下各条不符'}。`,
        en: `Tile ${index} of level ${level} (from entry ${first} on) ${tile === null ? 'is missing' : 'does not follow from what lies below it'}.`,
      },
    })
  }

  async function enter(level: number, hash: Buffer): Promise<void> {
    const own = (levels[level - 1] ??= { hashes: [], full: 0 })
    own.hashes.push(hash)
    if (own.hashes.length < TILE_WIDTH) return
    const tile = Buffer.concat(own.hashes)
    await hold(level, own.full, tile)
    own.hashes = []
    own.full += 1
    await enter(level + 1, rootOfRange(tile, 0, TILE_WIDTH))
  }

  return {
    add: (root) => enter(1, Buffer.from(root)),
    root: (leaves) => openEdge([leaves, ...levels.map(({ hashes }) => Buffer.concat(hashes))]).root(),
    async finish() {
      for (const [at, { hashes, full }] of levels.entries()) {
        if (hashes.length > 0) await hold(at + 1, full, Buffer.concat(hashes))
      }
    },
  }
}

// Makes inclusion and consistency proofs of RFC 6962 from tiles.

import { rootOfRange } from './edge.ts'
import { nodeHashOf } from './merkle.ts'
import { TILE_HEIGHT, TILE_WIDTH, hashesAtLevel, type TileName } from './tile.ts'

/** Gives the hashes of a tile, as many as its name says. */
export type ReadTile = (tile: TileName) => Promise<Uint8Array>

/** Reads each tile once, however many hashes of a proof come from it. */
function openNodes(size: number, read: ReadTile): (height: number, index: number) => Promise<Buffer> {
  const tiles = new Map<string, Promise<Uint8Array>>()
  return async (height, index) => {
    const level = Math.floor(height / TILE_HEIGHT)
    const width = 2 ** (height % TILE_HEIGHT)
    const tile = Math.floor((index * width) / TILE_WIDTH)
    const key = `${level}/${tile}`
    let hashes = tiles.get(key)
    if (hashes === undefined) {
      const held = Math.min(TILE_WIDTH, hashesAtLevel(size, level) - tile * TILE_WIDTH)
      tiles.set(key, (hashes = read({ level, index: tile, width: held })))
    }
    return rootOfRange(await hashes, index * width - tile * TILE_WIDTH, width)
  }
}

/** The largest power of two that is less than `width`: where RFC 6962 divides a tree. */
function splitOf(width: number): number {
  let split = 1
  while (split * 2 < width) split *= 2
  return split
}

function openRanges(size: number, read: ReadTile): (from: number, until: number) => Promise<Buffer> {
  const nodeAt = openNodes(size, read)
  return async function rangeHash(from, until): Promise<Buffer> {
    const width = until - from
    const height = Math.log2(width)
    if (Number.isInteger(height) && from % width === 0) return nodeAt(height, from / width)
    const middle = from + splitOf(width)
    return nodeHashOf(await rangeHash(from, middle), await rangeHash(middle, until))
  }
}

/** From the leaf's sibling up, for the leaf at `index` of the tree's first `size`. Throws what `read` throws. */
export async function inclusionProof(index: number, size: number, read: ReadTile): Promise<readonly Buffer[]> {
  const rangeHash = openRanges(size, read)
  const proof: Buffer[] = []
  let from = 0
  let until = size
  while (until - from > 1) {
    const middle = from + splitOf(until - from)
    if (index < middle) {
      proof.push(await rangeHash(middle, until))
      until = middle
    } else {
      proof.push(await rangeHash(from, middle))
      from = middle
    }
  }
  return proof.toReversed()
}

/** That the first `older` leaves are the beginning of the first `newer`; 0 < older <= newer. */
export async function consistencyProof(older: number, newer: number, read: ReadTile): Promise<readonly Buffer[]> {
  if (older === 0 || older === newer) return []
  const rangeHash = openRanges(newer, read)
  const proof: Buffer[] = []
  let from = 0
  let until = newer
  // Whether what is left of the older tree is the whole of it: its root is then known to whoever checks.
  let isWhole = true
  while (until !== older) {
    const middle = from + splitOf(until - from)
    if (older <= middle) {
      proof.push(await rangeHash(middle, until))
      until = middle
    } else {
      proof.push(await rangeHash(from, middle))
      from = middle
      isWhole = false
    }
  }
  if (!isWhole) proof.push(await rangeHash(from, until))
  return proof.toReversed()
}

// The right edge of a growing tree: all that has to be kept in mind to add a leaf and to know the root.

import { EMPTY_ROOT, HASH_BYTES, nodeHashOf } from './merkle.ts'
import { TILE_HEIGHT, TILE_WIDTH } from './tile.ts'

/** A hash of a tile above the lowest: root of a tile below that has become full. `level` is the tile's, 1 and up. */
export interface TileNode {
  readonly level: number
  readonly index: number
  readonly hash: Uint8Array
}

export interface Edge {
  size(): number
  root(): Buffer
  /** Adds one leaf. Gives the hashes that enter tiles above the lowest, which are few: one for each 256 leaves. */
  add(leafHash: Uint8Array): readonly TileNode[]
}

const NONE: readonly TileNode[] = []

/** Roots of the whole subtrees that a number of hashes divides into, largest first, as the bits of the number say. */
function subtreesOf(hashes: Uint8Array): Buffer[] {
  const roots: Buffer[] = []
  let from = 0
  for (let width = TILE_WIDTH / 2; width >= 1; width /= 2) {
    if (hashes.length / HASH_BYTES - from < width) continue
    roots.push(rootOfRange(hashes, from, width))
    from += width
  }
  return roots
}

/** Root over `width` (a power of two) of the hashes, from the one at `from` on. */
export function rootOfRange(hashes: Uint8Array, from: number, width: number): Buffer {
  if (width === 1) return Buffer.from(hashes.subarray(from * HASH_BYTES, (from + 1) * HASH_BYTES))
  return nodeHashOf(rootOfRange(hashes, from, width / 2), rootOfRange(hashes, from + width / 2, width / 2))
}

/** Of a tree without leaves, or of one whose partial tiles are given: lowest level first, empty ones in between as well. */
export function openEdge(partialTiles: readonly Uint8Array[] = []): Edge {
  // The whole subtrees of the tree from left to right: their sizes are the bits of its own.
  const subtrees = partialTiles.toReversed().flatMap(subtreesOf)
  let size = partialTiles.reduce((sum, tile, level) => sum + (tile.length / HASH_BYTES) * TILE_WIDTH ** level, 0)

  return {
    size: () => size,

    root() {
      const root = subtrees.reduceRight<Buffer | null>(
        (right, left) => (right === null ? left : nodeHashOf(left, right)),
        null,
      )
      return root ?? EMPTY_ROOT
    },

    add(leafHash) {
      let hash: Buffer = Buffer.from(leafHash)
      let rest = size
      let height = 0
      let full: TileNode[] | null = null
      while (rest % 2 === 1) {
        hash = nodeHashOf(subtrees.pop()!, hash)
        rest = (rest - 1) / 2
        height += 1
        if (height % TILE_HEIGHT === 0) (full ??= []).push({ level: height / TILE_HEIGHT, index: rest, hash })
      }
      subtrees.push(hash)
      size += 1
      return full ?? NONE
    },
  }
}

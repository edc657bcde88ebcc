// The Merkle tree of RFC 6962, section 2.1, with SHA-256: hashes, and the checks of inclusion and consistency proofs.

import { hash } from 'node:crypto'

export const HASH_BYTES = 32

/**
 * SHA-256 (FIPS 180-4) of bytes. By way of a string, because Node makes memory of its own for each digest that it gives as a buffer: for
 * a leaf that takes two to four times as long as all the rest.
 */
export const sha256 = (bytes: Uint8Array): Buffer => Buffer.from(hash('sha256', bytes, 'binary'), 'binary')

/** Root of the tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: Buffer = sha256(Buffer.alloc(0))

const LEAF_PREFIX = Buffer.of(0)

/** SHA-256 over a zero byte and the leaf. */
export const leafHashOf = (leaf: Uint8Array): Buffer => sha256(Buffer.concat([LEAF_PREFIX, leaf]))

// One buffer for all: it is read before the next node is written into it.
const node = Buffer.alloc(1 + 2 * HASH_BYTES, 1)

/** SHA-256 over a byte of one and both halves. */
export function nodeHashOf(left: Uint8Array, right: Uint8Array): Buffer {
  node.set(left, 1)
  node.set(right, 1 + HASH_BYTES)
  return sha256(node)
}

// Sizes go up to 2^53; the bit operators of the language would cut them at 32 bits.
const half = (value: number): number => Math.floor(value / 2)
const isOdd = (value: number): boolean => value % 2 === 1

/** A proof as its lines say it: not yet known to be one. */
type Hashes = readonly Uint8Array[]

const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

/**
 * The root that an inclusion proof leads to, from the leaf at `index` of a tree of `size` leaves (RFC 9162, 2.1.3.2).
 * Null if it has too few hashes or too many, or if there is no such leaf.
 */
export function rootByInclusion(index: number, size: number, leafHash: Uint8Array, proof: Hashes): Buffer | null {
  if (!isSize(index) || !isSize(size) || index >= size) return null
  if ([leafHash, ...proof].some(({ length }) => length !== HASH_BYTES)) return null
  let at = index
  let last = size - 1
  let root: Buffer = Buffer.from(leafHash)
  for (const sibling of proof) {
    if (last === 0) return null
    if (isOdd(at) || at === last) {
      root = nodeHashOf(sibling, root)
      while (!isOdd(at) && at !== 0) {
        at = half(at)
        last = half(last)
      }
    } else {
      root = nodeHashOf(root, sibling)
    }
    at = half(at)
    last = half(last)
  }
  return last === 0 ? root : null
}

export interface Tree {
  readonly size: number
  readonly root: Uint8Array
}

/** Whether a proof shows that the older tree is the beginning of the newer one (RFC 9162, 2.1.4.2). */
export function isConsistent(older: Tree, newer: Tree, proof: Hashes): boolean {
  if (!isSize(older.size) || !isSize(newer.size) || older.size > newer.size) return false
  // No hash is needed, and so none is taken, where the trees are one or the older is empty.
  if (older.size === 0 && Buffer.compare(older.root, EMPTY_ROOT) !== 0) return false
  if (older.size === newer.size) return proof.length === 0 && Buffer.compare(older.root, newer.root) === 0
  if ([older.root, newer.root, ...proof].some(({ length }) => length !== HASH_BYTES)) return false
  if (older.size === 0) return proof.length === 0

  let at = older.size - 1
  let last = newer.size - 1
  while (isOdd(at)) {
    at = half(at)
    last = half(last)
  }
  // Of an older tree that is one whole subtree the proof does not repeat the root.
  const [first, ...rest] = at === 0 ? [older.root, ...proof] : proof
  if (first === undefined) return false
  let ofOlder: Buffer = Buffer.from(first)
  let ofNewer: Buffer = Buffer.from(first)
  for (const sibling of rest) {
    if (last === 0) return false
    if (isOdd(at) || at === last) {
      ofOlder = nodeHashOf(sibling, ofOlder)
      ofNewer = nodeHashOf(sibling, ofNewer)
      while (!isOdd(at) && at !== 0) {
        at = half(at)
        last = half(last)
      }
    } else {
      ofNewer = nodeHashOf(ofNewer, sibling)
    }
    at = half(at)
    last = half(last)
  }
  return last === 0 && ofOlder.equals(older.root) && ofNewer.equals(newer.root)
}

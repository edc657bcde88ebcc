// Gives a worker thread its random bytes: one seed drawn through the Ids seam, stretched by AES-256 in counter mode.

import { createCipheriv } from 'node:crypto'

export const SEED_BYTES = 32
const POOL_BYTES = 4096

/** `seed` must be fresh for every opening: the same seed would repeat the nonces of sealed values. */
export function openRandom(seed: Uint8Array): (size: number) => Buffer {
  const stream = createCipheriv('aes-256-ctr', seed, Buffer.alloc(16))
  const zeros = Buffer.alloc(POOL_BYTES)
  let pool = stream.update(zeros)
  let used = 0
  return (size) => {
    if (size > POOL_BYTES) return stream.update(Buffer.alloc(size))
    if (used + size > POOL_BYTES) {
      pool = stream.update(zeros)
      used = 0
    }
    const bytes = pool.subarray(used, used + size)
    used += size
    return bytes
  }
}

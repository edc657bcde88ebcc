// The machine's own clock and randomness behind the seams of domain/.

import { randomBytes } from 'node:crypto'
import type { Clock } from './domain/clock.ts'
import type { Ids } from './domain/ids.ts'

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  // node:timers/promises makes an error with a stack for each delay that is given up, which a quick answer's patience is.
  delay: (delayMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason)
        return
      }
      const giveUp = (): void => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', giveUp)
        resolve()
      }, delayMs)
      signal?.addEventListener('abort', giveUp, { once: true })
    }),
}

// Crockford's base 32: no I, L, O, U, so that a number read over the telephone is not misheard.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

function base32(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += ALPHABET[byte & 31]
  return text
}

/** Identifiers that begin with the time enter their index at its end, where a batch of them shares one page. */
function timePrefix(now: number): string {
  let text = ''
  for (let rest = now, digit = 0; digit < 10; digit++, rest = Math.floor(rest / 32)) text = ALPHABET[rest % 32] + text
  return text
}

/** Day of the case number in China's time zone, which has no summer time. */
function chinaDay(now: number): string {
  return new Date(now + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')
}

// Asking the kernel for randomness costs a system call; a pool spreads it over some hundred identifiers.
const POOL_BYTES = 4096
let pool = Buffer.alloc(0)
let used = 0

function pooled(size: number): Buffer {
  if (used + size > pool.length) {
    pool = randomBytes(Math.max(POOL_BYTES, size))
    used = 0
  }
  const bytes = pool.subarray(used, used + size)
  used += size
  return bytes
}

/** Identifiers made of `bytes`, which must be random wherever somebody might guess; `now` is the time that request ids begin with. */
export const idsOf = (bytes: (size: number) => Uint8Array, now: () => number): Ids => ({
  caseNo: (at) => `${chinaDay(at)}-${base32(bytes(12))}`,
  recordId: (at) => timePrefix(at) + base32(bytes(16)),
  requestId: () => timePrefix(now()) + base32(bytes(10)),
  lease: () => base32(bytes(20)),
  materialId: () => base32(bytes(20)),
  bytes: (size) => Buffer.from(bytes(size)),
})

export const systemIds: Ids = idsOf(pooled, () => Date.now())

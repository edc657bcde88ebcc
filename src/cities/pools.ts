// The connections of a line: a pool to its backend's address, and one to a second address where the city has one.

import { Pool } from 'undici'
import type { Certificates } from './certificates.ts'
import { exchange, type Attempt, type Exchanged } from './exchange.ts'
import type { WireRequest } from './wire.ts'

export interface PoolLimits {
  readonly connections: number
  readonly connectTimeoutMs: number
  readonly keepAliveMs: number
  /** Above the longest deadline: undici's own timers are only a backstop. */
  readonly answerTimeoutMs: number
  readonly answerBytesMax: number
}

/** TLS 1.3, or 1.2 with ECDHE and an AEAD cipher. */
const MODERN =
  'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL'

export interface Pools {
  /** Never rejects. Goes on with the other address only where nothing was sent to the first: nobody could be reached there. */
  exchange(request: WireRequest, attempt: Attempt): Promise<Exchanged>
  /** Takes nothing new and lets what is under way end. */
  close(): Promise<void>
}

/** With `certificates`, ours is shown, and the city's must be of that CA: those of the operating system are not trusted then. */
export function openPools(
  addresses: readonly [string, ...string[]],
  limits: PoolLimits,
  certificates: Certificates | null,
): Pools {
  const pools = addresses.map(
    (address) =>
      new Pool(address, {
        connections: limits.connections,
        pipelining: 1,
        allowH2: false,
        ...(certificates === null
          ? { connectTimeout: limits.connectTimeoutMs }
          : { connect: { ...tlsOf(certificates), timeout: limits.connectTimeoutMs } }),
        keepAliveTimeout: limits.keepAliveMs,
        keepAliveMaxTimeout: limits.keepAliveMs,
        // Coarse, so only a backstop behind our own deadline; and a slow drip of bytes would beat them.
        headersTimeout: limits.answerTimeoutMs,
        bodyTimeout: limits.answerTimeoutMs,
        maxResponseSize: limits.answerBytesMax,
      }),
  )
  /** The address that was reached last: with the other down, not every call shall try it first. */
  let reached = 0

  return {
    async exchange(request, attempt) {
      const first = reached
      let exchanged: Exchanged | null = null
      for (let step = 0; step < pools.length; step += 1) {
        const place = (first + step) % pools.length
        exchanged = await exchange(pools[place] as Pool, request, limits.answerBytesMax, attempt)
        const missed = exchanged.kind === 'failed' && exchanged.sent === 'no' && exchanged.code === 'CITY_UNREACHABLE'
        if (!missed) {
          reached = place
          return exchanged
        }
        if (attempt.cutBy !== null) break
      }
      return exchanged as Exchanged
    },
    async close() {
      await Promise.all(pools.map((pool) => pool.close()))
    },
  }
}

function tlsOf({ ca, own }: Certificates) {
  return { ca, ...own, minVersion: 'TLSv1.2', ciphers: MODERN, rejectUnauthorized: true } as const
}

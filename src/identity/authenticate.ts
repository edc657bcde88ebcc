// Says who calls: takes the bearer token of a request, verifies it once, and knows it again until it expires.

import fastifyJwt from '@fastify/jwt'
import type { FastifyInstance } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../domain/clock.ts'
import { Fault } from '../domain/fault.ts'
import type { CityFacts, Principal } from '../domain/words.ts'
import { invalid } from './claims.ts'
import { issuerTable } from './issuers.ts'
import type { IssuerRule } from './issuers.ts'
import type { IssuerKey } from './keys.ts'
import { openVerifier } from './verify.ts'
import type { Verified } from './verify.ts'

export interface IdentityOptions {
  readonly issuers: readonly IssuerRule[]
  /** Of the local issuer; null where none is configured. */
  readonly localKey: IssuerKey | null
  readonly cities: readonly CityFacts[]
  readonly clock: Pick<Clock, 'now'>
  readonly clockToleranceMs: number
  readonly cachedTokensMax: number
}

export interface Identity {
  /**
   * The caller of a request. Throws Fault TOKEN_MISSING, TOKEN_INVALID or TOKEN_EXPIRED.
   * A token seen before costs one look-up; its expiry is checked each time.
   */
  readonly authenticate: (request: BearerRequest) => Promise<Principal>
  /** The first millisecond at which the token of a request counts no more. Throws as `authenticate` does. */
  readonly tokenEndsAt: (request: BearerRequest) => number
}

/** What is needed of an HTTP request. */
export interface BearerRequest {
  readonly headers: { readonly authorization?: string | undefined }
}

// Of token characters: what the cache may hold however long the tokens are.
const CACHE_CHARACTERS_MAX = 32 * 1024 * 1024

/** Registers @fastify/jwt at the root of `app` and returns authenticate, which each route calls by name. No hook is added. */
export async function registerIdentity(app: FastifyInstance, options: IdentityOptions): Promise<Identity> {
  await app.register(fastifyJwt, {
    // Every verification brings the key of its issuer's row; whatever came here without one is refused.
    secret: { public: () => Promise.reject(new Error('no key was selected')) },
    decode: { complete: true },
    verify: { cache: false, errorCacheTTL: -1 },
  })
  const verify = openVerifier({
    jwt: app.jwt,
    issuers: issuerTable(options.issuers, options.localKey),
    cities: new Map(options.cities.map((city) => [city.key, city])),
    clock: options.clock,
    clockToleranceMs: options.clockToleranceMs,
  })
  // The key is the whole token: a shorter one has once returned another person's claims (GHSA-rp9m-7r4c-75qg).
  // Refused tokens are not kept, so nobody can fill the cache with rubbish.
  const known = new LRUCache<string, Verified>({
    max: options.cachedTokensMax,
    maxSize: CACHE_CHARACTERS_MAX,
    sizeCalculation: (_, token) => token.length,
  })

  function verifiedOf(token: string): Verified {
    const before = known.get(token)
    if (before !== undefined && options.clock.now() < before.expiresAt) return before
    known.delete(token)
    const verified = verify(token)
    known.set(token, verified)
    return verified
  }

  return {
    async authenticate(request) {
      return verifiedOf(bearer(request.headers.authorization)).principal
    },
    tokenEndsAt: (request) => verifiedOf(bearer(request.headers.authorization)).expiresAt,
  }
}

function bearer(authorization: string | undefined): string {
  if (authorization === undefined || authorization === '') throw new Fault('TOKEN_MISSING')
  const match = /^Bearer +([^\s]+)$/i.exec(authorization)
  if (match?.[1] !== undefined) return match[1]
  if (/^Bearer\b/i.test(authorization))
    throw invalid('Authorization 的写法应为 Bearer <令牌>', 'authorization must read Bearer <token>')
  throw new Fault('TOKEN_MISSING')
}

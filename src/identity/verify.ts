// Verifies a token: its issuer selects one row of the fixed table, and only that row's keys and rules count.

import type { JWT } from '@fastify/jwt'
import type { Clock } from '../domain/clock.ts'
import { Fault } from '../domain/fault.ts'
import type { CityFacts, Principal } from '../domain/words.ts'
import { invalid, principalOf } from './claims.ts'
import type { Issuer } from './issuers.ts'
import { KID_PATTERN } from './keys.ts'
import type { IssuerKey, SigningAlgorithm } from './keys.ts'

export interface VerifierOptions {
  readonly jwt: JWT
  readonly issuers: ReadonlyMap<string, Issuer>
  readonly cities: ReadonlyMap<string, CityFacts>
  readonly clock: Pick<Clock, 'now'>
  readonly clockToleranceMs: number
}

export interface Verified {
  readonly principal: Principal
  /** The first millisecond at which the token counts no more. */
  readonly expiresAt: number
}

const TOKEN_BYTES_MAX = 8192
const REQUIRED = ['iss', 'aud', 'exp', 'iat', 'sub']

/** Returns a function that checks a token as a whole. It throws Fault TOKEN_INVALID or TOKEN_EXPIRED, and nothing else. */
export function openVerifier(options: VerifierOptions): (token: string) => Verified {
  const { jwt, issuers, cities, clock, clockToleranceMs } = options

  return (token) => {
    if (token.length > TOKEN_BYTES_MAX) throw invalid('令牌过长', 'the token is too long')
    const { header, payload } = decoded(jwt, token)
    const algorithm = checkedHeader(header)
    const issuer = typeof payload['iss'] === 'string' ? issuers.get(payload['iss']) : undefined
    if (issuer === undefined) throw invalid('签发方（iss）不在可信之列', 'the issuer (iss) is not trusted')
    const key = keyOf(issuer, header['kid'], algorithm)

    const now = clock.now()
    const claims = verified(jwt, token, issuer, key, now, clockToleranceMs)
    if (claims['iss'] !== issuer.issuer) throw invalid('签发方不符', 'the issuer does not match')
    const expiresAt = checkedTimes(claims, issuer, now, clockToleranceMs)
    return { principal: principalOf(claims, issuer, cities), expiresAt }
  }
}

type Json = Readonly<Record<string, unknown>>

function decoded(jwt: JWT, token: string): { header: Json; payload: Json } {
  try {
    const parts = jwt.decode<{ header: Json; payload: Json }>(token, { complete: true })
    if (parts !== null) return parts
  } catch {
    // What the decoder says may quote the token.
  }
  throw invalid('不是 JWT', 'this is no JWT')
}

function checkedHeader(header: Json): string {
  const { alg, typ, crit } = header
  if (typeof alg !== 'string') throw invalid('缺少 alg', 'alg is missing')
  // RFC 7515 section 4.1.11: extensions that are not understood must be refused. None is understood here.
  if (crit !== undefined) throw invalid('不支持 crit', 'crit is not supported')
  if (typ !== undefined && (typeof typ !== 'string' || !/^(?:application\/)?(?:jwt|at\+jwt)$/i.test(typ))) {
    throw invalid('令牌类型（typ）应为 JWT', 'the type (typ) must be JWT')
  }
  return alg
}

function keyOf(issuer: Issuer, kid: unknown, algorithm: string): IssuerKey {
  const usable = issuer.keys.filter((key) =>
    issuer.algorithms.some((own) => own === algorithm && key.algorithms.includes(own)),
  )
  if (usable.length === 0) throw invalid('签发方不使用该算法（alg）', 'the issuer does not use this algorithm (alg)')
  if (kid === undefined) {
    const [only, another] = usable
    if (only === undefined || another !== undefined) throw invalid('缺少 kid', 'kid is missing')
    return only
  }
  // Only a name within this issuer's own set: never a path, an address or another issuer's key.
  const key = typeof kid === 'string' && KID_PATTERN.test(kid) ? usable.find((own) => own.kid === kid) : undefined
  if (key === undefined) throw invalid('签发方没有该密钥（kid）', 'the issuer has no such key (kid)')
  return key
}

function verified(jwt: JWT, token: string, issuer: Issuer, key: IssuerKey, now: number, clockTolerance: number): Json {
  const algorithms: SigningAlgorithm[] = issuer.algorithms.filter((algorithm) => key.algorithms.includes(algorithm))
  try {
    return jwt.verify<Json>(token, {
      key: key.pem,
      algorithms,
      allowedIss: issuer.issuer,
      allowedAud: issuer.audience,
      // Without this list a token that lacks them passes: allowedIss and the others look at present claims only.
      requiredClaims: REQUIRED,
      clockTimestamp: now,
      clockTolerance,
      cache: false,
    })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'FAST_JWT_EXPIRED' || code === 'FAST_JWT_INACTIVE') throw new Fault('TOKEN_EXPIRED')
    if (code === 'FAST_JWT_INVALID_SIGNATURE') throw invalid('签名不符', 'the signature does not match')
    throw invalid(
      '缺少必需的声明，或其类型、受众（aud）不符',
      'a required claim is missing or mistyped, or aud is not ours',
    )
  }
}

/** The library's checks allow the tolerance on both sides and know no longest life; a token's end is exact here. */
function checkedTimes(claims: Json, issuer: Issuer, now: number, toleranceMs: number): number {
  const issuedAt = time(claims['iat'])
  const expiresAt = time(claims['exp'])
  if (now >= expiresAt) throw new Fault('TOKEN_EXPIRED')
  if (issuedAt > now + toleranceMs) throw new Fault('TOKEN_EXPIRED')
  if (claims['nbf'] !== undefined && time(claims['nbf']) > now + toleranceMs) throw new Fault('TOKEN_EXPIRED')
  if (expiresAt - issuedAt > issuer.maxTtlMs) throw invalid('有效期过长', 'the token lives too long')
  return expiresAt
}

function time(claim: unknown): number {
  if (typeof claim !== 'number' || !Number.isFinite(claim) || claim < 0) {
    throw invalid('exp、iat、nbf 应为秒数', 'exp, iat and nbf must be seconds')
  }
  return claim * 1000
}

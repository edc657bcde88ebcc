// Reads the public keys of an issuer (RFC 7517) and says which signature algorithms each may be used with.

import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Sentence } from '../domain/words.ts'

export const SIGNING_ALGORITHMS = [
  'ES256',
  'ES384',
  'EdDSA',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
] as const
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]

export interface IssuerKey {
  /** Null where the issuer has a single key without a name. */
  readonly kid: string | null
  readonly pem: string
  readonly algorithms: readonly SigningAlgorithm[]
}

const RSA_BITS_MIN = 2048
export const KID_PATTERN = /^[A-Za-z0-9_-]{1,128}$/

/**
 * Takes a parsed JWKS document. Keys without any of `allowed` are a fault, since they would be dead weight that looks alive.
 * `problems` carry the index of the key concerned, or null for the document.
 */
export function readJwks(
  document: unknown,
  allowed: readonly SigningAlgorithm[],
): { readonly keys: readonly IssuerKey[]; readonly problems: readonly { index: number | null; message: Sentence }[] } {
  const entries = isObject(document) ? document['keys'] : undefined
  if (!Array.isArray(entries) || entries.length === 0) {
    const message = {
      zh: '应为含有 keys 数组的 JWKS，且至少有一个密钥',
      en: 'must be a JWKS with a keys array that is not empty',
    }
    return { keys: [], problems: [{ index: null, message }] }
  }
  const keys: IssuerKey[] = []
  const problems: { index: number | null; message: Sentence }[] = []
  for (const [index, entry] of (entries as readonly unknown[]).entries()) {
    const read = readKey(entry, allowed)
    if ('fault' in read) {
      problems.push({ index, message: read.fault })
    } else if (keys.some((key) => key.kid === read.kid)) {
      problems.push({ index, message: { zh: 'kid 重复', en: 'the kid is used twice' } })
    } else {
      keys.push(read)
    }
  }
  if (keys.length > 1 && keys.some((key) => key.kid === null)) {
    const message = { zh: '有多个密钥时，每个都要有 kid', en: 'with several keys each needs a kid' }
    problems.push({ index: null, message })
  }
  return { keys, problems }
}

function readKey(entry: unknown, allowed: readonly SigningAlgorithm[]): IssuerKey | { fault: Sentence } {
  if (!isObject(entry)) return { fault: { zh: '密钥应为对象', en: 'a key must be an object' } }
  if ('d' in entry || 'k' in entry) {
    return { fault: { zh: '这里只能放公钥', en: 'only public keys belong here' } }
  }
  const { kid, alg, use } = entry
  if (kid !== undefined && (typeof kid !== 'string' || !KID_PATTERN.test(kid))) {
    return { fault: { zh: 'kid 只能由字母、数字、-、_ 组成', en: 'a kid consists of letters, digits, - and _' } }
  }
  if (use !== undefined && use !== 'sig') {
    return { fault: { zh: '该密钥不是签名密钥（use）', en: 'this is no signature key (use)' } }
  }
  let key: KeyObject
  try {
    key = createPublicKey({ key: entry, format: 'jwk' })
  } catch {
    return { fault: { zh: '不是有效的公钥', en: 'not a valid public key' } }
  }
  const algorithms = algorithmsOf(key).filter(
    (algorithm) => allowed.includes(algorithm) && (alg === undefined || alg === algorithm),
  )
  if (algorithms.length === 0) {
    return { fault: { zh: '该密钥不适用于所列算法', en: 'the key fits none of the algorithms listed' } }
  }
  return { kid: kid ?? null, pem: key.export({ type: 'spki', format: 'pem' }).toString(), algorithms }
}

function algorithmsOf(key: KeyObject): readonly SigningAlgorithm[] {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'ed25519') return ['EdDSA']
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return ['ES256']
  if (type === 'ec' && details?.namedCurve === 'secp384r1') return ['ES384']
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= RSA_BITS_MIN) {
    return ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
  }
  return []
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

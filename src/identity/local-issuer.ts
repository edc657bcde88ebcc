// The issuer for use on one's own machine: keeps its key pair in the data folder and issues tokens with it.

import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../domain/clock.ts'
import type { CityKey, Role, Sentence } from '../domain/words.ts'
import type { IssuerKey } from './keys.ts'

export interface LocalIssuerOptions {
  readonly dataDir: string
  readonly clock: Pick<Clock, 'now'>
}

export interface TokenRequest {
  readonly issuer: string
  readonly audience: string
  readonly role: Role
  readonly subject: string
  readonly city?: CityKey
  readonly hall?: string
  readonly ttlSeconds: number
}

export interface LocalIssuer {
  readonly publicKey: IssuerKey
  /** A signed token (ES256), valid from now. Whether its claims make sense is for the verifier to say. */
  issueToken(request: TokenRequest): string
}

/** Says, in both languages, why the key cannot be used. Never quotes it. */
export class LocalIssuerProblem extends Error {
  readonly sentence: Sentence

  constructor(file: string, zh: string, en: string) {
    super(`${file}: ${en}`)
    this.name = 'LocalIssuerProblem'
    this.sentence = { zh: `${file}：${zh}。`, en: `${file}: ${en}.` }
  }
}

const KID = 'local'

/**
 * Opens `<dataDir>/keys/local-issuer.json`, making it (mode 0600, synced) if there is none. Two processes that start at
 * once end up with the same key. Throws LocalIssuerProblem if the file is no private P-256 key
 * or if others may read it.
 */
export function openLocalIssuer({ dataDir, clock }: LocalIssuerOptions): LocalIssuer {
  const folder = join(dataDir, 'keys')
  const file = join(folder, 'local-issuer.json')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const privateKey = readKey(file) ?? makeKey(folder, file)

  const publicKey: IssuerKey = {
    kid: KID,
    pem: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
    algorithms: ['ES256'],
  }
  const header = encode({ alg: 'ES256', typ: 'JWT', kid: KID })

  return {
    publicKey,
    issueToken({ issuer, audience, role, subject, city, hall, ttlSeconds }) {
      const iat = Math.floor(clock.now() / 1000)
      const claims = { iss: issuer, aud: audience, sub: subject, role, city, hall, iat, exp: iat + ttlSeconds }
      const input = `${header}.${encode(claims)}`
      // RFC 7518 section 3.4: the signature is R and S side by side, not DER.
      const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
      return `${input}.${signature.toString('base64url')}`
    },
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function readKey(file: string): KeyObject | null {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new LocalIssuerProblem(file, '其他用户也能读取，请改为 0600', 'others may read it; set its mode to 0600')
  }
  try {
    const key = createPrivateKey({ key: JSON.parse(text) as JsonWebKey, format: 'jwk' })
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key
  } catch {
    // Told below: the parser's own words might quote the key.
  }
  throw new LocalIssuerProblem(
    file,
    '不是 P-256 私钥；删除它会生成新的，旧令牌随之失效',
    'no private P-256 key; if deleted a new one is made, and old tokens end',
  )
}

/** Written beside, synced and then linked into place, so that the name never stands for half a key nor replaces another's. */
function makeKey(folder: string, file: string): KeyObject {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: KID, alg: 'ES256', use: 'sig' }
  const draft = `${file}.${process.pid}`
  const handle = openSync(draft, 'wx', 0o600)
  try {
    writeSync(handle, `${JSON.stringify(jwk)}\n`)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  try {
    linkSync(draft, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    unlinkSync(draft)
  }
  const opened = openSync(folder, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
  const key = readKey(file)
  if (key === null) throw new LocalIssuerProblem(file, '刚写入的密钥不见了', 'the key just written has gone')
  return key
}

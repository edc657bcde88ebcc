// Seals and opens the envelopes of docs/wire/liaoyang.md: SM4 around the body, SM3 and SM2 around the envelope.

import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { keysIn } from '../signing/liaoyang-keys.ts'
import { openSigner, openVerifier } from '../signing/sm2.ts'

export type Service = 'health' | 'query' | 'apply' | 'enquire' | 'notify'

export interface Envelope {
  readonly appId: string
  readonly version: string
  readonly timestamp: number
  readonly nonce: string
  readonly encType: string
  readonly signType: string
  readonly encData: string
  readonly signData: string
}

/** envelope: another application, version or algorithm. The first flaw in the order of the document decides. */
export type Flaw = 'envelope' | 'signature' | 'timestamp' | 'nonce' | 'decryption'

export type Opened =
  { readonly kind: 'opened'; readonly plain: Buffer } | { readonly kind: 'flawed'; readonly flaw: Flaw }

export interface Seal {
  /** The bytes of an envelope around `plain`, signed by us; the vector is new each time. */
  readonly seal: (service: Service, timestamp: number, nonce: string, plain: object) => Buffer
  /**
   * Checks in the document's order and opens last, so that nothing is believed before its signature. `isExpected` is asked about the
   * nonce once signature and time were good. Never throws.
   */
  readonly open: (service: Service, envelope: Envelope, now: number, isExpected: (nonce: string) => boolean) => Opened
  /** The plaintext, whoever signed it; null where it does not decrypt. */
  readonly decrypt: (envelope: Envelope) => Buffer | null
}

export const TOLERANCE_MS = 300_000
const IV_BYTES = 16
const FORM = { version: '1.0', encType: 'SM4', signType: 'SM2' } as const

export function openSeal(options: {
  readonly appId: string
  /** What the secret file holds. */
  readonly secret: Buffer
  readonly bytes: (size: number) => Buffer
}): Seal {
  const { appId, bytes } = options
  const { sm4Key, privateKey, publicKey } = keysIn(options.secret)
  const sign = openSigner(privateKey)
  const verify = openVerifier(publicKey)

  const decrypt = ({ encData }: Envelope): Buffer | null => {
    const encrypted = Buffer.from(encData, 'base64')
    try {
      const decipher = createDecipheriv('sm4-cbc', sm4Key, encrypted.subarray(0, IV_BYTES))
      return Buffer.concat([decipher.update(encrypted.subarray(IV_BYTES)), decipher.final()])
    } catch {
      return null
    }
  }

  return {
    seal(service, timestamp, nonce, plain) {
      const iv = bytes(IV_BYTES)
      const cipher = createCipheriv('sm4-cbc', sm4Key, iv)
      const encrypted = [iv, cipher.update(JSON.stringify(plain)), cipher.final()]
      const { version, encType, signType } = FORM
      const encData = Buffer.concat(encrypted).toString('base64')
      const unsigned = { appId, version, timestamp, nonce, encType, signType, encData }
      const signData = sign(stringToSign(service, unsigned)).toString('base64')
      return Buffer.from(JSON.stringify({ ...unsigned, signData }))
    },
    open(service, envelope, now, isExpected) {
      const flawed = (flaw: Flaw): Opened => ({ kind: 'flawed', flaw })
      const { version, encType, signType } = envelope
      if (envelope.appId !== appId) return flawed('envelope')
      if (version !== FORM.version || encType !== FORM.encType || signType !== FORM.signType) return flawed('envelope')
      const signature = Buffer.from(envelope.signData, 'base64')
      if (!verify(stringToSign(service, envelope), signature)) return flawed('signature')
      if (Math.abs(envelope.timestamp - now) > TOLERANCE_MS) return flawed('timestamp')
      if (!isExpected(envelope.nonce)) return flawed('nonce')
      const plain = decrypt(envelope)
      return plain === null ? flawed('decryption') : { kind: 'opened', plain }
    },
    decrypt,
  }
}

function stringToSign(service: Service, envelope: Omit<Envelope, 'signData'>): Buffer {
  const { appId, version, timestamp, nonce, encType, signType, encData } = envelope
  const digest = createHash('sm3').update(encData).digest('hex')
  return Buffer.from([service, appId, version, timestamp, nonce, encType, signType, digest].join('\n'))
}

const MEMBERS = ['appId', 'version', 'timestamp', 'nonce', 'encType', 'signType', 'encData', 'signData'] as const
const SHORT_TEXT = /^[\x20-\x7e]{1,64}$/
const SIGN_DATA = /^[A-Za-z0-9+/]{86}==$/
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

/** A JSON object as an envelope with all of its members and no other; null where it is none. */
export function envelopeIn(value: Readonly<Record<string, unknown>>): Envelope | null {
  if (Object.keys(value).length !== MEMBERS.length || !MEMBERS.every((member) => Object.hasOwn(value, member)))
    return null
  const { appId, version, timestamp, nonce, encType, signType, encData, signData } = value
  for (const text of [appId, version, encType, signType]) {
    if (typeof text !== 'string' || !SHORT_TEXT.test(text)) return null
  }
  if (typeof timestamp !== 'number' || !Number.isSafeInteger(timestamp)) return null
  if (typeof nonce !== 'string' || !/^[0-9a-f]{32}$/.test(nonce)) return null
  if (typeof encData !== 'string' || encData.length % 4 !== 0 || !BASE64.test(encData)) return null
  if (typeof signData !== 'string' || !SIGN_DATA.test(signData)) return null
  // Another text of the same bytes: the last digit before the padding may hold bits that count for nothing.
  if (Buffer.from(signData, 'base64').toString('base64') !== signData) return null
  return value as unknown as Envelope
}

// Seals and opens the envelopes of docs/wire/liaoyang.md: SM4 around the body, SM3 and SM2 around the envelope.

import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { keysIn } from '../signing/liaoyang-keys.ts'
import { openSigner, openVerifier } from '../signing/sm2.ts'

export type Service = 'health' | 'query' | 'apply' | 'enquire' | 'supplement' | 'withdraw' | 'material' | 'notify'

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
  /** As `seal`, around `before`, `content` in Base64 and `after`; in slices, with a turn for everybody else after each. */
  readonly sealFile: (
    service: Service,
    timestamp: number,
    nonce: string,
    before: string,
    content: Buffer,
    after: string,
  ) => Promise<Buffer>
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
/** A multiple of three, as Base64 wants it; some five milliseconds of work. */
const SLICE_BYTES = 96 * 1024
const FORM = { version: '1.0', encType: 'SM4', signType: 'SM2' } as const

export function openSeal(options: {
  readonly appId: string
  /** What the secret file holds. */
  readonly secret: Buffer
  readonly bytes: (size: number) => Buffer
  /** Resolves when everybody else had a turn. */
  readonly turn: () => Promise<void>
}): Seal {
  const { appId, bytes, turn } = options
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
      const signData = sign(stringToSign(service, unsigned, sm3(encData))).toString('base64')
      return Buffer.from(JSON.stringify({ ...unsigned, signData }))
    },
    async sealFile(service, timestamp, nonce, before, content, after) {
      const iv = bytes(IV_BYTES)
      const cipher = createCipheriv('sm4-cbc', sm4Key, iv)
      const digest = createHash('sm3')
      const encData: Buffer[] = []
      let waiting = Buffer.concat([iv, cipher.update(before)])
      // Base64 takes three bytes at a time: what is left over waits for the next slice.
      const encode = (encrypted: Buffer, isLast = false): void => {
        const all = Buffer.concat([waiting, encrypted])
        const whole = isLast ? all.length : all.length - (all.length % 3)
        const text = Buffer.from(all.toString('base64', 0, whole))
        digest.update(text)
        encData.push(text)
        waiting = all.subarray(whole)
      }
      for (let at = 0; at < content.length; at += SLICE_BYTES) {
        encode(cipher.update(content.toString('base64', at, Math.min(at + SLICE_BYTES, content.length))))
        await turn()
      }
      encode(Buffer.concat([cipher.update(after), cipher.final()]), true)
      const { version, encType, signType } = FORM
      const unsigned = { appId, version, timestamp, nonce, encType, signType }
      const signData = sign(stringToSign(service, unsigned, digest.digest('hex'))).toString('base64')
      const head = JSON.stringify(unsigned).slice(0, -1)
      return Buffer.concat([Buffer.from(`${head},"encData":"`), ...encData, Buffer.from(`","signData":"${signData}"}`)])
    },
    open(service, envelope, now, isExpected) {
      const flawed = (flaw: Flaw): Opened => ({ kind: 'flawed', flaw })
      const { version, encType, signType } = envelope
      if (envelope.appId !== appId) return flawed('envelope')
      if (version !== FORM.version || encType !== FORM.encType || signType !== FORM.signType) return flawed('envelope')
      const signature = Buffer.from(envelope.signData, 'base64')
      if (!verify(stringToSign(service, envelope, sm3(envelope.encData)), signature)) return flawed('signature')
      if (Math.abs(envelope.timestamp - now) > TOLERANCE_MS) return flawed('timestamp')
      if (!isExpected(envelope.nonce)) return flawed('nonce')
      const plain = decrypt(envelope)
      return plain === null ? flawed('decryption') : { kind: 'opened', plain }
    },
    decrypt,
  }
}

const sm3 = (text: string): string => createHash('sm3').update(text).digest('hex')

function stringToSign(
  service: Service,
  { appId, version, timestamp, nonce, encType, signType }: Omit<Envelope, 'encData' | 'signData'>,
  digest: string,
): Buffer {
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

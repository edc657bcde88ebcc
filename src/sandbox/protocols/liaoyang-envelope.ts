// Seals and opens Liaoyang's envelopes: SM4 in CBC mode, digested with SM3, signed with SM2 (GM/T 0003.2).

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { sm2 } from 'sm-crypto-v2'
import type { LiaoyangKeys } from './liaoyang-keys.ts'
import { readStrictObject } from './liaoyang-json.ts'
import { integer, misfit, object, text } from './shape.ts'

export const APP_ID = 'kytb-gateway'
const USER_ID = '1234567812345678'
const IV_BYTES = 16
const BLOCK_BYTES = 16

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

// Groups of four would be counted one by one, which runs out of stack on a file of 20 MiB.
const BASE64 = text(/^[A-Za-z0-9+/]+={0,2}$/)
const WORD = text(/^.{1,64}$/su)
const ENVELOPE = object({
  appId: WORD,
  version: WORD,
  timestamp: integer,
  nonce: text(/^[0-9a-f]{32}$/),
  encType: WORD,
  signType: WORD,
  encData: BASE64,
  signData: text(/^[A-Za-z0-9+/]{85}[AQgw]==$/),
})

/** The envelope in the bytes, null if they are none. Nothing in it has been believed yet. */
export function readEnvelope(bytes: Buffer): Envelope | null {
  const value = readStrictObject(bytes)
  if (value === null || misfit(value, ENVELOPE) !== null) return null
  const envelope = value as unknown as Envelope
  return envelope.encData.length % 4 === 0 ? envelope : null
}

export const isOfThisKind = ({ version, encType, signType }: Envelope): boolean =>
  version === '1.0' && encType === 'SM4' && signType === 'SM2'

export interface Sealer {
  /** `nonce` = that of the request in an answer, a new one otherwise. */
  seal(service: Service, nonce: string, body: object): Envelope
  isSignedByCaller(service: Service, envelope: Envelope): boolean
  /** The plaintext, null if it cannot be decrypted. */
  decrypt(envelope: Envelope): Buffer | null
}

/** `signsWrong` tells whether the next signature must not verify. */
export function openSealer(options: {
  readonly keys: LiaoyangKeys
  readonly now: () => number
  readonly signsWrong: () => boolean
}): Sealer {
  const { cityPrivateKey, sm4Key } = options.keys
  const key = Buffer.from(sm4Key, 'hex')
  const cityPublicKey = sm2.getPublicKeyFromPrivateKey(cityPrivateKey)
  // With the table of multiples a signature is checked in one millisecond instead of six.
  const callerPublicKey = sm2.precomputePublicKey(options.keys.callerPublicKey, 8)

  function sign(toSign: Buffer): Buffer {
    const hex = sm2.doSignature(toSign, cityPrivateKey, { hash: true, publicKey: cityPublicKey, userId: USER_ID })
    const signature = Buffer.from(hex, 'hex')
    if (options.signsWrong()) signature[63]! ^= 1
    return signature
  }

  return {
    seal(service, nonce, body) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('sm4-cbc', key, iv)
      const encrypted = Buffer.concat([iv, cipher.update(JSON.stringify(body), 'utf8'), cipher.final()])
      const unsigned = {
        appId: APP_ID,
        version: '1.0',
        timestamp: options.now(),
        nonce,
        encType: 'SM4',
        signType: 'SM2',
        encData: encrypted.toString('base64'),
      }
      return { ...unsigned, signData: sign(stringToSign(service, unsigned)).toString('base64') }
    },
    isSignedByCaller(service, envelope) {
      const signature = Buffer.from(envelope.signData, 'base64').toString('hex')
      try {
        const toSign = stringToSign(service, envelope)
        return sm2.doVerifySignature(toSign, signature, callerPublicKey, { hash: true, userId: USER_ID })
      } catch {
        // The library throws for r or s that are no numbers of the group.
        return false
      }
    },
    decrypt({ encData }) {
      const bytes = Buffer.from(encData, 'base64')
      if (bytes.length < IV_BYTES + BLOCK_BYTES) return null
      const decipher = createDecipheriv('sm4-cbc', key, bytes.subarray(0, IV_BYTES))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES)), decipher.final()])
      } catch {
        return null
      }
    },
  }
}

function stringToSign(service: Service, envelope: Omit<Envelope, 'signData'>): Buffer {
  const { appId, version, timestamp, nonce, encType, signType, encData } = envelope
  const digest = createHash('sm3').update(encData, 'ascii').digest('hex')
  return Buffer.from([service, appId, version, timestamp, nonce, encType, signType, digest].join('\n'))
}

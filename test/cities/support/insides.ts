// How to get at what stands inside a seal, and to seal it again after it was changed: noise alone ends at a city's signature.

import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto'
import { sm2 } from 'sm-crypto-v2'
import type { Sample } from './readers.ts'

export interface Inside {
  /** Null where it has no seal, or none that opens. */
  readonly open: (sample: Sample) => Buffer | null
  /** The sample with other content, sealed and signed as the city would. */
  readonly close: (sample: Sample, content: Buffer) => Sample
}

/** One entry for each city that signs what it says. */
export const INSIDES: Readonly<Record<string, Inside>> = {
  shenyang: {
    open: ({ readable }) => ('call' in readable ? readable.call.body : null),
    close(sample, body) {
      if (!('call' in sample.readable)) return sample
      const rtime = String(Date.parse(sample.at))
      const digest = createHash('sha256').update(body).digest('hex')
      const text = `SY-NOTIFY-0001\nSY-210100\n${rtime}\n${digest}`
      const signed = {
        gjgxjhpt_sid: 'SY-NOTIFY-0001',
        gjgxjhpt_rid: 'SY-210100',
        gjgxjhpt_rtime: rtime,
        gjgxjhpt_sign: createHmac('sha256', sample.key).update(text).digest('base64'),
      }
      return { ...sample, readable: { call: { headers: { ...sample.readable.call.headers, ...signed }, body } } }
    },
  },
  liaoyang: { open: openLiaoyang, close: closeLiaoyang },
  shenfu: {
    open: ({ readable }) => ('call' in readable ? readable.call.body : null),
    close(sample, body) {
      if (!('call' in sample.readable)) return sample
      const { headers } = sample.readable.call
      const timestamp = String(Math.floor(Date.parse(sample.at) / 1000))
      const text = Buffer.concat([Buffer.from(`${headers['webhook-id']}.${timestamp}.`), body])
      const key = Buffer.from(sample.key.replace('whsec_', ''), 'base64')
      const signed = {
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${createHmac('sha256', key).update(text).digest('base64')}`,
      }
      return { ...sample, readable: { call: { headers: { ...headers, ...signed }, body } } }
    },
  },
}

/** The city's private key of the wire document's worked example. */
const LIAOYANG_KEY = '128b2fa8bd433c6c068c8d803dff79792a519a55171b1b650c23661d15897263'
const LIAOYANG_SERVICES: Readonly<Record<string, string>> = { deliver: 'apply', 'news-event': 'notify' }
const sm4KeyOf = ({ key }: Sample): Buffer => Buffer.from(key.slice(0, 32), 'hex')
const bytesOf = ({ readable }: Sample): Buffer => ('call' in readable ? readable.call.body : readable.answer.bytes)

function openLiaoyang(sample: Sample): Buffer | null {
  try {
    const { encData } = JSON.parse(bytesOf(sample).toString()) as { readonly encData: string }
    const bytes = Buffer.from(encData, 'base64')
    const decipher = createDecipheriv('sm4-cbc', sm4KeyOf(sample), bytes.subarray(0, 16))
    return Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()])
  } catch {
    return null
  }
}

function closeLiaoyang(sample: Sample, content: Buffer): Sample {
  const envelope = JSON.parse(bytesOf(sample).toString()) as Readonly<Record<string, unknown>>
  const iv = Buffer.alloc(16, 7)
  const cipher = createCipheriv('sm4-cbc', sm4KeyOf(sample), iv)
  const encData = Buffer.concat([iv, cipher.update(content), cipher.final()]).toString('base64')
  const { appId, version, timestamp, nonce, encType, signType } = envelope
  const digest = createHash('sm3').update(encData).digest('hex')
  const service = LIAOYANG_SERVICES[sample.call] ?? sample.call
  const text = [service, appId, version, timestamp, nonce, encType, signType, digest].join('\n')
  const signature = sm2.doSignature(Buffer.from(text), LIAOYANG_KEY, { hash: true, userId: '1234567812345678' })
  const signData = Buffer.from(signature, 'hex').toString('base64')
  const bytes = Buffer.from(JSON.stringify({ ...envelope, encData, signData }))
  const { readable } = sample
  return {
    ...sample,
    readable:
      'call' in readable ? { call: { ...readable.call, body: bytes } } : { answer: { ...readable.answer, bytes } },
  }
}

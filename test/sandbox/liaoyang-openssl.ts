// Liaoyang's cryptography by the openssl command, step by step as docs/wire/liaoyang.md shows it.

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Envelope, type Keys, type Service, stringToSign } from './liaoyang-calls.ts'

const run = promisify(execFile)
const SIGNING = ['-rawin', '-digest', 'sm3', '-pkeyopt', 'distid:1234567812345678']

export async function openOpenssl(folder: string, keys: Keys) {
  const scratch = mkdtempSync(join(folder, 'openssl-'))
  const file = (content: string | Buffer): string => {
    const path = join(scratch, randomBytes(6).toString('hex'))
    writeFileSync(path, content)
    return path
  }
  const openssl = async (...args: readonly string[]): Promise<Buffer> =>
    (await run('openssl', args, { encoding: 'buffer' })).stdout
  const digest = async (encData: string) => String(await openssl('dgst', '-sm3', '-r', file(encData))).split(' ')[0]!

  const ourDer = Buffer.from(`30310201010420${keys.ourPrivateKey}a00a06082a811ccf5501822d`, 'hex')
  const ourKey = file(await openssl('ec', '-inform', 'DER', '-in', file(ourDer)))
  // SubjectPublicKeyInfo of an EC key on the curve SM2.
  const cityDer = Buffer.from(`3059301306072a8648ce3d020106082a811ccf5501822d034200${keys.cityPublicKey}`, 'hex')
  const cityKey = file(await openssl('pkey', '-pubin', '-inform', 'DER', '-in', file(cityDer)))

  return {
    async seal(service: Service, plain: string): Promise<Envelope> {
      const iv = randomBytes(16)
      const encrypted = await openssl(
        'enc',
        '-sm4-cbc',
        '-K',
        keys.sm4Key,
        '-iv',
        iv.toString('hex'),
        '-in',
        file(plain),
      )
      const unsigned = {
        appId: 'kytb-gateway',
        version: '1.0',
        timestamp: Date.now(),
        nonce: randomBytes(16).toString('hex'),
        encType: 'SM4',
        signType: 'SM2',
        encData: Buffer.concat([iv, encrypted]).toString('base64'),
      }
      const toSign = file(stringToSign(service, unsigned, await digest(unsigned.encData)))
      const der = await openssl('pkeyutl', '-sign', ...SIGNING, '-inkey', ourKey, '-in', toSign)
      const parsed = String(await openssl('asn1parse', '-inform', 'DER', '-in', file(der)))
      const numbers = Array.from(parsed.matchAll(/INTEGER +:([0-9A-F]+)/g), ([, hex]) => hex!.padStart(64, '0'))
      return { ...unsigned, signData: Buffer.from(numbers.join(''), 'hex').toString('base64') }
    },
    /** What openssl says of the signature. */
    async verify(service: Service, envelope: Envelope): Promise<string> {
      const hex = Buffer.from(envelope.signData, 'base64').toString('hex')
      const integers = [hex.slice(0, 64), hex.slice(64)].map(integer)
      const der = file(Buffer.from(`30${byte(integers.join('').length / 2)}${integers.join('')}`, 'hex'))
      const toSign = file(stringToSign(service, envelope, await digest(envelope.encData)))
      const args = ['pkeyutl', '-verify', ...SIGNING, '-pubin', '-inkey', cityKey, '-in', toSign, '-sigfile', der]
      return run('openssl', args).then(
        ({ stdout }) => stdout.trim(),
        ({ stdout }: { stdout: string }) => stdout.trim(),
      )
    },
    async decrypt(encData: string): Promise<Readonly<Record<string, unknown>>> {
      const bytes = Buffer.from(encData, 'base64')
      const iv = bytes.subarray(0, 16).toString('hex')
      const path = file(bytes.subarray(16))
      const plain = await openssl('enc', '-d', '-sm4-cbc', '-K', keys.sm4Key, '-iv', iv, '-in', path)
      return JSON.parse(plain.toString()) as Record<string, unknown>
    },
  }
}

const byte = (value: number): string => value.toString(16).padStart(2, '0')

/** An INTEGER of DER: no needless zeros in front, and one where the highest bit is set. */
function integer(hex: string): string {
  const short = hex.replace(/^(00)+/, '')
  const whole = Number.parseInt(short.slice(0, 2), 16) >= 0x80 ? `00${short}` : short
  return `02${byte(whole.length / 2)}${whole}`
}

// SM2, SM3 and SM4 by the openssl command, which knows nothing of our code.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const SIGNING = ['-rawin', '-digest', 'sm3', '-pkeyopt', 'distid:1234567812345678']

const openssl = (args: readonly string[], input: Uint8Array = Buffer.alloc(0)): Buffer =>
  execFileSync('openssl', args, { input, stdio: ['pipe', 'pipe', 'ignore'] })

export const sm3 = (message: Uint8Array): string => String(openssl(['dgst', '-sm3', '-r'], message)).slice(0, 64)

/** The vector, and the ciphertext after it. */
export function encrypt(key: string, iv: Buffer, plain: Uint8Array): Buffer {
  return Buffer.concat([iv, openssl(['enc', '-sm4-cbc', '-K', key, '-iv', iv.toString('hex')], plain)])
}

/** Of the vector and the ciphertext after it. */
export function decrypt(key: string, encrypted: Buffer): Buffer {
  const iv = encrypted.subarray(0, 16).toString('hex')
  return openssl(['enc', '-d', '-sm4-cbc', '-K', key, '-iv', iv], encrypted.subarray(16))
}

export interface OpensslKey extends Disposable {
  /** Uncompressed point, 130 hex digits. */
  readonly publicKey: string
  /** r‖s. */
  sign(message: Uint8Array): Buffer
  verifies(message: Uint8Array, signature: Buffer): boolean
}

/** `privateKey`: d as 64 hex digits. Disposing removes the files that it needs. */
export function opensslKey(privateKey: string): OpensslKey {
  const folder = mkdtempSync(join(tmpdir(), 'sm2-'))
  const file = (name: string, content: Uint8Array): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const der = Buffer.from(`30310201010420${privateKey}a00a06082a811ccf5501822d`, 'hex')
  const own = file('key.pem', openssl(['ec', '-inform', 'DER'], der))
  const spki = openssl(['pkey', '-in', own, '-pubout', '-outform', 'DER'])
  const open = file('key.pub', openssl(['pkey', '-in', own, '-pubout']))
  return {
    publicKey: spki.subarray(-65).toString('hex'),
    sign(message) {
      const signed = openssl(['pkeyutl', '-sign', ...SIGNING, '-inkey', own, '-in', file('message', message)])
      const parsed = String(openssl(['asn1parse', '-inform', 'DER'], signed))
      return Buffer.from(
        Array.from(parsed.matchAll(/INTEGER +:([0-9A-F]+)/g), ([, hex]) => padded(hex)).join(''),
        'hex',
      )
    },
    verifies(message, signature) {
      const digits = signature.toString('hex')
      const numbers = [digits.slice(0, 64), digits.slice(64)].map(integer).join('')
      const signed = Buffer.from(`30${byte(numbers.length / 2)}${numbers}`, 'hex')
      const files = ['-in', file('message', message), '-sigfile', file('signature', signed)]
      return spawnSync('openssl', ['pkeyutl', '-verify', ...SIGNING, '-pubin', '-inkey', open, ...files]).status === 0
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

const padded = (hex = ''): string => hex.padStart(64, '0')
const byte = (value: number): string => value.toString(16).padStart(2, '0')

/** An INTEGER of DER: no needless zeros in front, and one where the highest bit is set. */
function integer(hex: string): string {
  const short = hex.replace(/^(00)+(?=.)/, '')
  const whole = Number.parseInt(short.slice(0, 2), 16) >= 0x80 ? `00${short}` : short
  return `02${byte(whole.length / 2)}${whole}`
}

// Chinese commercial cryptography as the standards publish it, and as the openssl command makes and reads it.

import { createCipheriv, createHash, createPrivateKey, randomBytes, sign as nodeSign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isPrivateKey, isPublicKey, openSigner, openVerifier } from '../../src/cities/signing/sm2.ts'
import { decrypt, encrypt, opensslKey, sm3 } from './support/sm-openssl.ts'

interface Vectors {
  readonly sm3: {
    readonly vectors: readonly { readonly name: string; readonly message: string; readonly digest: string }[]
  }
  readonly sm4: Readonly<Record<'key' | 'plain' | 'encrypted' | 'encryptedAgain', string>> & {
    readonly encryptedTimes: number
  }
  readonly sm2: Readonly<Record<'message' | 'privateKey' | 'publicKey' | 'r' | 's', string>>
}
const vectors = JSON.parse(readFileSync(join(import.meta.dirname, 'sm-vectors.json'), 'utf8')) as Vectors
const hex = (digits: string): Buffer => Buffer.from(digits, 'hex')

const { sm2 } = vectors
const message = hex(sm2.message)
const verify = openVerifier(sm2.publicKey)
const sign = openSigner(sm2.privateKey)
const ORDER = 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123'

t.test('SM3 and SM4 of node:crypto give what GB/T 32905 and GB/T 32907 print, and what openssl gives', async (t) => {
  for (const { name, message: digits, digest } of vectors.sm3.vectors) {
    t.equal(createHash('sm3').update(hex(digits)).digest('hex'), digest, name)
    t.equal(sm3(hex(digits)), digest, `${name} by openssl`)
  }
  const { key, plain, encrypted, encryptedTimes, encryptedAgain } = vectors.sm4
  const cipher = createCipheriv('sm4-ecb', hex(key), null)
  let block = cipher.update(hex(plain))
  t.equal(block.toString('hex'), encrypted)
  for (let times = 1; times < encryptedTimes; times += 1) block = cipher.update(block)
  t.equal(block.toString('hex'), encryptedAgain, 'a million times')

  for (const size of [0, 1, 15, 16, 17, 4000]) {
    const [some, iv] = [randomBytes(size), randomBytes(16)]
    const ours = createCipheriv('sm4-cbc', hex(key), iv)
    const whole = Buffer.concat([iv, ours.update(some), ours.final()])
    t.same(encrypt(key, iv, some), whole, `${size} bytes`)
    t.same(decrypt(key, whole), some, `${size} bytes back`)
  }
})

t.test('SM2 verifies the signature that GB/T 32918.5 prints, and none beside it', async (t) => {
  const { r, s } = sm2
  t.equal(verify(message, hex(r + s)), true)
  t.equal(verify(Buffer.from('message digesT'), hex(r + s)), false)
  const zero = '0'.repeat(64)
  for (const [name, wrong] of [
    ['s and r', s + r],
    ['r is 0', zero + s],
    ['s is 0', r + zero],
    ['r is n', ORDER + s],
    ['s is n', r + ORDER],
    ['r + s is n', `${'0'.repeat(63)}1${ORDER.slice(0, -1)}2`],
    ['all bits', 'f'.repeat(128)],
    ['half', r],
    ['one byte more', `${r}${s}00`],
    ['nothing', ''],
  ] as const) {
    t.equal(verify(message, hex(wrong)), false, name)
  }
})

t.test('what we sign openssl verifies, and the other way round', async (t) => {
  using key = opensslKey(sm2.privateKey)
  t.equal(key.publicKey, sm2.publicKey)
  for (const size of [0, 1, 200, 5000]) {
    const some = randomBytes(size)
    const ours = sign(some)
    t.equal(ours.length, 64)
    t.equal(key.verifies(some, ours), true, `${size} bytes by us`)
    t.equal(verify(some, key.sign(some)), true, `${size} bytes by openssl`)
  }
  t.equal(key.verifies(message, sign(Buffer.from('another'))), false, 'openssl refuses what it should')
  t.notSame(sign(message), sign(message), 'each signature is random')
})

t.test('r and s keep their leading zeros', async (t) => {
  // One in 128 begins with a zero byte; 700 without any would be a chance of one in 200.
  let some = sign(message)
  for (let tries = 0; tries < 5000 && !(some[0] === 0 || some[32] === 0); tries += 1) some = sign(message)
  t.equal(some.length, 64)
  t.ok(some[0] === 0 || some[32] === 0)
  t.equal(verify(message, some), true)
  using key = opensslKey(sm2.privateKey)
  t.equal(key.verifies(message, some), true)
})

t.test('what node:crypto signs on this curve is no SM2 signature', async (t) => {
  const der = hex(`30310201010420${sm2.privateKey}a00a06082a811ccf5501822d`)
  const key = createPrivateKey({ key: der, format: 'der', type: 'sec1' })
  t.equal(verify(message, nodeSign('sm3', message, { key, dsaEncoding: 'ieee-p1363' })), false)
})

t.test('keys outside of the curve and its order are found', async (t) => {
  t.equal(isPublicKey(sm2.publicKey), true)
  t.equal(isPublicKey(`${sm2.publicKey.slice(0, -1)}4`), false)
  t.equal(isPublicKey(`04${'0'.repeat(128)}`), false)
  t.equal(isPrivateKey(sm2.privateKey), true)
  t.equal(isPrivateKey('0'.repeat(64)), false)
  t.equal(isPrivateKey(ORDER), false)
  // n − 1: the inverse of 1 + d does not exist.
  t.equal(isPrivateKey(`${ORDER.slice(0, -1)}2`), false)
  t.equal(isPrivateKey(`${ORDER.slice(0, -1)}1`), true)
})

// Signs and verifies with SM2 as GM/T 0003.2 prescribes, user id and all. node:crypto cannot: its 'sm3' signature knows no user id.

import { sm2 } from 'sm-crypto-v2'

/** The user id that GM/T 0009 prescribes where no other was agreed. */
const USER_ID = '1234567812345678'

/** Order of the curve's group. */
const ORDER = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n

const SIGNATURE_BYTES = 64

// A table of the key's multiples: a verification then costs a fifth. A larger one takes 40 ms more to make and saves a tenth.
const WINDOW_BITS = 4

/** Whether 64 hex digits are a private key: 1 to n−2, since a signature needs the inverse of 1 + d. */
export function isPrivateKey(hex: string): boolean {
  const d = BigInt(`0x${hex}`)
  return d > 0n && d < ORDER - 1n
}

/** Whether the hex digits of an uncompressed point are a point of the curve. */
export function isPublicKey(hex: string): boolean {
  try {
    return sm2.verifyPublicKey(hex)
  } catch {
    return false
  }
}

/** `privateKey`: d as 64 hex digits. What is returned signs a message, each time differently, as the 64 bytes r‖s. */
export function openSigner(privateKey: string): (message: Uint8Array) => Buffer {
  // Takes as long as a whole start spends on all other cities, and is not needed before something is signed.
  let publicKey: string | undefined
  return (message) => {
    publicKey ??= sm2.getPublicKeyFromPrivateKey(privateKey)
    return Buffer.from(
      sm2.doSignature(message, privateKey, { hash: true, der: false, publicKey, userId: USER_ID }),
      'hex',
    )
  }
}

/** `publicKey`: uncompressed point as 130 hex digits. What is returned verifies and never throws, whatever the signature. */
export function openVerifier(publicKey: string): (message: Uint8Array, signature: Buffer) => boolean {
  const point = sm2.precomputePublicKey(publicKey, WINDOW_BITS)
  return (message, signature) => {
    const hex = signature.toString('hex')
    if (!isInRange(hex.slice(0, 64)) || !isInRange(hex.slice(64))) return false
    try {
      return sm2.doVerifySignature(message, hex, point, { hash: true, der: false, userId: USER_ID })
    } catch {
      // The arithmetic refuses a point at infinity, which only a made-up signature leads to.
      return false
    }
  }
}

/** r and s have to be 1 to n−1: the library does not look. */
function isInRange(hex: string): boolean {
  if (hex.length !== SIGNATURE_BYTES) return false
  const number = BigInt(`0x${hex}`)
  return number > 0n && number < ORDER
}

// Liaoyang's keys: the three lines that it shares with the gateway, and its own private key; made at the first start.

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { sm2 } from 'sm-crypto-v2'
import { readIfThere, replaceFile } from '../disk.ts'
import type { Context } from './wire.ts'

/** Hex digits in lower case. */
export interface LiaoyangKeys {
  readonly sm4Key: string
  readonly cityPrivateKey: string
  readonly callerPublicKey: string
}

const SHARED = /^([0-9a-f]{32})\n([0-9a-f]{64})\n(04[0-9a-f]{128})\n$/

/**
 * Reads `secrets/<city>` and `<city>-sm2.key` below the sandbox's folder. Where one is missing, of another form or not the other's
 * half, both are made anew; after a crash between the two they do not fit either, and are made again.
 */
export function readOrMakeKeys({ folder, place }: Context): LiaoyangKeys {
  const sharedPath = join(folder, 'secrets', place.city)
  const ownPath = join(folder, `${place.city}-sm2.key`)
  const shared = SHARED.exec(readIfThere(sharedPath) ?? '')
  const own = /^([0-9a-f]{64})\n$/.exec(readIfThere(ownPath) ?? '')?.[1]
  if (shared !== null && own !== undefined && sm2.getPublicKeyFromPrivateKey(own) === shared[3]) {
    return { sm4Key: shared[1]!, cityPrivateKey: own, callerPublicKey: sm2.getPublicKeyFromPrivateKey(shared[2]!) }
  }
  const sm4Key = randomBytes(16).toString('hex')
  const city = sm2.generateKeyPairHex()
  const caller = sm2.generateKeyPairHex()
  replaceFile(ownPath, `${city.privateKey}\n`)
  replaceFile(sharedPath, `${sm4Key}\n${caller.privateKey}\n${city.publicKey}\n`)
  return { sm4Key, cityPrivateKey: city.privateKey, callerPublicKey: caller.publicKey }
}

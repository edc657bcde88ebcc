// Liaoyang as its wire document describes it, sealing and opening with the openssl command alone; and our adapter for it.

import { randomBytes } from 'node:crypto'
import { openMapping } from '../../../src/cities/mapping.ts'
import { liaoyangProtocol } from '../../../src/cities/protocols/liaoyang.ts'
import type { WireAnswer, WireRequest } from '../../../src/cities/wire.ts'
import { systemClock, systemIds } from '../../../src/system.ts'
import { TAKEN_AT } from './city.ts'
import { decrypt, encrypt, opensslKey, sm3 } from './sm-openssl.ts'

export const SM4_KEY = '0123456789abcdeffedcba9876543210'
const OUR_KEY = '3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8'
export const CITY_KEY = '128b2fa8bd433c6c068c8d803dff79792a519a55171b1b650c23661d15897263'

export const ours = opensslKey(OUR_KEY)
export const city = opensslKey(CITY_KEY)
export const SECRET = Buffer.from(`${SM4_KEY}\n${OUR_KEY}\n${city.publicKey}\n`)

export const stamp = { now: TAKEN_AT, secret: SECRET }

export const liaoyang = liaoyangProtocol({
  appId: 'kytb-gateway',
  secret: SECRET,
  statuses: { A1: 'pre-accepted', A2: 'accepted', A9: 'refused', B1: 'correction-required', D1: 'completed' },
  areas: { shenyang: '210100', fushun: '210400' },
  mapping: openMapping(
    {
      names: 'ours',
      exceptions: {
        certNo: 'idNo',
        certType: 'idType',
        mobile: 'phone',
        postalCode: 'zipCode',
        uscc: 'creditCode',
        fundCentre: 'fundCenterCode',
      },
      values: { amount: 'fen-json', date: 'epoch-ms' },
      codes: { certType: { '111': '01' } },
    },
    { kinds: new Map([['amountYuan', 'amount']]), dictionaries: new Map() },
  ),
  bytes: systemIds.bytes,
  turn: () => systemClock.delay(0),
})

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

export const textToSign = (service: string, envelope: Omit<Envelope, 'signData'>): Buffer =>
  Buffer.from(
    [
      service,
      envelope.appId,
      envelope.version,
      envelope.timestamp,
      envelope.nonce,
      envelope.encType,
      envelope.signType,
      sm3(Buffer.from(envelope.encData)),
    ].join('\n'),
  )

/** As the city seals; `changes` are signed with the rest. */
export function seal(service: string, plain: unknown, changes: Partial<Envelope> = {}): Envelope {
  const text = typeof plain === 'string' ? plain : JSON.stringify(plain)
  const unsigned = {
    appId: 'kytb-gateway',
    version: '1.0',
    timestamp: TAKEN_AT,
    nonce: randomBytes(16).toString('hex'),
    encType: 'SM4',
    signType: 'SM2',
    encData: encrypt(SM4_KEY, randomBytes(16), Buffer.from(text)).toString('base64'),
    ...changes,
  }
  return { ...unsigned, signData: city.sign(textToSign(service, unsigned)).toString('base64'), ...changes }
}

/** The plaintext of what we have sealed; throws unless openssl takes our signature for good. */
export function unseal(service: string, body: Buffer | null): unknown {
  const envelope = JSON.parse(String(body)) as Envelope
  const { signData, ...unsigned } = envelope
  if (!ours.verifies(textToSign(service, unsigned), Buffer.from(signData, 'base64')))
    throw new Error('not our signature')
  return JSON.parse(String(decrypt(SM4_KEY, Buffer.from(envelope.encData, 'base64'))))
}

/** An HTTP answer to this request, with what the line notes of it. */
export function answerTo(
  request: WireRequest,
  body: unknown,
  { status = 200, type = 'application/json', at = TAKEN_AT } = {},
): WireAnswer {
  return {
    status,
    headers: { 'content-type': type },
    bytes: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    receipt: { at, nonce: request.nonce },
  }
}

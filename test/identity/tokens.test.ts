// Breaks tokens in every way we know of, and checks that none of them makes anybody somebody.

import { createHmac } from 'node:crypto'
import Fastify from 'fastify'
import { decodeJwt, exportJWK, exportSPKI, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import type { CryptoKey, JWTPayload } from 'jose'
import t from 'tap'
import { Fault } from '../../src/domain/fault.ts'
import type { CityFacts, Role } from '../../src/domain/words.ts'
import { registerIdentity } from '../../src/identity/authenticate.ts'
import { readJwks } from '../../src/identity/keys.ts'
import type { IssuerKey, SigningAlgorithm } from '../../src/identity/keys.ts'

const T0 = Date.UTC(2026, 10, 22, 8)
const seconds = T0 / 1000
const AUDIENCE = 'urn:cross-city-gateway'
const office = { name: { zh: '地', en: 'place' }, telephone: '024-000000' }
const city = (key: string, ...halls: string[]): CityFacts => {
  const { name } = office
  return { key, name, halls: halls.map((hall) => ({ key: hall, ...office })), office, routingCodes: {} }
}
const cities = [city('shenyang', 'heping', 'tiexi'), city('anshan', 'tiedong'), city('fushun')]
interface Pair {
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly keys: readonly IssuerKey[]
}

async function pair(algorithm: SigningAlgorithm, kid: string): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const { keys, problems } = readJwks({ keys: [{ ...(await exportJWK(publicKey)), kid, use: 'sig' }] }, [algorithm])
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  return { privateKey, publicKey, keys }
}

const national = await pair('ES256', 'national-1')
const shenyang = await pair('EdDSA', 'shenyang-1')
const anshan = await pair('RS256', 'anshan-1')
const other = await pair('ES256', 'national-1')
const fushun = await pair('ES256', 'fushun-1')

const rule = (
  issuer: string,
  own: Pair,
  algorithm: SigningAlgorithm,
  roles: readonly Role[],
  speaksFor: string | null,
) => ({
  issuer,
  keys: own.keys,
  algorithms: [algorithm],
  audience: AUDIENCE,
  roles,
  speaksFor,
  maxTtlMs: 3_600_000,
})

async function open(cachedTokensMax = 100) {
  const clock = { at: T0, now: () => clock.at }
  const app = Fastify()
  const { authenticate } = await registerIdentity(app, {
    issuers: [
      rule('urn:national', national, 'ES256', ['resident', 'auditor', 'operator'], null),
      rule('urn:shenyang', shenyang, 'EdDSA', ['clerk', 'city'], 'shenyang'),
      rule('urn:anshan', anshan, 'RS256', ['clerk', 'city'], 'anshan'),
      rule('urn:fushun', fushun, 'ES256', ['city'], 'fushun'),
    ],
    localKey: null,
    cities,
    clock,
    clockToleranceMs: 5000,
    cachedTokensMax,
  })
  const outcome = async (authorization: string | undefined) => {
    try {
      return await authenticate({ headers: { authorization } })
    } catch (error) {
      if (error instanceof Fault) return error.code
      throw error
    }
  }
  return { clock, app, outcome, ask: (token: string) => outcome(`Bearer ${token}`) }
}

const RESIDENT = '210102199003070011'
const claimsOfResident: JWTPayload = {
  iss: 'urn:national',
  aud: AUDIENCE,
  sub: RESIDENT,
  role: 'resident',
  iat: seconds,
  exp: seconds + 600,
}
const claimsOfClerk: JWTPayload = {
  iss: 'urn:shenyang',
  aud: AUDIENCE,
  sub: 'window-07',
  role: 'clerk',
  city: 'shenyang',
  hall: 'tiexi',
  iat: seconds,
  exp: seconds + 600,
}

const resident = (change: JWTPayload = {}, header: Record<string, unknown> = {}, key = national) =>
  new SignJWT({ ...claimsOfResident, ...change })
    .setProtectedHeader({ alg: 'ES256', kid: 'national-1', ...header })
    .sign(key.privateKey)
const clerk = (change: JWTPayload = {}, header: Record<string, unknown> = {}, key = shenyang) =>
  new SignJWT({ ...claimsOfClerk, ...change })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'shenyang-1', ...header })
    .sign(key.privateKey)

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const forged = (header: object, claims: object, sign: (input: string) => string) => {
  const input = `${part(header)}.${part(claims)}`
  return `${input}.${sign(input)}`
}

t.test('a token says who calls, in the role that its issuer may give', async (t) => {
  const { ask, outcome } = await open()
  t.strictSame(await ask(await resident()), {
    role: 'resident',
    issuer: 'urn:national',
    subject: RESIDENT,
    person: { certType: '111', certNo: RESIDENT },
  })
  t.match(await ask(await resident({ sub: '21040219990630003x' })), { subject: '21040219990630003X' })
  t.strictSame(await ask(await clerk()), {
    role: 'clerk',
    issuer: 'urn:shenyang',
    subject: 'window-07',
    city: 'shenyang',
    hall: 'tiexi',
  })
  t.strictSame(await ask(await clerk({ role: 'city', sub: 'shenyang-backend' })), {
    role: 'city',
    issuer: 'urn:shenyang',
    subject: 'shenyang-backend',
    city: 'shenyang',
  })
  for (const role of ['auditor', 'operator']) {
    t.match(await ask(await resident({ role, sub: `${role}-01` })), { role, subject: `${role}-01` })
  }
  t.match(await ask(await resident({ aud: ['urn:other', AUDIENCE] })), { role: 'resident' }, 'one of several audiences')
  t.match(await ask(await resident({}, { kid: undefined })), { role: 'resident' }, 'a single key needs no name')
  t.match(await ask(await resident({}, { typ: 'at+jwt' })), { role: 'resident' })
  t.match(await outcome(`bearer ${await resident()}`), { role: 'resident' }, 'the scheme has no case')
})

t.test('no token, or another scheme, is a missing token', async (t) => {
  const { outcome } = await open()
  for (const header of [undefined, '', 'Basic YTpi', 'Digest x']) t.equal(await outcome(header), 'TOKEN_MISSING')
  for (const header of ['Bearer', 'Bearer ', 'Bearer a b', `Bearer ${await resident()} x`]) {
    t.equal(await outcome(header), 'TOKEN_INVALID', header.slice(0, 20))
  }
})

const without = (claim: string) => {
  const { [claim]: _, ...rest } = claimsOfResident
  return new SignJWT(rest).setProtectedHeader({ alg: 'ES256', kid: 'national-1' }).sign(national.privateKey)
}
const hmacWith = (secret: string | Buffer, alg = 'HS256') =>
  forged({ alg, kid: 'national-1' }, claimsOfResident, (input) =>
    createHmac('sha256', secret).update(input).digest('base64url'),
  )
/** A good signature over whatever text stands in the two parts. */
const signedText = async (header: string, claims: string) => {
  const input = `${Buffer.from(header).toString('base64url')}.${Buffer.from(claims).toString('base64url')}`
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const signature = await crypto.subtle.sign(algorithm, national.privateKey, Buffer.from(input))
  return `${input}.${Buffer.from(signature).toString('base64url')}`
}
const es256 = { alg: 'ES256', kid: 'national-1' }
const good = await resident()

const hostile: Record<string, string> = {
  'no JWT at all': 'abc',
  'two parts': 'a.b',
  'five parts': `${good}.a.b`,
  'alg none, no signature': forged({ alg: 'none' }, claimsOfResident, () => ''),
  'alg None, no signature': forged({ alg: 'None', kid: 'national-1' }, claimsOfResident, () => ''),
  'ES256 without a signature': forged(es256, claimsOfResident, () => ''),
  'ES256 with a signature of zeros': forged(es256, claimsOfResident, () => Buffer.alloc(64).toString('base64url')),
  'HMAC keyed with the public key as PEM': hmacWith(national.keys[0]?.pem ?? ''),
  'HMAC keyed with the public key as jose writes it': hmacWith(await exportSPKI(national.publicKey)),
  'HMAC keyed with the public key as JWK': hmacWith(JSON.stringify(await exportJWK(national.publicKey))),
  'HMAC with an empty key': hmacWith(''),
  'alg missing': forged({ kid: 'national-1' }, claimsOfResident, () => good.split('.')[2] ?? ''),
  'an algorithm of another issuer': await clerk({ ...claimsOfResident }),
  'a forged key with the right kid': await resident({}, {}, other),
  'signed by Anshan, said to be from Shenyang': await new SignJWT(claimsOfClerk)
    .setProtectedHeader({ alg: 'RS256', kid: 'anshan-1' })
    .sign(anshan.privateKey),
  'signed by Shenyang, said to be from the national platform': await clerk({ iss: 'urn:national' }),
  'unknown issuer': await resident({ iss: 'urn:nobody' }),
  'issuer of another case': await resident({ iss: 'URN:national' }),
  'issuer as array': await resident({ iss: ['urn:national'] as never }),
  'issuer __proto__': await resident({ iss: '__proto__' }),
  'other audience': await resident({ aud: 'urn:other' }),
  'several audiences, none ours': await resident({ aud: ['urn:other', 'urn:another'] }),
  'empty audience': await resident({ aud: [] }),
  'audience as array with an object': await resident({ aud: [{}, AUDIENCE] as never }),
  'audience as number': await resident({ aud: 7 as never }),
  'exp as string': await resident({ exp: String(seconds + 600) as never }),
  'exp as array': await resident({ exp: [seconds + 600] as never }),
  'exp beyond all numbers': await signedText(
    JSON.stringify(es256),
    JSON.stringify({ ...claimsOfResident, exp: 0 }).replace('"exp":0', '"exp":1e999'),
  ),
  'claims as array': await signedText(JSON.stringify(es256), '[]'),
  'claims as text': await signedText(JSON.stringify(es256), '"claims"'),
  'claims that are no JSON': await signedText(JSON.stringify(es256), '{'),
  'iat as string': await resident({ iat: String(seconds) as never }),
  'nbf as string': await resident({ nbf: String(seconds) as never }),
  'sub as number': await resident({ sub: 21010219 as never }),
  'sub empty': await resident({ sub: '' }),
  'lives longer than the issuer may let it': await resident({ exp: seconds + 3601 }),
  'lives longer, issued long ago': await resident({ iat: seconds - 86_400 }),
  'kid of another issuer': await resident({}, { kid: 'anshan-1' }),
  'a trusted key of another issuer, of the same algorithm': await resident({}, { kid: 'fushun-1' }, fushun),
  'kid unknown': await resident({}, { kid: 'nobody' }),
  'kid with a path': await resident({}, { kid: '../../../dev/null' }),
  'kid with an address': await resident({}, { kid: 'http://127.0.0.1/key' }),
  'kid as object': forged({ alg: 'ES256', kid: { a: 1 } }, claimsOfResident, () => good.split('.')[2] ?? ''),
  'crit with an unknown extension': forged({ ...es256, crit: ['exp2'], exp2: 1 }, claimsOfResident, () => ''),
  'crit empty': forged({ ...es256, crit: [] }, claimsOfResident, () => ''),
  'crit false': forged({ ...es256, crit: false }, claimsOfResident, () => good.split('.')[2] ?? ''),
  'typ of something else': await resident({}, { typ: 'dpop+jwt' }),
  huge: await resident({ padding: 'x'.repeat(9000) }),
  'body exchanged under a good signature': `${good.split('.')[0]}.${part({ ...claimsOfResident, sub: '210303198511290021' })}.${good.split('.')[2]}`,
  'whitespace inside the signature': good.replace(/(.)$/, '%0a$1'),
  'padding at the end': `${good}=`,
  'a role that the issuer may not give': await resident({ role: 'clerk', city: 'shenyang', hall: 'tiexi', sub: 'w' }),
  'an auditor of a city’s issuer': await clerk({ role: 'auditor' }),
  'a resident of a city’s issuer': await clerk({ role: 'resident', sub: RESIDENT }),
  'role unknown': await resident({ role: 'root' }),
  'role missing': await resident({ role: undefined }),
  'role as array': await resident({ role: ['resident'] }),
  'a city’s issuer claims a clerk of another city': await clerk({ city: 'anshan', hall: 'tiedong' }),
  'a city’s issuer claims another city’s backend': await clerk({ role: 'city', city: 'anshan' }),
  'city unknown': await clerk({ city: 'atlantis' }),
  'city __proto__': await clerk({ city: '__proto__' }),
  'city missing': await clerk({ city: undefined }),
  'hall of another city': await clerk({ hall: 'tiedong' }),
  'hall missing': await clerk({ hall: undefined }),
  'a clerk whose account is an identity number': await clerk({ sub: RESIDENT }),
  'a clerk whose account is a mobile number': await clerk({ sub: '13800000000' }),
  'an account with a line break': await clerk({ sub: 'a\nb' }),
  'a resident who is no identity number': await resident({ sub: 'zhang.san' }),
}
for (const claim of ['iss', 'aud', 'exp', 'iat', 'sub']) hostile[`${claim} missing`] = await without(claim)

t.test('hostile tokens are invalid', async (t) => {
  const { ask } = await open()
  for (const [name, token] of Object.entries(hostile)) t.equal(await ask(token), 'TOKEN_INVALID', name)
})

/** What jose lets through, being a library: who may say what, for how long, with which key, is for the gateway to know. */
const OURS_ALONE =
  /role|auditor of a|resident of a|claims a(nother| clerk)|city |hall |lives longer|kid |account|identity number|^huge|sub (as|empty)|audience as array with|beyond all|typ of/

t.test('a second library agrees on every hostile token that a library can judge', async (t) => {
  const issuers: Record<string, [Pair, string]> = {
    'urn:national': [national, 'ES256'],
    'urn:shenyang': [shenyang, 'EdDSA'],
    'urn:anshan': [anshan, 'RS256'],
  }
  const joseTakes = async (token: string): Promise<boolean> => {
    try {
      const { iss = '' } = decodeJwt(token)
      const [own, algorithm] = issuers[iss] ?? []
      if (own === undefined || algorithm === undefined) return false
      await jwtVerify(token, own.publicKey, {
        issuer: iss,
        audience: AUDIENCE,
        algorithms: [algorithm],
        requiredClaims: ['iss', 'aud', 'exp', 'iat', 'sub'],
        currentDate: new Date(T0),
      })
      return true
    } catch {
      return false
    }
  }
  for (const token of [good, await clerk()]) t.equal(await joseTakes(token), true, 'a good token is good to both')
  const taken = []
  for (const [name, token] of Object.entries(hostile)) if (await joseTakes(token)) taken.push(name)
  t.strictSame(
    taken.filter((name) => !OURS_ALONE.test(name)),
    [],
  )
  t.ok(Object.keys(hostile).length - taken.length >= 40, 'most of them')
})

const signed = (header: Record<string, unknown>) =>
  signedText(JSON.stringify({ ...es256, ...header }), JSON.stringify(claimsOfResident))

t.test('crit, kid and typ are refused even under a good signature', async (t) => {
  const { ask } = await open()
  t.match(await ask(await signed({})), { role: 'resident' }, 'signed so, a good one passes')
  for (const header of [
    { crit: [] },
    { crit: false },
    { crit: ['x'], x: 1 },
    { crit: ['exp'] },
    { typ: 7 },
    { kid: null },
    { kid: 7 },
  ]) {
    t.equal(await ask(await signed(header)), 'TOKEN_INVALID', JSON.stringify(header))
  }
})

t.test('a token counts only within its time', async (t) => {
  const { ask } = await open()
  t.equal(await ask(await resident({ iat: seconds - 700, exp: seconds - 100 })), 'TOKEN_EXPIRED')
  t.equal(await ask(await resident({ exp: seconds })), 'TOKEN_EXPIRED', 'from the very second of exp')
  t.equal(await ask(await resident({ iat: -1000, exp: -500 })), 'TOKEN_EXPIRED')
  t.equal(await ask(await resident({ nbf: seconds + 60 })), 'TOKEN_EXPIRED')
  t.equal(await ask(await resident({ iat: seconds + 60 })), 'TOKEN_EXPIRED')
  t.match(
    await ask(await resident({ iat: seconds + 4, nbf: seconds + 4 })),
    { role: 'resident' },
    'a clock a little ahead',
  )
})

t.test('a forged token never learns that it has expired', async (t) => {
  const { ask } = await open()
  t.equal(await ask(await resident({ exp: seconds - 1 }, {}, other)), 'TOKEN_INVALID')
})

t.test('a token that was verified before expires in the cache too', async (t) => {
  const { ask, clock } = await open()
  const token = await resident({ exp: seconds + 60 })
  const first = await ask(token)
  t.match(first, { role: 'resident' })
  clock.at = T0 + 59_999
  t.equal(await ask(token), first, 'found again: the very same principal')
  clock.at = T0 + 60_000
  t.equal(await ask(token), 'TOKEN_EXPIRED')
  clock.at = T0 + 90_000
  t.equal(await ask(token), 'TOKEN_EXPIRED')
})

t.test('the cache is bounded and forgets the oldest', async (t) => {
  const { ask } = await open(2)
  const tokens = await Promise.all(['a', 'b', 'c'].map((jti) => resident({ jti })))
  const first = await ask(tokens[0] ?? '')
  await ask(tokens[1] ?? '')
  await ask(tokens[2] ?? '')
  const again = await ask(tokens[0] ?? '')
  t.strictSame(again, first)
  t.not(again, first, 'verified anew')
})

t.test('a token that only begins like a known one is another token', async (t) => {
  const { ask } = await open()
  t.match(await ask(good), { role: 'resident' })
  t.equal(await ask(`${good}AA`), 'TOKEN_INVALID')
  t.equal(await ask(good.slice(0, -2)), 'TOKEN_INVALID')
  t.equal(await ask(good.replace(/\.[^.]*$/, (signature) => `.${'A'.repeat(signature.length - 1)}`)), 'TOKEN_INVALID')
})

t.test('a JWKS with a secret, a weak, a double or an unfit key is refused', async (t) => {
  const es = await exportJWK(national.publicKey)
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const weak = await crypto.subtle.generateKey(
    { name: 'RSASSA-PKCS1-v1_5', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
    true,
    ['sign', 'verify'],
  )
  const cases: readonly [string, unknown, readonly SigningAlgorithm[]][] = [
    ['no document', null, ['ES256']],
    ['no keys', { keys: [] }, ['ES256']],
    ['a private key', { keys: [await exportJWK(privateKey)] }, ['ES256']],
    ['a shared secret', { keys: [{ kty: 'oct', k: 'AAAA' }] }, ['ES256']],
    ['an encryption key', { keys: [{ ...es, use: 'enc' }] }, ['ES256']],
    ['a key for another algorithm', { keys: [es] }, ['RS256']],
    ['a key that says another algorithm', { keys: [{ ...es, alg: 'ES384' }] }, ['ES256']],
    ['a weak RSA key', { keys: [await exportJWK(weak.publicKey)] }, ['RS256']],
    [
      'one kid twice',
      {
        keys: [
          { ...es, kid: 'a' },
          { ...es, kid: 'a' },
        ],
      },
      ['ES256'],
    ],
    ['two keys, one without a kid', { keys: [{ ...es, kid: 'a' }, es] }, ['ES256']],
    ['a kid with a path', { keys: [{ ...es, kid: '../a' }] }, ['ES256']],
    ['a point off the curve', { keys: [{ ...es, x: es.y }] }, ['ES256']],
  ]
  for (const [name, document, algorithms] of cases) t.ok(readJwks(document, algorithms).problems.length > 0, name)
})

// Holds the local issuer to its key: made once, kept, hidden from others, and no wider than the table says.

import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPublicKey } from 'node:crypto'
import Fastify from 'fastify'
import { jwtVerify } from 'jose'
import t from 'tap'
import { registerIdentity } from '../../src/identity/authenticate.ts'
import { openLocalIssuer } from '../../src/identity/local-issuer.ts'

const clock = { now: () => Date.UTC(2026, 10, 22, 8) }
const ISSUER = 'urn:cross-city-gateway:local'
const AUDIENCE = 'urn:cross-city-gateway'
const request = {
  issuer: ISSUER,
  audience: AUDIENCE,
  role: 'auditor',
  subject: 'auditor-01',
  ttlSeconds: 3600,
} as const

t.test('a token of the local issuer is accepted, and by other software too', async (t) => {
  const issuer = openLocalIssuer({ dataDir: t.testdir(), clock })
  const app = Fastify()
  const rule = {
    issuer: ISSUER,
    keys: 'local',
    algorithms: ['ES256'],
    audience: AUDIENCE,
    roles: ['auditor', 'clerk'],
    speaksFor: null,
    maxTtlMs: 3_600_000,
  } as const
  const place = { zh: '地', en: 'place' }
  const office = { name: place, telephone: '024-000000' }
  const halls = [{ key: 'tiexi', ...office }]
  const options = {
    issuers: [rule],
    cities: [{ key: 'shenyang', name: place, halls, office, routingCodes: {} }],
    clock,
    clockToleranceMs: 0,
    cachedTokensMax: 10,
  }
  const { authenticate } = await registerIdentity(app, { ...options, localKey: issuer.publicKey })
  const ask = (token: string) => authenticate({ headers: { authorization: `Bearer ${token}` } })
  const token = issuer.issueToken(request)
  t.match(await ask(token), { role: 'auditor', subject: 'auditor-01', issuer: ISSUER })
  const clerk = issuer.issueToken({ ...request, role: 'clerk', subject: 'w1', city: 'shenyang', hall: 'tiexi' })
  t.match(await ask(clerk), { role: 'clerk', city: 'shenyang', hall: 'tiexi' })
  await t.rejects(ask(issuer.issueToken({ ...request, ttlSeconds: 3601 })), { code: 'TOKEN_INVALID' })
  await t.rejects(ask(issuer.issueToken({ ...request, role: 'operator' })), { code: 'TOKEN_INVALID' })

  const { payload } = await jwtVerify(token, createPublicKey(issuer.publicKey.pem), {
    issuer: ISSUER,
    audience: AUDIENCE,
    currentDate: new Date(clock.now()),
  })
  t.equal((payload.exp ?? 0) - (payload.iat ?? 0), 3600)

  const closed = await registerIdentity(Fastify(), { ...options, localKey: null })
  const refused = closed.authenticate({ headers: { authorization: `Bearer ${token}` } })
  await t.rejects(refused, { code: 'TOKEN_INVALID' }, 'without the local key its row trusts nobody')
})

t.test('the key is made once, for its owner alone, and kept over restarts', async (t) => {
  const dataDir = t.testdir()
  const first = openLocalIssuer({ dataDir, clock })
  const file = join(dataDir, 'keys', 'local-issuer.json')
  const text = readFileSync(file, 'utf8')
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.equal(openLocalIssuer({ dataDir, clock }).publicKey.pem, first.publicKey.pem)
  t.equal(readFileSync(file, 'utf8'), text)
  t.strictSame(readdirSync(join(dataDir, 'keys')), ['local-issuer.json'], 'no draft is left behind')
})

t.test('a key that others may read, or that is no key, stops the start and is not replaced', async (t) => {
  const dataDir = t.testdir()
  openLocalIssuer({ dataDir, clock })
  const file = join(dataDir, 'keys', 'local-issuer.json')
  chmodSync(file, 0o644)
  t.throws(() => openLocalIssuer({ dataDir, clock }), { message: /0600/ })
  chmodSync(file, 0o600)
  for (const broken of ['', '{', '{"kty":"oct","k":"AAAA"}', readFileSync(file, 'utf8').replace(/"d":"[^"]*",?/, '')]) {
    writeFileSync(file, broken)
    t.throws(() => openLocalIssuer({ dataDir, clock }), { message: /local-issuer\.json/ })
    t.equal(readFileSync(file, 'utf8'), broken)
  }
})

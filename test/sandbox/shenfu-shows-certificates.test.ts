// Shenfu over mutual TLS, called as docs/wire/shenfu.md says, with certificates of its own making and of the openssl command's.

import { createPrivateKey, webcrypto } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { connect } from 'node:tls'
import 'reflect-metadata'
import { ExtendedKeyUsage, ExtendedKeyUsageExtension, X509CertificateGenerator } from '@peculiar/x509'
import t from 'tap'
import { openCity } from '../../src/sandbox/city.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { message } from './shenfu-calls.ts'
import { call, credentialsIn, makeByOpenssl, verifyByOpenssl } from './shenfu-tls-calls.ts'
import { newCaseNo, queryForms } from './submissions.ts'

const place = PLACES.find(({ city }) => city === 'shenfu')!
const folder = t.testdir({ made: {}, signed: { tls: {} }, old: { tls: {} }, other: {} })
const tls = join(folder, 'signed/tls')
await makeByOpenssl(tls)
const filesOf = (of: string): Readonly<Record<string, string>> =>
  Object.fromEntries(readdirSync(of).map((name) => [name, readFileSync(join(of, name), 'utf8')]))
const signed = filesOf(tls)
const city = await openCity({ place, folder: join(folder, 'signed') })
t.teardown(() => city[Symbol.asyncDispose]())
const { address } = city
const caller = credentialsIn(tls)
const target = { division: '211500' }

t.test('a caller with its certificate is answered, in TLS 1.3 and in 1.2 with a modern cipher', async (t) => {
  t.match(address, /^https:/)
  t.same(filesOf(tls), signed, 'good files are left alone')
  const health = await call(address, '/v1/health', caller)
  t.match(health, { status: 200, spoken: /^TLSv1\.3 /, body: { status: 'ok', city: 'shenfu' } })
  t.match(await call(address, '/v1/health', { ...caller, maxVersion: 'TLSv1.2' }), { spoken: /^TLSv1\.2 ECDHE-.*GCM/ })
  t.match(await call(address.replace('127.0.0.1', 'localhost'), '/v1/health', caller), { status: 200 })

  const application = message(target, newCaseNo())
  const first = await call(address, '/v1/applications', caller, application)
  t.match(first, { status: 201, headers: { location: `/v1/applications/by-reference/${application.reference}` } })
  const again = await call(address, '/v1/applications', caller, application)
  t.match(again, { status: 200, body: first.body })
  const enquiry = await call(address, `/v1/applications/by-reference/${application.reference}`, caller)
  t.same(enquiry.body, { reference: application.reference, ...first.body })
  const { materials: _, ...rest } = message(target, '')
  const asked = { ...rest, reference: 'q-1', item: 'hf-account-loan-query', leg: 'answer' }
  const form = queryForms['hf-account-loan-query']('211500')
  t.match(await call(address, '/v1/queries', caller, { ...asked, form }), { status: 200, body: { found: true } })
})

t.test('older versions, weak ciphers and plain HTTP are not spoken', async (t) => {
  const weak = { ...caller, ciphers: 'DEFAULT@SECLEVEL=0' }
  await t.rejects(call(address, '/v1/health', { ...weak, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }))
  const cbc = { ...caller, maxVersion: 'TLSv1.2' as const, ciphers: 'ECDHE-ECDSA-AES128-SHA256' }
  await t.rejects(call(address, '/v1/health', cbc))
  const plain = new Promise((resolve, reject) => {
    get(address.replace('https', 'http'), resolve).once('error', reject)
  })
  await t.rejects(plain)
})

t.test('without a certificate of the caller every request is 401, and nothing is done', async (t) => {
  mkdirSync(join(folder, 'foreign'))
  await makeByOpenssl(join(folder, 'foreign'))
  const shown = (file: string, from = tls) => ({
    ca: caller.ca,
    cert: readFileSync(join(from, `${file}.pem`), 'utf8'),
    key: readFileSync(join(from, `${file}.key`), 'utf8'),
  })
  const untrusted = /不是本市认可的 CA 签发、已过期或用途不符/
  const cases = [
    ['none', { ca: caller.ca }, /没有出示/],
    ['of another CA', shown('client', join(folder, 'foreign')), untrusted],
    ['of a server', shown('shenfu'), untrusted],
    ['expired', { ca: caller.ca, ...(await expired()) }, untrusted],
    ['of another caller', shown('stranger'), /不是已登记的调用方/],
  ] as const
  for (const [name, options, message_] of cases) {
    for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
      const application = message(target, newCaseNo())
      const refused = await call(address, '/v1/applications', { ...options, maxVersion }, application)
      t.match(refused, { status: 401, body: { error: { code: 'UNAUTHORIZED', message: message_ } } }, name)
      const path = `/v1/applications/by-reference/${application.reference}`
      t.match(await call(address, path, caller), { status: 404 }, name)
    }
    t.match(await call(address, '/v1/nowhere', options), { status: 401 }, name)
  }
  const timeless = ['-purpose', 'sslclient', '-no_check_time']
  t.equal(await verifyByOpenssl(tls, 'expired.pem', ...timeless), 'expired.pem: OK', 'but for its time it was good')
})

/** A certificate as the caller's, over since yesterday. */
async function expired() {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const caKey = createPrivateKey(signed['ca.key']!).export({ type: 'pkcs8', format: 'der' })
  const certificate = await X509CertificateGenerator.create({
    subject: 'CN=kytb-gateway',
    issuer: 'CN=Shenfu sandbox CA',
    notBefore: new Date(Date.now() - 2 * 86_400_000),
    notAfter: new Date(Date.now() - 86_400_000),
    publicKey: keys.publicKey,
    signingKey: await webcrypto.subtle.importKey('pkcs8', caKey, algorithm, false, ['sign']),
    signingAlgorithm: algorithm,
    extensions: [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])],
  })
  writeFileSync(join(tls, 'expired.pem'), certificate.toString('pem'))
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return {
    cert: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${key.replaceAll(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`,
  }
}

t.test('a session that goes on without a certificate is nobody’s', async (t) => {
  const { port } = new URL(address)
  const open = (session?: Buffer) =>
    new Promise<{ answer: string; session: Buffer; isResumed: boolean; spoken: unknown }>((resolve, reject) => {
      let answer = ''
      let next: Buffer | undefined
      let isResumed = false
      const options = {
        ca: caller.ca,
        port: Number(port),
        host: '127.0.0.1',
        ALPNProtocols: ['h2', 'http/1.1'],
        ...(session === undefined ? {} : { session }),
      }
      const socket = connect(options, () => {
        isResumed = socket.isSessionReused()
        socket.write('GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n')
      })
      socket.on('session', (ticket: Buffer) => (next = ticket))
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
      socket.once('error', reject)
      socket.once('close', () => resolve({ answer, session: next!, isResumed, spoken: socket.alpnProtocol }))
    })
  const first = await open()
  t.equal(first.spoken, 'http/1.1')
  t.match(first.answer, /^HTTP\/1\.1 401 /)
  const second = await open(first.session)
  t.ok(second.isResumed)
  t.match(second.answer, /^HTTP\/1\.1 401 /)
})

t.test('the city makes files that openssl finds good, keeps them, and makes them anew before they end', async (t) => {
  const own = join(folder, 'made')
  const start = async (at: string): Promise<void> => (await openCity({ place, folder: at }))[Symbol.asyncDispose]()
  await start(own)
  const files = filesOf(join(own, 'tls'))
  t.strictSame(Object.keys(files).sort(), ['ca.pem', 'client.key', 'client.pem', 'shenfu.key', 'shenfu.pem'])
  for (const name of Object.keys(files)) t.equal(statSync(join(own, 'tls', name)).mode & 0o777, 0o600, name)
  t.equal(statSync(join(own, 'tls')).mode & 0o777, 0o700)
  t.match(files['client.key'], /^-----BEGIN PRIVATE KEY-----\n/)
  const server = ['-purpose', 'sslserver', '-verify_ip', '127.0.0.1', '-verify_hostname', 'localhost', '-x509_strict']
  t.equal(await verifyByOpenssl(join(own, 'tls'), 'shenfu.pem', ...server), 'shenfu.pem: OK')
  const later = String(Math.floor(Date.now() / 1000) + 4 * 365 * 86_400)
  const client = ['-purpose', 'sslclient', '-x509_strict', '-attime', later]
  t.equal(await verifyByOpenssl(join(own, 'tls'), 'client.pem', ...client), 'client.pem: OK')
  t.equal(readFileSync(join(own, 'secrets/shenfu'), 'utf8').replace(/[A-Za-z0-9+/]{43}=/, '…'), 'whsec_…\n')

  await using again = await openCity({ place, folder: own })
  t.same(filesOf(join(own, 'tls')), files)
  t.match(await call(again.address, '/v1/health', credentialsIn(join(own, 'tls'))), { status: 200 })
  await t.rejects(
    call(again.address, '/v1/health', { ...caller, ca: signed['ca.pem'] }),
    'the caller trusts one CA alone',
  )

  await makeByOpenssl(join(folder, 'old/tls'), 20)
  const old = filesOf(join(folder, 'old/tls'))
  await start(join(folder, 'old'))
  t.not(filesOf(join(folder, 'old/tls'))['client.pem'], old['client.pem'], 'twenty days are too few')
  const renewed = filesOf(join(folder, 'old/tls'))
  rmSync(join(folder, 'old/tls/client.key'))
  await start(join(folder, 'old'))
  t.not(filesOf(join(folder, 'old/tls'))['ca.pem'], renewed['ca.pem'], 'one that is missing needs all anew')
})

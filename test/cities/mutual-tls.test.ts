// A line over mutual TLS: what is shown, who is trusted, and what each thing wrong with a certificate comes to.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { CertificateProblem, readCertificates } from '../../src/cities/certificates.ts'
import { checkCity, type BackendConfig, type CityConfig } from '../../src/cities/config.ts'
import { openCities } from '../../src/cities/table.ts'
import { systemClock, systemIds } from '../../src/system.ts'
import { makeByOpenssl } from '../sandbox/shenfu-tls-calls.ts'
import { cityConfig, ending, KEY, message, serve, TAKEN, json } from './support/city.ts'

const folder = t.testdir({ good: {}, other: {}, ended: {} })
await makeByOpenssl(join(folder, 'good'))
await makeByOpenssl(join(folder, 'other'))
await makeByOpenssl(join(folder, 'ended'), 0)
const file = (name: string): Buffer => readFileSync(join(folder, name))
const FILES = { ca: 'good/ca.pem', cert: 'good/client.pem', key: 'good/client.key' }
const caller = { share: 'caller' } as const

/** A city with these files, that answers applications; `seen` is what its callers have shown. */
async function serveTls(t: Test, place: string, ca = place) {
  const seen: string[] = []
  const server = createServer(
    {
      cert: file(`${place}/shenfu.pem`),
      key: file(`${place}/shenfu.key`),
      ca: file(`${ca}/ca.pem`),
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => {
      const socket = request.socket as TLSSocket
      seen.push(socket.getPeerX509Certificate()?.subject ?? '')
      request.resume()
      request.once('end', () => {
        if (socket.authorized) json(response, 201, TAKEN)
        else json(response, 401, { error: { code: 'UNAUTHORIZED', message: '' } })
      })
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { address: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

function configured(changes: Partial<BackendConfig>, limits: { volumeThreshold?: number } = {}): CityConfig {
  // A handshake takes its time on a busy machine.
  const patient = { deadlineMs: 30_000, ownDeadlineMs: 30_000, connectTimeoutMs: 20_000 }
  const city = cityConfig('shenfu', { breaker: limits, limits: patient })
  return { ...city, backends: [{ ...city.backends[0], tls: FILES, ...changes } as BackendConfig] }
}

async function openAt(t: Test, address: string, config = configured({})) {
  const cities = await openCities({
    cities: [config],
    fields: { kinds: new Map(), dictionaries: new Map() },
    addressOf: () => address,
    secretOf: (name) => (name.startsWith('secrets/') ? Buffer.from(`${KEY}\n`) : file(name)),
    clock: systemClock,
    bytes: systemIds.bytes,
    observe: () => undefined,
    onState: () => undefined,
  })
  t.teardown(() => cities[Symbol.asyncDispose]())
  const [backend] = cities.all
  if (backend === undefined) throw new Error('no city')
  return { backend, view: () => cities.lines()[0]! }
}

t.test('our certificate is shown, and the city’s is trusted by the one CA that is configured', async (t) => {
  const city = await serveTls(t, 'good')
  const { backend, view } = await openAt(t, city.address)
  t.equal(ending(await backend.deliver(message, caller)), 'answered')
  t.strictSame(city.seen, ['CN=kytb-gateway'])
  const days = ((view().certificateEndsAt ?? 0) - Date.now()) / 86_400_000
  t.ok(days > 823 && days < 826, `${days} days left`)
  const named = await openAt(t, city.address.replace('127.0.0.1', 'localhost'))
  t.equal(ending(await named.backend.deliver(message, caller)), 'answered')
})

t.test('a city whose certificate does not check is sent nothing, and counts as unwell', async (t) => {
  const wrong = [
    ['of another CA', (await serveTls(t, 'other')).address],
    [
      'over',
      (await serveTls(t, 'ended')).address,
      { ...FILES, ca: 'ended/ca.pem', cert: 'ended/client.pem', key: 'ended/client.key' },
    ],
  ] as const
  for (const [what, address, files = FILES] of wrong) {
    // What ends at once has ended a second later.
    if (what === 'over') await systemClock.delay(1100)
    const { backend, view } = await openAt(t, address, configured({ tls: files }, { volumeThreshold: 2 }))
    for (let calls = 0; calls < 3; calls += 1) {
      t.match(ending(await backend.deliver(message, caller)), /^no CITY_(CERTIFICATE_INVALID|LINE_OPEN)$/, what)
    }
    t.match(view(), { state: 'open', reason: 'CITY_CERTIFICATE_INVALID' }, what)
  }
})

t.test('a certificate for another name is not taken', async (t) => {
  // All of 127.0.0.0/8 is this machine; the certificate names 127.0.0.1.
  const server = createServer({ cert: file('good/shenfu.pem'), key: file('good/shenfu.key') }, (_request, response) =>
    json(response, 201, TAKEN),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const { backend } = await openAt(t, `https://127.0.0.2:${port}`)
  t.equal(ending(await backend.deliver(message, caller)), 'no CITY_CERTIFICATE_INVALID')
})

t.test('what the operating system trusts is not trusted here', async (t) => {
  const before = getCACertificates('default')
  t.teardown(() => setDefaultCACertificates(before))
  setDefaultCACertificates([...before, file('other/ca.pem').toString()])
  const city = await serveTls(t, 'other')
  const usual = await openAt(t, city.address, configured({ tls: undefined as never }))
  t.equal(ending(await usual.backend.deliver(message, caller)), 'no CITY_CERTIFICATE_REFUSED', 'reached without tls')
  const { backend } = await openAt(t, city.address)
  t.equal(ending(await backend.deliver(message, caller)), 'no CITY_CERTIFICATE_INVALID')
  t.equal(city.seen.length, 1)
})

t.test('a city that refuses our certificate is well, and nothing has taken effect', async (t) => {
  const city = await serveTls(t, 'good', 'other')
  const { backend, view } = await openAt(t, city.address, configured({}, { volumeThreshold: 2 }))
  for (let calls = 0; calls < 4; calls += 1) {
    t.equal(ending(await backend.deliver(message, caller)), 'no CITY_CERTIFICATE_REFUSED')
  }
  t.equal(view().state, 'closed')
})

t.test('files that can never do are named before anything is called', async (t) => {
  const problems: readonly (readonly [Partial<typeof FILES>, RegExp])[] = [
    [{ key: 'good/stranger.key' }, /good\/stranger\.key is not that of the certificate good\/client\.pem/],
    [{ ca: 'other/ca.pem' }, /not issued by the CA in other\/ca\.pem/],
    [{ cert: 'good/shenfu.pem', key: 'good/shenfu.key' }, /lacks clientAuth/],
    [{ ca: 'good/client.key' }, /good\/client\.key is not a certificate in PEM/],
    [{ cert: 'good/client.csr' }, /good\/client\.csr is not a certificate/],
    [{ key: 'good/client.pem' }, /good\/client\.pem is not an unencrypted private key/],
  ]
  for (const [change, wanted] of problems) {
    const read = readCertificates({ ...FILES, ...change }, file)
    await t.rejects(read, { message: wanted }, JSON.stringify(change))
    const problem = await read.catch((error: unknown) => error)
    t.ok(problem instanceof CertificateProblem && /[\u4e00-\u9fff]/.test(problem.sentence.zh))
  }
  const { endsAt } = await readCertificates(
    { ca: 'ended/ca.pem', cert: 'ended/client.pem', key: 'ended/client.key' },
    file,
  )
  t.ok(endsAt < Date.now(), 'one that has ended starts, and is told')
  await t.rejects(openAt(t, 'https://127.0.0.1:1', configured({ tls: { ...FILES, ca: 'nowhere.pem' } })), /ENOENT/)
})

t.test('plain HTTP is for this machine alone, and needs no certificates', async (t) => {
  const city = await serve(t, (_request, response) => json(response, 201, TAKEN))
  const { backend, view } = await openAt(t, city.address, configured({ tls: { ...FILES, ca: 'nowhere.pem' } }))
  t.equal(ending(await backend.deliver(message, caller)), 'answered')
  t.equal(view().certificateEndsAt, null)
  const problemsAt = (address: string) => checkCity(configured({ address })).map(({ path }) => path)
  for (const near of ['http://127.0.0.1:9108', 'http://localhost:9108', 'http://[::1]:9108', 'https://10.0.0.1']) {
    t.strictSame(problemsAt(near), [], near)
  }
  for (const far of ['http://10.0.0.1', 'http://127.example', 'http://localhost.example:9108']) {
    t.strictSame(problemsAt(far), [['backends', 0, 'address']], far)
  }
})

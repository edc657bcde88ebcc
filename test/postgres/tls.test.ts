// The way to PostgreSQL over TLS: with the right authority and host it works, else it is refused, in words that say why, before the
// password or anything else has left. What left is read from the wire.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { file, until } from '../gateway/harness.ts'
import { launch, makeFolder, ready } from '../gateway/launch.ts'
import { DATABASE_PATIENCE } from './borrowed.ts'
import { openStage } from './gateways.ts'
import { runCommand } from './verify.ts'

const HOST = 'localhost'
/** What a client asks first: whether there is TLS (length 8, code 80877103). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])
const TLS_HANDSHAKE = 0x16

const folder = mkdtempSync(join(tmpdir(), 'gateway-tls-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

/** `words`: as on a command line, none of them with a blank in it. */
function openssl(words: string): void {
  const { status, stderr } = spawnSync('openssl', words.split(' '), { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}

const NEW_KEY = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'

function authority(name: string): string {
  openssl(`req -x509 ${NEW_KEY} -days 2 -keyout ${name}.key -out ${name}.pem -subj /CN=${name}`)
  return readFileSync(join(folder, `${name}.pem`), 'utf8')
}

const [ca, another] = [authority('authority'), authority('another')]
writeFileSync(join(folder, 'names'), `subjectAltName=DNS:${HOST}\n`)
openssl(`req -new ${NEW_KEY} -keyout server.key -out server.csr -subj /CN=database`)
openssl(
  'x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile names -out server.crt',
)

const stage = await openStage(t, [[/caFile: none/, 'caFile: authority.pem']])
const { server } = stage
for (const name of ['server.key', 'server.crt']) server.put(name, readFileSync(join(folder, name), 'utf8'))
writeFileSync(join(stage.folder.dataDir, 'authority.pem'), ca)

/** One that trusts whom everybody trusts. */
const withoutAuthority = makeFolder(t, [[/passwordFile: none/, 'passwordFile: database-password'], DATABASE_PATIENCE])
mkdirSync(withoutAuthority.dataDir, { recursive: true, mode: 0o700 })
writeFileSync(join(withoutAuthority.dataDir, 'database-password'), stage.password, { mode: 0o600 })

async function switchTls(state: 'on' | 'off'): Promise<void> {
  await server.query(`ALTER SYSTEM SET ssl = ${state}`)
  await server.query('SELECT pg_reload_conf()')
  for (;;) if ((await server.query('SHOW ssl'))[0]?.['ssl'] === state) return
}

const port = Number(new URL(stage.url).port)

/** A way to the database that keeps what clients send; its port, and what was sent over each connection. */
async function listened(t: Test) {
  const sent: Buffer[] = []
  const listener = createServer((client) => {
    const index = sent.push(Buffer.alloc(0)) - 1
    const onwards = connect(port, '127.0.0.1')
    client.on('data', (chunk: Buffer) => (sent[index] = Buffer.concat([sent[index] ?? Buffer.alloc(0), chunk])))
    client.pipe(onwards)
    onwards.pipe(client)
    for (const socket of [client, onwards]) {
      socket.on('error', () => undefined)
      socket.on('close', () => [client, onwards].forEach((one) => one.destroy()))
    }
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  t.teardown(() => listener.close())
  return { port: (listener.address() as AddressInfo).port, sent }
}

function addressAt(host: string, at: number): string {
  const url = new URL(stage.url)
  url.hostname = host
  url.port = String(at)
  url.searchParams.set('sslmode', 'verify-full')
  return url.href
}

/** Makes the tables over a way that is listened to; gives how that ended, and all that was sent. `trusted` null: whom everybody trusts. */
async function migrated(t: Test, host: string, trusted: string | null, sslmode = 'verify-full') {
  const way = await listened(t)
  const { dataDir, configDir } = trusted === null ? withoutAuthority : stage.folder
  if (trusted !== null) writeFileSync(join(dataDir, 'authority.pem'), trusted)
  const { status, output } = await runCommand(['store', 'migrate'], {
    GATEWAY_DATA_DIR: dataDir,
    GATEWAY_CONFIG_DIR: configDir,
    GATEWAY_STORE: addressAt(host, way.port).replace('verify-full', sslmode),
  })
  t.ok(way.sent.length > 0, 'it was tried')
  for (const bytes of way.sent) {
    t.ok(bytes.subarray(0, 8).equals(SSL_REQUEST), 'nothing is said before TLS was asked for')
    t.notOk(bytes.includes('installer'), 'no name of a user in plain text')
    t.notOk(bytes.includes(stage.password), 'no password')
  }
  return { status, output, sent: way.sent }
}

t.test('the authority and the host are right: all connections of a gateway are over TLS', async (t) => {
  await switchTls('on')
  const way = await listened(t)
  const env = { GATEWAY_STORE: addressAt(HOST, way.port), GATEWAY_NODE: 'east', GATEWAY_SANDBOX: 'off' }
  const gateway = await ready(launch(t, stage.folder, env))
  const filed = await file(gateway, 'mi-remote-care-filing', 'shenfu')
  t.equal(filed.status, 201, filed.text)
  const connections = await server.query(`
    SELECT a.application_name AS name, s.ssl, s.version FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
    WHERE a.application_name LIKE 'gateway%'`)
  t.ok(connections.length >= 2, `${connections.length} connections`)
  for (const { name, ssl, version } of connections) {
    t.equal(ssl, true, String(name))
    t.match(version, /^TLSv1\.[23]$/)
  }
  for (const bytes of way.sent) {
    t.ok(bytes.subarray(0, 8).equals(SSL_REQUEST))
    if (bytes.length > 8) t.equal(bytes[8], TLS_HANDSHAKE)
    t.notOk(bytes.includes('installer'), 'nothing to be read on the wire')
  }
  t.equal(await gateway.stop(), 0)
})

t.test('the address says less than the file of the authority: TLS all the same', async (t) => {
  const { status, output } = await migrated(t, HOST, ca, 'disable')
  t.equal(status, 0, output)
})

t.test('another authority has signed it, or none that is known', async (t) => {
  for (const trusted of [another, null]) {
    const { status, output } = await migrated(t, HOST, trusted)
    t.equal(status, 1)
    t.match(output, /不能信任 PostgreSQL 的证书[^]*caFile[^]*cannot be trusted[^]*caFile/)
  }
})

t.test('the certificate is for another host', async (t) => {
  const { status, output } = await migrated(t, '127.0.0.1', ca)
  t.equal(status, 1)
  t.match(output, /证书不是为[^]*主机名[^]*not for the host/)
})

t.test('the server has no TLS: the question for it is all that leaves', async (t) => {
  await switchTls('off')
  const { status, output, sent } = await migrated(t, HOST, ca)
  t.equal(status, 1)
  t.match(output, /不提供 TLS[^]*offers no TLS/)
  for (const bytes of sent) t.ok(bytes.equals(SSL_REQUEST))

  const env = { GATEWAY_STORE: addressAt(HOST, port), GATEWAY_NODE: 'east', GATEWAY_SANDBOX: 'off' }
  const gateway = launch(t, stage.folder, env)
  t.not(await gateway.ended, 0)
  t.match(gateway.output(), /不提供 TLS[^]*offers no TLS/, 'a gateway says so, and ends')
})

t.test('the database wants a certificate of the gateway itself', async (t) => {
  await switchTls('on')
  const { dataDir } = stage.folder
  server.put('clients.pem', another)
  await server.query("ALTER SYSTEM SET ssl_ca_file = 'clients.pem'")
  const rules = readFileSync(join(server.databaseDir, 'pg_hba.conf'), 'utf8')
  server.put('pg_hba.conf', `hostssl all all all scram-sha-256 clientcert=verify-ca\n${rules}`)
  await server.query('SELECT pg_reload_conf()')
  await until(
    () => migrated(t, HOST, ca),
    ({ status }) => status === 1,
  )
  const without = await migrated(t, HOST, ca)
  t.equal(without.status, 1)
  t.match(without.output, /客户端证书[^]*asks for a certificate/)

  openssl(`req -new ${NEW_KEY} -keyout gateway.key -out gateway.csr -subj /CN=gateway`)
  openssl('x509 -req -in gateway.csr -CA another.pem -CAkey another.key -CAcreateserial -days 2 -out gateway.crt')
  for (const name of ['gateway.key', 'gateway.crt']) {
    writeFileSync(join(dataDir, name), readFileSync(join(folder, name)), { mode: 0o600 })
  }
  const file = join(stage.folder.configDir, 'gateway.yaml')
  const configured = readFileSync(file, 'utf8').replace('certFile: none', 'certFile: gateway.crt')
  writeFileSync(file, configured)
  const half = await runCommand(['check'], { GATEWAY_DATA_DIR: dataDir, GATEWAY_CONFIG_DIR: stage.folder.configDir })
  t.equal(half.status, 1)
  t.match(half.output, /certFile 与 keyFile 须同时填写/)

  writeFileSync(file, configured.replace('keyFile: none', 'keyFile: gateway.key'))
  const shown = await migrated(t, HOST, ca)
  t.equal(shown.status, 0, shown.output)
})

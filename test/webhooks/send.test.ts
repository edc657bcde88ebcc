// One message over real HTTP: signed so that the specification's own library takes it, to a checked address only, within its bounds.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { Webhook } from 'standardwebhooks'
import t, { type Test } from 'tap'
import type { WebhookEndpoint } from '../../src/domain/webhook.ts'
import { systemClock } from '../../src/system.ts'
import { openResolve, openSend, type SendOptions } from '../../src/webhooks/send.ts'
import { secretsIn } from '../../src/webhooks/signature.ts'
import { makeByOpenssl } from '../sandbox/shenfu-tls-calls.ts'

const SECRETS = [`whsec_${Buffer.alloc(24, 7).toString('base64')}`, `whsec_${Buffer.alloc(64, 9).toString('base64')}`]
const MESSAGE = {
  id: 'msg_0123456789ABCDEFGHJK',
  body: '{"caseNo":"20261130-8Q4ZT1M6VXKC","状态":"accepted"}',
  at: Date.now(),
}
const TIMEOUT_MS = 800

const endpoint = (address: string): WebhookEndpoint => ({
  key: 'app',
  address,
  scope: null,
  events: [],
  secrets: secretsIn(SECRETS.join('\n')) ?? [],
})

const send = (address: string, changes: Partial<SendOptions> = {}) =>
  openSend({
    clock: systemClock,
    timeoutMs: TIMEOUT_MS,
    privateHosts: [],
    loopback: true,
    resolve: async () => ['127.0.0.1'],
    ...changes,
  })(endpoint(address), MESSAGE, new AbortController().signal)

async function listening(t: Test, serve: RequestListener): Promise<number> {
  const server = createServer(serve)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

t.test('the library of those who wrote the specification takes what we sign, by either secret', async (t) => {
  const heard: { readonly headers: Record<string, string>; readonly body: string }[] = []
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    heard.push({ headers: request.headers as Record<string, string>, body: await bodyOf(request) })
    response.writeHead(204).end()
  }
  const port = await listening(t, (request, response) => void take(request, response))
  t.strictSame(await send(`http://app.example:${port}/hooks?x=1`), {
    kind: 'answered',
    status: 204,
    retryAfterMs: null,
  })
  const [{ headers, body } = { headers: {}, body: '' }] = heard
  for (const secret of SECRETS) t.same(new Webhook(secret).verify(body, headers), JSON.parse(MESSAGE.body))
  t.throws(() => new Webhook(`whsec_${Buffer.alloc(24, 8).toString('base64')}`).verify(body, headers))
  t.throws(() => new Webhook(SECRETS[0] ?? '').verify(`${body} `, headers))
  t.match(headers, { 'webhook-id': MESSAGE.id, host: `app.example:${port}`, 'content-type': /cloudevents\+json/ })
})

t.test('a secret that is none is not taken', async (t) => {
  for (const text of [
    '',
    'whsec_',
    'secret',
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    'whsec_!!!!',
    `${SECRETS[0]}\nx`,
  ]) {
    t.equal(secretsIn(text), null, text)
  }
  t.equal(secretsIn(`${SECRETS.join('\r\n')}\r\n`)?.length, 2)
})

t.test('it is never led on elsewhere', async (t) => {
  let visits = 0
  const target = await listening(t, (_request, response) => {
    visits += 1
    response.end()
  })
  for (const status of [301, 302, 303, 307, 308]) {
    const port = await listening(t, (_request, response) => {
      response.writeHead(status, { location: `http://127.0.0.1:${target}/` }).end()
    })
    t.match(await send(`http://app.example:${port}/`), { kind: 'answered', status })
  }
  t.equal(visits, 0)
})

t.test('names and numbers that lead inside are refused, and nobody is called', async (t) => {
  let calls = 0
  const port = await listening(t, (_request, response) => {
    calls += 1
    response.end()
  })
  const outside = { loopback: false }
  for (const host of [
    '127.0.0.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
    '[::]',
  ]) {
    t.strictSame(await send(`http://${host}:${port}/`, outside), { kind: 'failed', why: 'address-refused' }, host)
  }
  for (const address of ['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', 'fd00::1', '0.0.0.0']) {
    const resolve = async (): Promise<readonly string[]> => [address]
    t.strictSame(
      await send(`http://app.example:${port}/`, { ...outside, resolve }),
      { kind: 'failed', why: 'address-refused' },
      address,
    )
  }
  const mixed = async (): Promise<readonly string[]> => ['8.8.8.8', '127.0.0.1']
  t.strictSame(
    await send(`http://app.example:${port}/`, { ...outside, resolve: mixed }),
    { kind: 'failed', why: 'address-refused' },
    'one bad address among good ones',
  )
  t.equal(calls, 0)
})

t.test('a name that changes where it leads is asked once, and the address looked at is the one called', async (t) => {
  let calls = 0
  const port = await listening(t, (_request, response) => {
    calls += 1
    response.end()
  })
  let asked = 0
  // As a rebinding name server answers: once what may be called, then what may not.
  const resolve = async (): Promise<readonly string[]> => (asked++ === 0 ? ['127.0.0.1'] : ['169.254.169.254'])
  t.match(await send(`http://app.example:${port}/`, { resolve }), { kind: 'answered', status: 200 })
  t.equal(asked, 1)
  t.equal(calls, 1)
  t.match(await send(`http://app.example:${port}/`, { resolve }), { why: 'address-refused' })
})

t.test('names are looked up a few at a time, and each gets its turn', async (t) => {
  const resolve = openResolve(1)
  const asked = ['localhost', 'name.invalid', 'localhost', 'other.invalid', 'localhost'].map(resolve)
  const ends = await Promise.allSettled(asked)
  t.strictSame(
    ends.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
  )
  t.ok((await resolve('localhost')).length > 0)
})

t.test('one that hangs, at whichever step, is given up in time', async (t) => {
  const never = new Promise<readonly string[]>(() => undefined)
  const silent = await listening(t, () => undefined)
  const dripping = await listening(t, (_request, response) => {
    const drip = setInterval(() => response.write('x'), 20)
    response.on('close', () => clearInterval(drip))
  })
  for (const [name, address, changes] of [
    ['the name', `http://app.example:${silent}/`, { resolve: () => never }],
    ['the answer', `http://app.example:${silent}/`, {}],
    ['the body', `http://app.example:${dripping}/`, {}],
  ] as const) {
    t.strictSame(await send(address, changes), { kind: 'failed', why: 'timeout' }, name)
  }
})

t.test('an answer without end is cut off, and its status counts', async (t) => {
  let written = 0
  const port = await listening(t, (_request, response) => {
    response.writeHead(200)
    const pour = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536))) written += 65_536
    }
    response.on('drain', pour)
    pour()
  })
  t.match(await send(`http://app.example:${port}/`), { kind: 'answered', status: 200 })
  t.ok(written < 32 * 1024 * 1024, `${written} bytes`)
})

t.test('how it failed is told apart, and Retry-After is heard', async (t) => {
  const busy = await listening(t, (_request, response) => response.writeHead(429, { 'retry-after': '7' }).end())
  t.strictSame(await send(`http://app.example:${busy}/`), { kind: 'answered', status: 429, retryAfterMs: 7000 })
  const resets = await listening(t, (request) => void request.socket.destroy())
  t.strictSame(await send(`http://app.example:${resets}/`), { kind: 'failed', why: 'broken-off' })
  t.strictSame(await send('http://app.example:1/'), { kind: 'failed', why: 'unreachable' })
  const nobody = (): Promise<never> => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))
  t.strictSame(await send('http://app.example/', { resolve: nobody }), { kind: 'failed', why: 'unreachable' })
})

t.test('over TLS a certificate that nobody vouches for is refused before a byte is sent', async (t) => {
  const folder = t.testdir({})
  await makeByOpenssl(folder)
  const file = (name: string): string => readFileSync(join(folder, name), 'utf8')
  let calls = 0
  const server = createTlsServer({ cert: file('shenfu.pem'), key: file('shenfu.key') }, (_request, response) => {
    calls += 1
    response.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  t.strictSame(await send(`https://127.0.0.1:${port}/`), { kind: 'failed', why: 'certificate' })
  t.equal(calls, 0)
  setDefaultCACertificates([...getCACertificates(), file('ca.pem')])
  t.match(await send(`https://127.0.0.1:${port}/`), { kind: 'answered', status: 200 })
  t.strictSame(await send(`https://app.example:${port}/`), { kind: 'failed', why: 'certificate' }, 'of another name')
})

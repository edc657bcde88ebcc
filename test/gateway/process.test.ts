// Being told to stop: no request is cut, nothing idle holds it up, and the sandbox goes last.

import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import t from 'tap'
import { ask, call, file, makeSick, records, sample, tokenOf, until, upload } from './harness.ts'
import { isAlive, launch, makeFolder, ready, sandboxPid, waitFor, type Launched } from './launch.ts'
import { openSocket, parseAnswer, readToEnd } from './sockets.ts'

const DEADLINE_MS = 2500
const PATIENT: readonly [RegExp, string][] = [[/deadlineMs: 900/, `deadlineMs: ${DEADLINE_MS}`]]

async function inFlight(gateway: Launched, count: number): Promise<boolean> {
  const look = async (): Promise<number> => {
    const { text } = await call(gateway, 'GET', '/metrics')
    return [...text.matchAll(/^gateway_line_in_flight\{.*\} (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0)
  }
  return (await until(look, (now) => now >= count)) >= count
}

async function refusesConnections(address: string): Promise<boolean> {
  try {
    ;(await openSocket(address)).destroy()
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
  }
}

t.test('SIGTERM under load', async (t) => {
  const folder = makeFolder(t, PATIENT)
  const gateway = await ready(launch(t, folder))
  const sandbox = sandboxPid(gateway) ?? 0
  const { address } = gateway
  t.ok(isAlive(sandbox))
  await makeSick(gateway, 'fushun', 'hang')

  const idle = await openSocket(address)
  const answered = new Promise((resolve) => idle.once('data', resolve))
  idle.write('GET /v1/items HTTP/1.1\r\nhost: a\r\n\r\n')
  await answered
  const untouched = await openSocket(address)
  const closed = Promise.all([readToEnd(idle), readToEnd(untouched)])

  // A caller that keeps its connection, with the next request behind the one at work.
  const token = tokenOf(gateway, 'clerk')
  const body = JSON.stringify(sample('ss-personal-rights-record', 'fushun'))
  const kept = await openSocket(address)
  const keptAnswer = readToEnd(kept)
  kept.write(
    `POST /v1/items/ss-personal-rights-record/queries HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}` +
      'GET /v1/items HTTP/1.1\r\nhost: a\r\n\r\n',
  )
  const slow = Array.from({ length: 3 }, () => ask(gateway, 'ss-personal-rights-record', 'fushun'))
  const filed = file(gateway, 'ps-id-card-renewal', 'fushun', {
    headers: { prefer: 'wait=10', 'idempotency-key': 'drained' },
  })
  t.ok(await inFlight(gateway, 5), 'five calls are under way')

  const start = performance.now()
  gateway.signal('SIGTERM')
  t.ok(await until(() => refusesConnections(address), Boolean), 'nothing new is taken')
  t.ok(performance.now() - start < DEADLINE_MS, 'while requests are still at work')

  for (const answer of await Promise.all(slow)) t.match(answer, { status: 504, body: { code: 'CITY_TIMEOUT' } })
  t.match(await filed, { status: 202, body: { delivery: 'unconfirmed' } })
  const first = parseAnswer((await keptAnswer).text)
  t.equal(first.status, 504, 'a connection that is kept gets its answer')
  const [, second = ''] = (await keptAnswer).text.split('HTTP/1.1 200')
  t.match(second, '"items"', 'and the one to the request behind it')
  await closed
  t.equal(await gateway.ended, 0)
  const tookMs = performance.now() - start
  t.ok(tookMs < 15_000, `${tookMs.toFixed(0)} ms: idle connections hold nothing up`)
  t.notOk(isAlive(sandbox), 'the sandbox has gone')
  t.equal(sandboxPid(gateway), null)
  t.equal(gateway.stderr(), '')

  const again = await ready(launch(t, folder))
  await makeSick(again, 'fushun', 'off')
  const all = await records(again, {})
  const outcomes = new Set(all.map((record) => record['intent']))
  const boot = all[0]?.['boot']
  const before = all.filter((record) => record['boot'] === boot)
  t.strictSame(
    before.filter(({ kind, id }) => kind === 'forwarded' && !outcomes.has(id)),
    [],
    'each intent has its outcome',
  )
  t.match(before.at(-1), { kind: 'gateway-stopped', outcome: 'stopped' }, 'and the last word is that it stopped')
  t.equal(await again.stop(), 0)
})

t.test('SIGTERM cuts nobody who keeps asking over kept connections', async (t) => {
  const gateway = await ready(launch(t, makeFolder(t)))
  const { address } = gateway
  const authorization = `Bearer ${tokenOf(gateway, 'clerk')}`
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  let answered = 0
  const askOn = async (): Promise<string> => {
    for (;;) {
      try {
        const request = get(`${address}/v1/cases`, { agent, headers: { authorization } })
        const [response] = (await once(request, 'response')) as [IncomingMessage]
        for await (const chunk of response) void chunk
        if (response.statusCode !== 200) return `status ${response.statusCode}`
        answered++
      } catch (error) {
        return (error as NodeJS.ErrnoException).code ?? String(error)
      }
    }
  }
  const ends = Promise.all(Array.from({ length: 8 }, askOn))
  t.ok(await waitFor(() => answered > 100))
  gateway.signal('SIGTERM')
  // Each request is answered; only a new connection is refused.
  t.strictSame(new Set(await ends), new Set(['ECONNREFUSED']), `${address}: ${answered} answers`)
  t.equal(await gateway.ended, 0)
})

t.test('a second signal ends it at once, and the next start takes over what it left', async (t) => {
  const folder = makeFolder(t, PATIENT)
  const gateway = await ready(launch(t, folder))
  const sandbox = sandboxPid(gateway)
  await makeSick(gateway, 'anshan', 'hang')
  const cut = ask(gateway, 'ss-personal-rights-record', 'anshan').catch((error: unknown) => error)
  t.ok(await inFlight(gateway, 1))
  gateway.signal('SIGTERM')
  t.ok(await waitFor(() => gateway.stdout().includes('Stopping')))
  const start = performance.now()
  gateway.signal('SIGINT')
  t.equal(await gateway.ended, 1)
  t.ok(performance.now() - start < DEADLINE_MS - 500, 'it waits for nobody')
  t.ok((await cut) instanceof Error)

  const again = await ready(launch(t, folder))
  t.equal(sandboxPid(again), sandbox, 'the same sandbox')
  const [orphan, ...more] = (await records(again, { kind: 'forwarded' })).filter(({ city }) => city === 'anshan')
  t.strictSame(more, [])
  const outcomes = await records(again, { kind: 'city-answered' })
  t.notOk(
    outcomes.some(({ intent }) => intent === orphan?.['id']),
    'what was cut is an intent without outcome, for all to see',
  )
  again.signalGroup('SIGINT')
  t.equal(await again.ended, 0)
})

t.test('a file on its way to a city holds nothing up, and is brought after the next start', async (t) => {
  const folder = makeFolder(t, PATIENT)
  const gateway = await ready(launch(t, folder))
  const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.alloc(100_000)])
  const body = sample('mi-remote-care-filing', 'benxi')
  const [first, ...others] = body.materials ?? []
  const materials = [{ code: first?.code, held: 'uploaded', materialId: await upload(gateway, png) }, ...others]
  await makeSick(gateway, 'benxi', 'hang')
  const filed = await file(gateway, 'mi-remote-care-filing', 'benxi', {
    body: { ...body, materials },
    headers: { prefer: 'wait=1' },
  })
  t.equal(filed.status, 202, filed.text)
  t.ok(await inFlight(gateway, 1), 'the file is on its way, and has a minute for it')
  gateway.signal('SIGTERM')
  t.equal(await gateway.ended, 0)

  const again = await ready(launch(t, folder))
  await makeSick(again, 'benxi', 'off')
  const seen = await until(
    () => call(again, 'GET', `/v1/cases/${String(filed.body['caseNo'])}`, { token: tokenOf(again, 'clerk') }),
    (now) => now.body['delivery'] === 'delivered',
  )
  t.match(seen.body, { delivery: 'delivered' })
  again.signal('SIGTERM')
  t.equal(await again.ended, 0)
})

t.test('Ctrl-C reaches the whole group, and yet the sandbox stays until the gateway has drained', async (t) => {
  const gateway = await ready(launch(t, makeFolder(t, PATIENT)))
  const sandbox = sandboxPid(gateway) ?? 0
  await makeSick(gateway, 'benxi', 'hang')
  const answer = ask(gateway, 'ss-personal-rights-record', 'benxi')
  t.ok(await inFlight(gateway, 1))
  gateway.signalGroup('SIGINT')
  t.ok(await until(() => refusesConnections(gateway.address), Boolean))
  t.ok(isAlive(sandbox))
  await t.resolves(makeSick(gateway, 'liaoyang', 'off'), 'it answers still')
  t.equal((await answer).status, 504, 'the request under way is answered')
  t.equal(await gateway.ended, 0)
  t.notOk(isAlive(sandbox))
  t.match(gateway.stdout(), /已停止，没有丢失任何办件。 \/ Stopped; no case was lost\.\n$/)
})

t.test('a reader of its output that goes away does not end it, and requests are finished all the same', async (t) => {
  const gateway = await ready(launch(t, makeFolder(t, PATIENT)))
  await makeSick(gateway, 'benxi', 'hang')
  const answer = ask(gateway, 'ss-personal-rights-record', 'benxi')
  t.ok(await inFlight(gateway, 1))
  gateway.stopReading()
  gateway.signal('SIGINT')
  t.equal((await answer).status, 504)
  t.equal(await gateway.ended, 0)
  t.equal(gateway.stderr(), '')
})

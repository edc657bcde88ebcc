// A city that does what no sandbox city does: it takes a message late, or says no by the state of a case alone.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { call, file, startGateway, tokenOf, until } from './harness.ts'

/** Below the deadline of a call, longer than two enquiries that far apart as the city's settling time asks for. */
const TAKES_MS = 800
/** Longer than the lease of a first attempt: deadline 900 ms, margin 1000 ms. */
const DISK_HELD_MS = 2500

const sent: string[] = []
const taken = new Set<string>()
let saysNo = false

/** Liaoyang, which takes a submission only a while after it has come, and until then says that it does not know it. */
const liaoyang = createServer((request, answer) => {
  const say = (status: number, body: object): void => {
    answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const path = request.url ?? ''
  if (path === '/v1/health') return say(200, { status: 'ok' })
  if (request.method === 'POST') {
    const reference = String(request.headers['reference'])
    sent.push(reference)
    request.resume()
    if (saysNo) return say(201, { reference, caseNo: `211000-${sent.length}`, status: 'refused' })
    setTimeout(() => {
      taken.add(reference)
      say(201, { reference, caseNo: `211000-${sent.length}`, status: 'received' })
    }, TAKES_MS)
    return
  }
  const reference = decodeURIComponent(path.split('/').at(-1) ?? '')
  if (taken.has(reference)) say(200, { reference, caseNo: '211000-1', status: 'received' })
  else say(404, { error: { code: 'REFERENCE_UNKNOWN', message: 'unknown' } })
})
liaoyang.listen(0, '127.0.0.1')
await once(liaoyang, 'listening')
t.teardown(() => liaoyang.close())
const address = `http://127.0.0.1:${(liaoyang.address() as AddressInfo).port}`

const gateway = await startGateway(t, { GATEWAY_SANDBOX: 'on' }, [
  [/(key: liaoyang\n[^]*?address: )sandbox/, `$1${address}`],
  // Its own is not made where it is no sandbox city.
  [/secretFile: sandbox\/secrets\/liaoyang/, 'secretFile: sandbox/secrets/anshan'],
])

t.test('an application whose lease has run out before it is sent reaches its city once', async (t) => {
  const disk = new DatabaseSync(join(gateway.dataDir, 'store.sqlite'))
  disk.exec('BEGIN IMMEDIATE')
  const answered = file(gateway, 'mi-remote-care-filing', 'liaoyang')
  await delay(DISK_HELD_MS)
  disk.exec('ROLLBACK')
  disk.close()

  const { body, text } = await answered
  const { caseNo } = body
  t.type(caseNo, 'string', text)
  const token = tokenOf(gateway, 'clerk')
  const end = await until(
    () => call(gateway, 'GET', `/v1/cases/${String(caseNo)}`, { token }),
    ({ body: now }) => now['delivery'] === 'delivered',
  )
  t.equal(end.body['delivery'], 'delivered', end.text)
  t.same(sent, [`${String(caseNo)}.decide`])
})

t.test('a case that its city has entered as refused, without a reason, is shown as refused', async (t) => {
  saysNo = true
  const { status, body, text } = await file(gateway, 'mi-remote-care-filing', 'liaoyang')
  t.equal(status, 201, text)
  t.match(body, { state: 'refused', delivery: 'refused', reasons: [{ code: 'refused' }] }, text)
})

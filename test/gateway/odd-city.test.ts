// A city that does what no sandbox city does: it takes a message late, or says no by the state of a case alone.

import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { call, file, startGateway, tokenOf, until } from './harness.ts'

/** Below the deadline of a call, longer than two enquiries that far apart as the city's settling time asks for. */
const TAKES_MS = 800
/** Longer than the lease of a first attempt: deadline 900 ms, margin 1000 ms. */
const DISK_HELD_MS = 2500

/** Of the wire document of Anshan. */
const RECEIVED = '10'
const REFUSED = '22'

const sent: string[] = []
const taken = new Set<string>()
let saysNo = false

async function take(request: IncomingMessage, say: (retcode: number, data: object) => void): Promise<void> {
  const reference = new URLSearchParams(await text(request)).get('outer_no') ?? ''
  sent.push(reference)
  const entered = { outer_no: reference, case_no: `AS-${sent.length}` }
  if (saysNo) return say(0, { ...entered, status: REFUSED })
  await delay(TAKES_MS)
  taken.add(reference)
  say(0, { ...entered, status: RECEIVED })
}

/** Anshan, which takes a submission only a while after it has come, and until then says that it does not know it. */
const anshan = createServer((request, answer) => {
  const say = (retcode: number, data: object): void => {
    answer
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ retcode, message: '', data, server_time: '' }))
  }
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://127.0.0.1')
  if (pathname === '/kytb/v1/health') return say(0, { status: '1' })
  if (pathname === '/kytb/v1/news') return say(0, { events: [], next_cursor: 'AA==', has_more: '0' })
  if (request.method === 'POST') return void take(request, say)
  const reference = searchParams.get('outer_no') ?? ''
  if (taken.has(reference)) say(0, { outer_no: reference, case_no: 'AS-1', status: RECEIVED })
  else say(2004, {})
})
anshan.listen(0, '127.0.0.1')
await once(anshan, 'listening')
t.teardown(() => anshan.close())
const address = `http://127.0.0.1:${(anshan.address() as AddressInfo).port}`

const gateway = await startGateway(t, { GATEWAY_SANDBOX: 'on' }, [
  [/(key: anshan\n[^]*?address: )sandbox/, `$1${address}`],
  // Its own is not made where it is no sandbox city.
  [/secretFile: sandbox\/secrets\/anshan/, 'secretFile: sandbox/secrets/benxi'],
])

t.test('an application whose lease has run out before it is sent reaches its city once', async (t) => {
  // The gateway may be writing just then.
  const disk = new DatabaseSync(join(gateway.dataDir, 'store.sqlite'), { timeout: 5000 })
  disk.exec('BEGIN IMMEDIATE')
  const answered = file(gateway, 'mi-remote-care-filing', 'anshan')
  await delay(DISK_HELD_MS)
  disk.exec('ROLLBACK')
  disk.close()

  const { body, text: said } = await answered
  const { caseNo } = body
  t.type(caseNo, 'string', said)
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
  const { status, body, text: said } = await file(gateway, 'mi-remote-care-filing', 'anshan')
  t.equal(status, 201, said)
  t.match(body, { state: 'refused', delivery: 'refused', reasons: [{ code: REFUSED }] }, said)
})

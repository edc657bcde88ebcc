// Who does not read is cut off and costs no memory, who reads gets thousands of events, and a stream that is open costs little.

import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { acceptance, settlement } from '../contract/fixture.ts'
import { openIn } from '../store/folder.ts'
import { residentMb } from '../bench/cpu.ts'
import { follow, type EventStream } from './event-stream.ts'
import { call, records, tokenOf, until } from './harness.ts'
import { launch, makeFolder, ready } from './launch.ts'
import { openSocket } from './sockets.ts'

const UNREAD_MS = 1500
const CASES = 10_000
const EVENTS_OF_EACH = 3
const STREAMS = 250

const folder = makeFolder(t, [
  [/unreadMs: \d+/, `unreadMs: ${UNREAD_MS}`],
  [/openMax: \d+/, 'openMax: 400'],
  [/perCallerMax: \d+/, 'perCallerMax: 400'],
])

// More than two sockets take that nobody reads.
const store = await openIn(t, folder.dataDir)
for (let made = 0; made < CASES; made += 500) {
  const cases = Array.from({ length: 500 }, () => acceptance(store.keyed, { hall: 'shenyang/shenyang-civic' }))
  await Promise.all(cases.map((one) => store.accept(one)))
  await Promise.all(cases.map((one) => store.settle(settlement(one))))
}
await store[Symbol.asyncDispose]()

const gateway = await ready(launch(t, folder))
const clerk = tokenOf(gateway, 'clerk')
const memory = (): number => residentMb(gateway.pid) ?? 0

t.test('one who does not read is cut off, and holds up nobody', async (t) => {
  const before = memory()
  const socket = await openSocket(gateway.address)
  socket.pause()
  socket.write(
    `GET /v1/cases/events HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${clerk}\r\nlast-event-id: 0\r\nx-request-id: not-reading\r\n\r\n`,
  )
  const begun = performance.now()
  const reader = await follow(gateway, '/v1/cases/events', { token: clerk, headers: { 'last-event-id': '0' } })
  t.ok(
    await until(
      async () => reader.messages.length === CASES * EVENTS_OF_EACH,
      (isSo) => isSo,
    ),
  )
  t.comment(`${reader.messages.length} events in ${Math.round(performance.now() - begun)} ms`)
  t.equal(new Set(reader.messages.map(({ lastId }) => lastId)).size, CASES * EVENTS_OF_EACH)
  reader.close()
  const ended = await until(
    () => records(gateway, { requestId: 'not-reading', kind: 'stream-ended' }),
    (list) => list.length > 0,
  )
  t.match(ended, [{ outcome: 'unread' }])
  t.ok(Number(ended[0]?.['counts']['events']) < CASES * EVENTS_OF_EACH, 'it was not given all that there is')
  socket.resume()
  await once(socket, 'close')
  t.ok(memory() - before < 80, `${Math.round(memory() - before)} MB more`)
})

t.test('an open stream costs little', async (t) => {
  const open = (): Promise<EventStream> => follow(gateway, '/v1/cases/events', { token: clerk })
  // What the first ones bring along belongs to no stream.
  for (const stream of await Promise.all(Array.from({ length: 20 }, open))) stream.close()
  await delay(2000)
  const before = memory()
  const streams = await Promise.all(Array.from({ length: STREAMS }, open))
  t.ok(streams.every(({ status }) => status === 200))
  await delay(2000)
  const kbEach = ((memory() - before) * 1024) / STREAMS
  t.comment(`${kbEach.toFixed(1)} kB for each of ${STREAMS} streams`)
  t.ok(kbEach < 150, `${kbEach.toFixed(1)} kB`)
  for (const stream of streams) stream.close()
  const noneLeft = async (): Promise<boolean> =>
    (await call(gateway, 'GET', '/metrics')).text.includes('\ngateway_case_streams_open 0\n')
  t.ok(await until(noneLeft, (isSo) => isSo))
})

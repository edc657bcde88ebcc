// Maintenance by the clock in Beijing, slow answers, and a second address.

import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { maintenanceEnd } from '../../src/cities/maintenance.ts'
import type { CityConfig } from '../../src/cities/config.ts'
import { cityConfig, json, message, open, serve, TAKEN } from './support/city.ts'

const caller = { share: 'caller' } as const

t.test('maintenance windows by Beijing time, over midnight and over the week', async (t) => {
  const at = (text: string): number => Date.parse(`${text}:00+08:00`)
  // 2026-11-22 is a Sunday.
  const nights = [{ days: [7], from: '23:30', until: '01:00' }]
  const rows: readonly (readonly [string, string | null])[] = [
    ['2026-11-22T23:29', null],
    ['2026-11-22T23:30', '2026-11-23T01:00'],
    ['2026-11-23T00:59', '2026-11-23T01:00'],
    ['2026-11-23T01:00', null],
    ['2026-11-23T23:45', null],
    ['2026-11-22T00:30', null],
  ]
  for (const [now, end] of rows) t.equal(maintenanceEnd(nights, at(now)), end === null ? null : at(end), now)
  const both = [...nights, { days: [1], from: '00:30', until: '02:00' }]
  t.equal(maintenanceEnd(both, at('2026-11-23T00:45')), at('2026-11-23T02:00'), 'the later end of two')
  t.equal(maintenanceEnd([], at('2026-11-22T12:00')), null)
})

t.test('answers that take too long count against a city, though their callers get them', async (t) => {
  const city = await serve(t, (_request, response) => void setTimeout(() => json(response, 201, TAKEN), 40))
  const breaker = { errorThresholdPercentage: 50, volumeThreshold: 4, rollingCountTimeoutMs: 60_000, slowCallMs: 20 }
  const { backend, view } = await open(t, [[cityConfig('slow', { breaker }), city.address]])
  for (let calls = 0; calls < 4; calls += 1) t.equal((await backend.deliver(message, caller)).sent, 'answered')
  t.match(view(), { state: 'open', reason: 'CITY_SLOW' })
  const quick = await open(t, [[cityConfig('quick', { breaker: { ...breaker, slowCallMs: 60_000 } }), city.address]])
  for (let calls = 0; calls < 6; calls += 1) await quick.backend.deliver(message, caller)
  t.equal(quick.view().state, 'closed')
})

t.test('where nobody can be reached at the first address, the second is tried, and kept to', async (t) => {
  const nobody = createServer()
  await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve))
  const { port } = nobody.address() as AddressInfo
  await new Promise((resolve) => nobody.close(resolve))
  let requests = 0
  const second = await serve(t, (_request, response) => {
    requests += 1
    json(response, 201, TAKEN)
  })
  const config = cityConfig('two')
  const [backend] = config.backends
  const both: CityConfig = { ...config, backends: [{ ...backend, secondAddress: second.address }] }
  const { backend: line, view } = await open(t, [[both, `http://127.0.0.1:${port}`]])
  for (let calls = 0; calls < 3; calls += 1) t.equal((await line.deliver(message, caller)).sent, 'answered')
  t.equal(requests, 3)
  t.equal(view().state, 'closed')

  const { backend: alone } = await open(t, [[cityConfig('one'), `http://127.0.0.1:${port}`]])
  t.match(await alone.deliver(message, caller), { sent: 'no', fault: { code: 'CITY_UNREACHABLE' } })
})

t.test('a message that may have arrived at the first address is not sent to the second', async (t) => {
  const first = await serve(t, (request) => void request.socket.resetAndDestroy())
  let requests = 0
  const second = await serve(t, (_request, response) => {
    requests += 1
    json(response, 201, TAKEN)
  })
  const config = cityConfig('two')
  const [backend] = config.backends
  const both: CityConfig = { ...config, backends: [{ ...backend, secondAddress: second.address }] }
  const { backend: line } = await open(t, [[both, first.address]])
  t.match(await line.deliver(message, caller), { sent: 'maybe', fault: { code: 'CITY_RESET' } })
  t.equal(requests, 0)
})

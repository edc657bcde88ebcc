// A city whose clock is off is named: by the Date header of its answers, or by what it says itself where a proxy has set that.

import t from 'tap'
import { cityConfig, ending, json, message, open, serve } from './support/city.ts'

const anshan = cityConfig(
  'anshan',
  {},
  { protocol: 'anshan', protocolOptions: { appId: 'KYTB-GATEWAY', areas: { shenyang: '210100' } } },
)

t.test('what a city says of its own clock counts for more than the header of its answer', async (t) => {
  const city = await serve(t, (_request, response) => {
    const server_time = new Date(Date.now() + 120_000).toUTCString()
    json(response, 401, {
      retcode: 40103,
      retmsg: '请求时间超出允许范围',
      data: { server_time, tolerance_seconds: '90' },
    })
  })
  const { backend, view } = await open(t, [[anshan, city.address]])
  t.equal(ending(await backend.deliver(message, { share: 'caller' })), 'no CITY_SIGNATURE_REFUSED')
  const skew = view().clockSkewMs ?? 0
  t.ok(skew > 100_000 && skew < 140_000, String(skew))
})

t.test('where it says nothing, the header tells', async (t) => {
  const city = await serve(t, (_request, response) => {
    response.setHeader('date', new Date(Date.now() - 60_000).toUTCString())
    json(response, 401, { retcode: 40103, retmsg: '请求时间超出允许范围', data: { server_time: 'soon' } })
  })
  const { backend, view } = await open(t, [[anshan, city.address]])
  await backend.deliver(message, { share: 'caller' })
  const skew = view().clockSkewMs ?? 0
  t.ok(skew < -40_000 && skew > -80_000, String(skew))
})

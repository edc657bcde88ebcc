// Asking for news takes none of the places of messages, and is not counted among them.

import t from 'tap'
import { cityConfig, ending, json, message, open, serve, until } from './support/city.ts'

t.test('a city that hangs when it is asked for news still takes messages', async (t) => {
  const anshan = { protocol: 'anshan', protocolOptions: { appId: 'KYTB-GATEWAY', areas: {} } } as const
  let breakOff = (): void => {}
  const city = await serve(t, (request, response) => {
    if (request.url?.startsWith('/kytb/v1/news') === true) {
      breakOff = () => void response.destroy()
      return
    }
    const data = { outer_no: message.reference, case_no: 'AS-20261122-000123', status: '10' }
    json(response, 200, { retcode: 0, retmsg: '成功', data })
  })
  const limits = { courierCalls: 1, courierQueue: 0, deadlineMs: 20_000 }
  const { backend, view } = await open(t, [[cityConfig('a', { limits }, anshan), city.address]])
  const { news } = backend
  if (news?.kind !== 'poll') return t.fail('this city is asked')

  const asked = news.fetch(null, 10)
  await until(() => city.requests.length === 1)
  t.equal(view().inFlight, 0, 'no message is on its way')
  t.strictSame(await news.fetch(null, 10), { kind: 'failed', faultCode: 'CITY_BUSY' }, 'one at a time')
  t.equal(ending(await backend.deliver(message, { share: 'courier' })), 'answered')
  t.match(view(), { inFlight: 0, queued: 0 })
  t.equal(city.requests.length, 2)
  breakOff()
  t.strictSame(await asked, { kind: 'failed', faultCode: 'CITY_RESET' })
})

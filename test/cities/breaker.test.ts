// When a line opens and closes, and that a sick or crowded city takes its own share and no more.

import type { ServerResponse } from 'node:http'
import t from 'tap'
import type { Test } from 'tap'
import { cityConfig, deadAddress, ending, json, message, open, serve, TAKEN, until } from './support/city.ts'

const caller = { share: 'caller' } as const
const courier = { share: 'courier' } as const
const quick = { errorThresholdPercentage: 50, volumeThreshold: 4, rollingCountTimeoutMs: 600, resetTimeoutMs: 700 }

/** A city whose health and answers a test sets while it runs. */
async function moody(t: Test, limits: Parameters<typeof cityConfig>[1] = {}) {
  const mood = {
    health: (response: ServerResponse): void => json(response, 200, { status: 'ok' }),
    answer: (response: ServerResponse): void => json(response, 201, TAKEN),
  }
  const city = await serve(t, (request, response) => {
    if (request.url === '/v1/health') mood.health(response)
    else mood.answer(response)
  })
  const opened = await open(t, [[cityConfig('a', { breaker: quick, ...limits }), city.address]])
  const messages = (): number => city.requests.filter(({ path }) => path !== '/v1/health').length
  const probes = (): number => city.requests.length - messages()
  return { ...opened, city, mood, messages, probes }
}

const fail = (response: ServerResponse): void => json(response, 500, { error: { code: 'INTERNAL', message: '' } })
const reset = (response: ServerResponse): void => void response.socket?.resetAndDestroy()

t.test('a line opens when more than the given share of enough calls has failed', async (t) => {
  const { backend, mood, view, states } = await moody(t)
  await backend.deliver(message, caller)
  await backend.deliver(message, caller)
  mood.answer = fail
  await backend.deliver(message, caller)
  await backend.deliver(message, caller)
  t.equal(view().state, 'closed', 'two of four are exactly half, which is not more')
  await backend.deliver(message, caller)
  t.equal(view().state, 'open')
  t.match(states, [{ city: 'a', backend: 'main', state: 'open', reason: 'CITY_ERROR' }])
  t.equal(backend.isOpenForCalls(), false)
})

t.test('too few calls do not open it, however they end', async (t) => {
  const { backend, mood, view } = await moody(t)
  mood.answer = reset
  for (let call = 0; call < 3; call++) t.equal(ending(await backend.deliver(message, caller)), 'maybe CITY_RESET')
  t.equal(view().state, 'closed')
})

t.test('an open line sends nothing and says when to come again', async (t) => {
  const { backend, mood, view, messages } = await moody(t, { breaker: { ...quick, resetTimeoutMs: 60_000 } })
  mood.answer = fail
  for (let call = 0; call < 4; call++) await backend.deliver(message, caller)
  const before = messages()
  const outcome = await backend.deliver(message, caller)
  t.equal(ending(outcome), 'no CITY_LINE_OPEN')
  t.match(outcome, { fault: { details: { city: 'a' } } })
  const retryAfterMs = outcome.sent === 'answered' ? undefined : outcome.fault.details.retryAfterMs
  t.ok(retryAfterMs !== undefined && retryAfterMs > 55_000 && retryAfterMs <= 60_000)
  t.equal(messages(), before)
  const { nextProbeAt, reason, counts } = view()
  t.ok(nextProbeAt !== null && nextProbeAt > Date.now() + 55_000)
  t.equal(reason, 'CITY_ERROR')
  t.match(counts, { answered: 0, maybeSent: 4, notSent: 1, opened: 1 })
})

t.test('an unreachable city opens its line, and a dead health address keeps it open', async (t) => {
  const { backend, view, states, calls } = await open(t, [[cityConfig('a', { breaker: quick }), await deadAddress()]])
  for (let call = 0; call < 4; call++) await backend.deliver(message, caller)
  t.equal(view().state, 'open')
  await until(() => states.length >= 3)
  t.same(
    states.map(({ state }) => state),
    ['open', 'half-open', 'open'],
  )
  t.match(calls.at(-1), { call: 'health', sent: 'no', code: 'CITY_UNREACHABLE' })
})

t.test('a half-open line asks by the health call only, and closes when the city is well', async (t) => {
  const { backend, mood, view, messages, probes, states } = await moody(t)
  let probed: ServerResponse | undefined
  mood.answer = fail
  mood.health = (response) => {
    probed = response
  }
  for (let call = 0; call < 4; call++) await backend.deliver(message, caller)
  mood.answer = (response) => json(response, 201, TAKEN)
  t.equal(backend.closedSince(), 0)
  await until(() => probed !== undefined)
  t.equal(view().state, 'half-open')
  t.equal(ending(await backend.deliver(message, caller)), 'no CITY_LINE_OPEN')
  t.equal(messages(), 4)
  t.equal(probes(), 1)
  if (probed !== undefined) json(probed, 200, { status: 'ok' })
  await until(() => view().state === 'closed')
  t.ok(backend.closedSince() > Date.now() - 1000)
  t.equal(ending(await backend.deliver(message, caller)), 'answered')
  t.same(
    states.map(({ state }) => state),
    ['open', 'half-open', 'closed'],
  )
})

t.test('a health call that hangs ends at its own deadline, and the line asks again', async (t) => {
  const { backend, mood, probes, calls, states } = await moody(t)
  mood.answer = fail
  mood.health = () => undefined
  for (let call = 0; call < 4; call++) await backend.deliver(message, caller)
  await until(() => probes() === 2)
  t.match(
    calls.filter(({ call }) => call === 'health'),
    [{ code: 'CITY_TIMEOUT' }],
  )
  t.match(states, [{ state: 'open' }, { state: 'half-open' }, { state: 'open' }, { state: 'half-open' }])
})

t.test('a city that refuses our key is well: its line closes, and callers hear about the key', async (t) => {
  const { backend, mood, view } = await moody(t)
  mood.answer = fail
  for (let call = 0; call < 4; call++) await backend.deliver(message, caller)
  t.equal(view().state, 'open')
  mood.health = (response) => json(response, 401, { error: { code: 'UNAUTHORIZED', message: '' } })
  mood.answer = mood.health
  await until(() => view().state === 'closed')
  t.equal(ending(await backend.deliver(message, caller)), 'no CITY_CERTIFICATE_REFUSED')
})

t.test('a line that has just closed is not judged by old failures', async (t) => {
  const { backend, mood, view } = await moody(t)
  mood.answer = fail
  for (let call = 0; call < 4; call++) await backend.deliver(message, caller)
  await until(() => view().state === 'closed')
  for (let call = 0; call < 2; call++) await backend.deliver(message, caller)
  t.equal(view().state, 'closed')
})

t.test('calls from before the opening that end late neither close nor open anything', async (t) => {
  const { backend, mood, view, messages, states } = await moody(t, { limits: { deadlineMs: 60_000 } })
  const late: ServerResponse[] = []
  mood.answer = (response) => late.push(response)
  mood.health = () => undefined
  const begun = Array.from({ length: 6 }, () => backend.deliver(message, caller))
  await until(() => late.length === 6)
  mood.answer = fail
  while (view().state === 'closed') await backend.query(message, caller)
  t.equal(messages(), 10)
  await until(() => view().state === 'half-open')
  for (const response of late.slice(0, 3)) json(response, 201, TAKEN)
  t.same((await Promise.all(begun.slice(0, 3))).map(ending), ['answered', 'answered', 'answered'])
  t.equal(view().state, 'half-open', 'an answer to an old call is no sign of health now')
  mood.health = (response) => json(response, 200, { status: 'ok' })
  await until(() => view().state === 'closed')
  for (const response of late.slice(3)) fail(response)
  await Promise.all(begun)
  t.equal(view().state, 'closed', 'nor is the failure of an old call one of sickness')
  t.equal(states.at(-1)?.state, 'closed')
})

t.test('refusals do not count against a city', async (t) => {
  const { backend, mood, view } = await moody(t)
  const refusals: [string, (response: ServerResponse) => void][] = [
    ['answered', (response) => json(response, 422, { reasons: [{ code: 'NOT_COMPETENT', message: '' }] })],
    [
      'no CITY_CERTIFICATE_REFUSED',
      (response) => json(response, 401, { error: { code: 'UNAUTHORIZED', message: '' } }),
    ],
    ['no CITY_MESSAGE_REFUSED', (response) => json(response, 400, { error: { code: 'MALFORMED', message: '' } })],
  ]
  for (const [end, refusal] of refusals) {
    mood.answer = refusal
    for (let call = 0; call < 4; call++) t.equal(ending(await backend.deliver(message, caller)), end)
  }
  t.equal(view().state, 'closed')
})

t.test('calls given up by their callers count neither way', async (t) => {
  const { backend, mood, view, messages } = await moody(t)
  mood.answer = () => undefined
  const gone = new AbortController()
  const given = Array.from({ length: 6 }, () => backend.query(message, { ...caller, signal: gone.signal }))
  await until(() => messages() === 6)
  gone.abort()
  t.ok((await Promise.all(given)).every((outcome) => ending(outcome) === 'maybe CALLER_GONE'))
  t.equal(view().state, 'closed')
  mood.answer = fail
  for (let call = 0; call < 4; call++) await backend.deliver(message, caller)
  t.equal(view().state, 'open', 'six that did not count do not hide four that failed')
})

t.test('a full bulkhead refuses at once, sends nothing, and says nothing about the city', async (t) => {
  const limits = { callerCalls: 2, callerQueue: 1, deadlineMs: 60_000 }
  const { backend, mood, messages, view } = await moody(t, { limits })
  const held: ServerResponse[] = []
  mood.answer = (response) => held.push(response)
  const running = [backend.deliver(message, caller), backend.deliver(message, caller)]
  const waiting = backend.deliver(message, caller)
  await until(() => held.length === 2)
  t.match(view(), { inFlight: 2, queued: 1 })
  for (let call = 0; call < 10; call++) t.equal(ending(await backend.deliver(message, caller)), 'no CITY_BUSY')
  t.equal(messages(), 2)
  t.equal(view().state, 'closed')
  mood.answer = (response) => json(response, 201, TAKEN)
  for (const response of held) json(response, 201, TAKEN)
  t.same((await Promise.all([...running, waiting])).map(ending), ['answered', 'answered', 'answered'])
  t.match(view(), { inFlight: 0, queued: 0 })
})

t.test('a call that waited while the line opened is not sent', async (t) => {
  const limits = { callerCalls: 4, deadlineMs: 1000 }
  const { backend, mood, messages, view } = await moody(t, {
    limits,
    breaker: { ...quick, volumeThreshold: 1, resetTimeoutMs: 60_000 },
  })
  mood.answer = () => undefined
  const hanging = Array.from({ length: 4 }, () => backend.deliver(message, caller))
  await until(() => messages() === 4)
  const waiting = backend.deliver(message, caller)
  await Promise.all(hanging)
  t.equal(view().state, 'open')
  t.match(ending(await waiting), /^no CITY_(LINE_OPEN|BUSY)$/)
  t.equal(messages(), 4)
})

t.test('callers and the courier cannot take each other’s share', async (t) => {
  const limits = { callerCalls: 2, callerQueue: 0, courierCalls: 1, courierQueue: 0, deadlineMs: 10_000 }
  const { backend, mood } = await moody(t, { limits })
  const held: ServerResponse[] = []
  mood.answer = (response) => held.push(response)
  const running = [backend.deliver(message, courier)]
  t.equal(ending(await backend.deliver(message, courier)), 'no CITY_BUSY')
  running.push(backend.deliver(message, caller), backend.deliver(message, caller))
  t.equal(ending(await backend.deliver(message, caller)), 'no CITY_BUSY')
  await until(() => held.length === 3)
  for (const response of held) json(response, 201, TAKEN)
  t.same((await Promise.all(running)).map(ending), ['answered', 'answered', 'answered'])
})

t.test('a city that hangs does not slow another down', async (t) => {
  const sick = await serve(t, () => undefined)
  const well = await serve(t, (_request, response) => json(response, 201, TAKEN))
  const limits = { callerCalls: 2, callerQueue: 2, deadlineMs: 60_000 }
  const { cities } = await open(t, [
    [cityConfig('sick', { limits }), sick.address],
    [cityConfig('well', { limits }), well.address],
  ])
  const gone = new AbortController()
  let ended = 0
  const hanging = Array.from({ length: 4 }, async () => {
    const outcome = await cities.backend('sick', message.item).deliver(message, { ...caller, signal: gone.signal })
    ended += 1
    return outcome
  })
  for (let call = 0; call < 20; call++) {
    t.equal(ending(await cities.backend('well', message.item).deliver(message, caller)), 'answered')
  }
  t.equal(ended, 0, 'all of them hang still')
  gone.abort()
  t.ok((await Promise.all(hanging)).every(({ sent }) => sent !== 'answered'))
  t.throws(() => cities.backend('dalian', message.item), { code: 'CITY_UNKNOWN' })
})

t.test('closing takes no new calls and lets those on their way end', async (t) => {
  const { backend, mood, cities, messages } = await moody(t)
  let held: ServerResponse | undefined
  mood.answer = (response) => {
    held = response
  }
  const running = backend.deliver(message, caller)
  await until(() => held !== undefined)
  const closed = cities[Symbol.asyncDispose]()
  t.equal(ending(await backend.deliver(message, caller)), 'no DRAINING')
  t.equal(backend.isOpenForCalls(), false)
  if (held !== undefined) json(held, 201, TAKEN)
  t.equal(ending(await running), 'answered')
  await closed
  t.equal(messages(), 1)
})

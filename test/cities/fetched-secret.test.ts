// A city that hands out its signing secret encrypted and for a time: fetched once for all, renewed before its end, and anew
// when the city refuses it.

import { createCipheriv, createHash, createHmac } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import t from 'tap'
import type { Test } from 'tap'
import { cityConfig, ending, json, KEY, message, open, REFERENCE, serve, until } from './support/city.ts'

const caller = { share: 'caller' } as const
const LASTS_MS = 600_000

/** A city by docs/wire/shenyang.md that checks each signature by itself. `mood` changes what it does. */
async function shenyang(t: Test, renewBeforeMs = 60_000) {
  const secrets = new Set<string>()
  const mood = {
    lastsMs: LASTS_MS,
    secret: (response: ServerResponse): void => handOut(response),
    /** The code that a call is answered with, in place of what it would have got. */
    refuse: (_request: IncomingMessage): string | null => null,
  }

  function handOut(response: ServerResponse): void {
    const secret = `secret-number-${secrets.size + 1}`.padEnd(43, 'x')
    secrets.add(secret)
    const iv = Buffer.alloc(16, secrets.size)
    const cipher = createCipheriv('aes-256-cbc', createHash('sha256').update(KEY).digest(), iv)
    json(response, 200, {
      code: '0000',
      msg: '成功',
      data: {
        secret: Buffer.concat([cipher.update(secret), cipher.final()]).toString('base64'),
        iv: iv.toString('base64'),
        secretEndTime: Date.now() + mood.lastsMs,
      },
    })
  }

  function signedBy(request: IncomingMessage, body: string): string | undefined {
    const { gjgxjhpt_sid: sid, gjgxjhpt_rid: rid, gjgxjhpt_rtime: rtime, gjgxjhpt_sign: sign } = request.headers
    const text = [sid, rid, rtime, createHash('sha256').update(body).digest('hex')].join('\n')
    return [KEY, ...secrets].find((key) => createHmac('sha256', key).update(text).digest('base64') === sign)
  }

  const signers: string[] = []
  const city = await serve(t, (request, response, body) => {
    const signer = signedBy(request, body)
    if (request.url === '/gjgxjhpt/secret') {
      if (signer === KEY) mood.secret(response)
      else json(response, 200, { code: '4010', msg: '签名错误', data: null })
      return
    }
    const code = mood.refuse(request) ?? (signer === undefined || signer === KEY ? '4010' : null)
    if (code !== null) json(response, 200, { code, msg: '', data: null })
    else {
      signers.push(signer ?? '')
      if (request.url === '/gjgxjhpt/health') json(response, 200, { code: '0000', msg: '成功', data: { status: 'UP' } })
      else {
        const data = { project_no: REFERENCE, accept_no: '210100-2026-000123', status: '1' }
        json(response, 200, { code: '0000', msg: '成功', data })
      }
    }
  })
  const areas = { shenyang: '210100' }
  const config = cityConfig(
    'shenyang',
    { breaker: { volumeThreshold: 4, rollingCountTimeoutMs: 1000, resetTimeoutMs: 1000 } },
    { protocol: 'shenyang', protocolOptions: { rid: 'KYTB-GATEWAY', cityRid: 'SY-210100', renewBeforeMs, areas } },
  )
  const opened = await open(t, [[config, city.address]])
  const count = (path: string): number => city.requests.filter((request) => request.path === `/gjgxjhpt/${path}`).length
  return { ...opened, mood, secrets, signers, count }
}

t.test('many first calls fetch one secret, and each is signed with it', async (t) => {
  const { backend, count, signers, secrets } = await shenyang(t)
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => backend.deliver(message, caller)))
  t.ok(outcomes.every(({ sent }) => sent === 'answered'))
  t.equal(count('secret'), 1)
  t.same(new Set(signers), secrets)
  t.match(outcomes[0], { answer: { kind: 'taken', backendCaseNo: '210100-2026-000123', state: 'pre-accepted' } })
})

t.test('a secret near its end is renewed while the old one still signs', async (t) => {
  const { backend, mood, count, signers, secrets } = await shenyang(t)
  mood.lastsMs = 30_000
  await backend.deliver(message, caller)
  mood.lastsMs = LASTS_MS
  await backend.deliver(message, caller)
  const [first] = secrets
  t.same(signers, [first, first], 'nobody waits for the new one')
  await until(() => count('secret') === 2)
  for (let tries = 0; tries < 50 && signers.at(-1) === first; tries++) await backend.deliver(message, caller)
  t.equal(signers.at(-1), [...secrets][1])
  t.equal(count('secret'), 2)
})

t.test('a secret that the city calls expired is fetched anew, and the call signed again', async (t) => {
  const { backend, mood, count } = await shenyang(t)
  await backend.deliver(message, caller)
  let refusals = 0
  mood.refuse = () => (refusals++ === 0 ? '4012' : null)
  t.equal(ending(await backend.deliver(message, caller)), 'answered')
  t.equal(count('secret'), 2)
  t.equal(count('apply'), 3)
})

t.test('a city that forgot its secrets, over a restart say, is asked for a new one', async (t) => {
  const { backend, secrets, count } = await shenyang(t)
  await backend.deliver(message, caller)
  secrets.clear()
  t.equal(ending(await backend.deliver(message, caller)), 'answered')
  t.equal(count('secret'), 2)
})

t.test('a signature that stays refused is refused after the second try, with nothing done', async (t) => {
  const { backend, mood, count, view } = await shenyang(t)
  mood.refuse = () => '4010'
  for (let call = 0; call < 6; call++) {
    t.equal(ending(await backend.deliver(message, caller)), 'no CITY_SIGNATURE_REFUSED')
  }
  t.equal(count('apply'), 12)
  t.equal(view().state, 'closed')
  mood.refuse = () => '4011'
  t.equal(ending(await backend.deliver(message, caller)), 'no CITY_SIGNATURE_REFUSED')
  t.equal(count('apply'), 13, 'a clock that is off is not mended by another secret')
})

function foreignSecret(): unknown {
  const garbage = Buffer.alloc(48, 7).toString('base64')
  const data = { secret: garbage, iv: Buffer.alloc(16).toString('base64'), secretEndTime: Date.now() + LASTS_MS }
  return { code: '0000', msg: '成功', data }
}

t.test('without a secret nothing of a message is sent', async (t) => {
  const fetches: [string, (response: ServerResponse) => void, string][] = [
    ['an error', (response) => json(response, 500, {}), 'no CITY_ERROR'],
    ['a secret for another key', (response) => json(response, 200, foreignSecret()), 'no CITY_GARBLED'],
    [
      'a refusal',
      (response) => json(response, 200, { code: '4013', msg: '', data: null }),
      'no CITY_SIGNATURE_REFUSED',
    ],
    ['a reset', (response) => void response.socket?.resetAndDestroy(), 'no CITY_RESET'],
    ['a hang', () => undefined, 'no CITY_TIMEOUT'],
  ]
  for (const [name, secret, end] of fetches) {
    const { backend, mood, count } = await shenyang(t)
    mood.secret = secret
    t.equal(ending(await backend.deliver(message, caller)), end, name)
    t.equal(count('apply'), 0)
  }
})

t.test('a failed fetch counts once, however many calls waited for it', async (t) => {
  const { backend, mood, count, view, calls } = await shenyang(t)
  mood.secret = (response) => json(response, 500, {})
  await Promise.all(Array.from({ length: 8 }, () => backend.deliver(message, caller)))
  t.equal(count('secret'), 1)
  t.equal(view().state, 'closed')
  t.equal(calls.filter(({ call }) => call === 'secret').length, 1)
  for (let call = 0; call < 3; call++) await backend.deliver(message, caller)
  t.equal(view().state, 'open', 'but each fetch does count')
})

t.test('the health call of a half-open line renews the secret like any other call', async (t) => {
  const { backend, mood, secrets, view } = await shenyang(t)
  await backend.deliver(message, caller)
  mood.refuse = () => '5000'
  for (let call = 0; call < 6 && view().state === 'closed'; call++) await backend.deliver(message, caller)
  t.equal(view().state, 'open')
  secrets.clear()
  mood.refuse = () => null
  await until(() => view().state === 'closed')
  t.equal(ending(await backend.deliver(message, caller)), 'answered')
})

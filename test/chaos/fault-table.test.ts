// Each write and each read of the store fails once, before and after it was carried out: what the caller is told then, what
// its city got, and what the log holds.

import t, { type Test } from 'tap'
import {
  ask,
  file,
  makeSick,
  receivedBy,
  sample,
  startGateway,
  until,
  type Answer,
  type Json,
} from '../gateway/harness.ts'
import { readLog, recorded, wrongWith, type Acknowledged } from './evidence.ts'
import { planNext, struckCase } from './plan.ts'

const ITEM = 'mi-remote-care-filing'
const QUERY = 'ss-personal-rights-record'
const STEPS = ['--import', new URL('./steps.ts', import.meta.url).href]

const gateway = await startGateway(t, {}, [], STEPS)
const acknowledged: Acknowledged[] = []
/** Cases of which an outcome could not be written. */
const cutOff = new Set<string>()

/** Lets one step fail while `request` is at work, and gives the answer. */
async function failAt(t: Test, step: string, request: () => Promise<Answer>): Promise<Answer> {
  planNext(gateway.dataDir, { step, doing: 'throw' })
  const answer = await request()
  const struck = await until(
    async () => struckCase(gateway.dataDir),
    (caseNo) => caseNo !== null,
  )
  t.not(struck, null, `${step} was reached`)
  return answer
}

const NOT_KEPT = /没有保存|not kept/i
const ownUnavailable = { status: 503, body: { code: 'STORE_UNAVAILABLE', source: 'gateway' } }

t.test('an application', async (t) => {
  const rows = [
    { step: 'accept:before', status: 503, says: NOT_KEPT, again: 201, taken: 0 },
    { step: 'accept:after', status: 503, says: /可能已经保存|may have been kept/i, again: 202, taken: 0 },
    { step: 'caller settles:before', status: 202, says: null, again: 202, taken: 1 },
    { step: 'caller settles:after', status: 202, says: null, again: 201, taken: 1 },
  ] as const
  const cities = ['fushun', 'anshan', 'fuxin', 'liaoyang']
  const repeats: ((t: Test) => Promise<void>)[] = []
  for (const [index, { step, status, says, again: expected, taken }] of rows.entries()) {
    const city = cities[index] ?? ''
    await t.test(`whose ${step} fails is answered ${status}, and its city had it ${taken} times`, async (t) => {
      const repeatable = { body: sample(ITEM, city), headers: { 'idempotency-key': crypto.randomUUID() } }
      const answer = await failAt(t, step, () => file(gateway, ITEM, city, repeatable))
      if (says === null) t.match(answer, { status: 202, body: { delivery: 'sending', caseNo: String } }, answer.text)
      else t.match(answer, { ...ownUnavailable, body: { ...ownUnavailable.body, detail: says } }, answer.text)
      t.equal((await receivedBy(gateway, city)).length, taken)
      if (step === 'accept:after' || step === 'caller settles:before') cutOff.add(struckCase(gateway.dataDir) ?? '')
      repeats.push(async (t) => {
        const again = await until(
          () => file(gateway, ITEM, city, repeatable),
          ({ status: now }) => now !== 409,
        )
        t.equal(again.status, expected, `${step}: ${again.text}`)
        if (status === 202) t.equal(again.body['caseNo'], answer.body['caseNo'], step)
        acknowledged.push({ caseNo: again.body['caseNo'], city })
      })
    })
  }

  for (const [step, city] of [
    ['findRepeat:before', 'shenfu'],
    ['findRepeat:after', 'shenyang'],
  ] as const) {
    await t.test(`that is refused while ${step} fails is a 503, since it may have been accepted before`, async (t) => {
      const body = { ...sample(ITEM, city), handlingMode: 'none-of-these' }
      const refusable = { body, headers: { 'idempotency-key': crypto.randomUUID() } }
      const answer = await failAt(t, step, () => file(gateway, ITEM, city, refusable))
      t.match(answer, { ...ownUnavailable, body: { ...ownUnavailable.body, detail: NOT_KEPT } }, answer.text)
      t.match(await file(gateway, ITEM, city, refusable), { status: 422, body: { code: 'FORM_INVALID' } })
      t.equal((await receivedBy(gateway, city)).length, 0)
    })
  }

  for (const step of ['append request-answered:before', 'append request-answered:after']) {
    await t.test(`whose caller will not wait and whose ${step} fails has its 202 all the same`, async (t) => {
      await makeSick(gateway, 'benxi', 'hang-after')
      const headers = { prefer: 'wait=0', 'idempotency-key': crypto.randomUUID() }
      const answer = await failAt(t, step, () => file(gateway, ITEM, 'benxi', { headers }))
      await makeSick(gateway, 'benxi', 'off')
      t.match(answer, { status: 202, body: { delivery: 'sending' } })
      acknowledged.push({ caseNo: answer.body['caseNo'], city: 'benxi' })
    })
  }

  await t.test('repeated with its key is filed once, whatever had failed', async (t) => {
    await Promise.all(repeats.map((repeat) => repeat(t)))
  })

  for (const step of ['findCase:before', 'append request-answered:before', 'append request-answered:after']) {
    await t.test(`repeated while ${step} fails is a 503, and the next repetition is answered`, async (t) => {
      const repeatable = { body: sample(ITEM, 'shenfu'), headers: { 'idempotency-key': crypto.randomUUID() } }
      const first = await file(gateway, ITEM, 'shenfu', repeatable)
      const failed = await failAt(t, step, () => file(gateway, ITEM, 'shenfu', repeatable))
      t.match(failed, ownUnavailable)
      const again = await file(gateway, ITEM, 'shenfu', repeatable)
      t.equal(again.text, first.text)
      acknowledged.push({ caseNo: first.body['caseNo'], city: 'shenfu' })
    })
  }
})

t.test('the courier', async (t) => {
  for (const [step, before] of [
    ['claim:before', 'refuse-connect'],
    ['claim:after', 'refuse-connect'],
    ['courier settles:before', 'refuse-connect'],
    ['courier settles:after', 'refuse-connect'],
    ['courier settles:before', 'hang-after'],
  ] as const) {
    await t.test(`whose ${step} fails (${before}) goes on, and delivers once`, async (t) => {
      await makeSick(gateway, 'tieling', before)
      const first = await file(gateway, ITEM, 'tieling')
      t.equal(first.status, 202)
      acknowledged.push({ caseNo: first.body['caseNo'], city: 'tieling' })
      await makeSick(gateway, 'tieling', 'off')
      await failAt(t, step, async () => first)
      if (step === 'claim:after' || step === 'courier settles:before') cutOff.add(struckCase(gateway.dataDir) ?? '')
    })
  }
})

t.test('a query', async (t) => {
  for (const { step, says, kinds } of [
    { step: 'append forwarded:before', says: /nothing was sent/i, kinds: ['request-refused'] },
    { step: 'append forwarded:after', says: /nothing was sent/i, kinds: ['forwarded', 'request-refused'] },
    { step: 'append city-answered:before', says: /without a record/i, kinds: ['forwarded', 'request-refused'] },
    {
      step: 'append city-answered:after',
      says: /without a record/i,
      kinds: ['forwarded', 'city-answered', 'request-refused'],
    },
  ]) {
    await t.test(`whose ${step} fails is a 503 without the city’s answer`, async (t) => {
      const headers = { 'accept-language': 'en' }
      const answer = await failAt(t, step, () => ask(gateway, QUERY, 'liaoyang', { headers }))
      t.match(answer, { ...ownUnavailable, body: { ...ownUnavailable.body, detail: says } }, answer.text)
      const { all } = await readLog(gateway)
      const own = all.filter(({ requestId }) => requestId === answer.headers.get('x-request-id'))
      t.strictSame(
        own.map(({ kind }: Json) => kind),
        kinds,
      )
      t.match(own.at(-1), { status: 503, faultCode: 'STORE_UNAVAILABLE', source: 'gateway' })
      t.equal((await ask(gateway, QUERY, 'liaoyang')).status, 200, 'the next one is answered')
    })
  }
})

t.test('after all these failures every acknowledged case is there and took effect once', async (t) => {
  t.strictSame((await Promise.all(acknowledged.map((one) => wrongWith(gateway, one)))).flat(), [])
  t.equal(new Set(acknowledged.map(({ caseNo }) => caseNo)).size, acknowledged.length)
  const log = await readLog(gateway)
  recorded(t, log, acknowledged)
  const found = log.findings.map(({ caseNo }) => caseNo ?? 'a query')
  const missing = [...cutOff].filter((caseNo) => !found.includes(caseNo))
  t.strictSame(missing, [], 'each outcome that could not be written shows as an intent without one')
  t.equal(found.filter((name) => name === 'a query').length, 2)
})

// The two paths, through the whole gateway: each end that a query or an application can have, and its evidence.

import t, { type Test } from 'tap'
import { advanceCase } from '../../src/sandbox/control.ts'
import {
  ask,
  call,
  catalogue,
  cities,
  file,
  makeSick,
  receivedBy,
  records,
  sample,
  startGateway,
  tokenOf,
  until,
} from './harness.ts'

t.test('a query', async (t) => {
  const gateway = await startGateway(t)

  await t.test(
    'that finds something answers 200 with what the item’s answer schema allows, and leaves intent and outcome',
    async (t) => {
      for (const city of ['shenfu', 'shenyang', 'fushun', 'tieling']) {
        const answer = await ask(gateway, 'hf-account-loan-query', city)
        t.equal(answer.status, 200, `${city}: ${answer.text}`)
        t.match(answer.body, { item: 'hf-account-loan-query', city, found: true })
        t.doesNotThrow(() =>
          catalogue.checkAnswer(catalogue.find('hf-account-loan-query'), city, answer.body['result']),
        )

        const requestId = answer.headers.get('x-request-id') ?? ''
        const [intent, outcome, ...more] = await records(gateway, { requestId })
        t.strictSame(more, [])
        t.match(intent, { kind: 'forwarded', call: 'query', city, outcome: 'sending', item: 'hf-account-loan-query' })
        t.match(outcome, { kind: 'city-answered', intent: intent?.['id'], outcome: 'found', status: 200 })
        t.equal(outcome?.['id'], answer.headers.get('audit-record'))
        t.match(intent?.['routeRule'], /^fund-account-place \/form\/fundCentre=\d{4}$/)
      }
    },
  )

  await t.test('that finds nothing is a 200 that says so', async (t) => {
    const body = sample('ss-personal-rights-record', 'fushun')
    const stranger = { ...body, applicant: { ...body.applicant, name: '李娜', certNo: '110105194912310029' } }
    const checked = { ...stranger, applicant: { ...stranger.applicant, certNo: '440524188001010014' } }
    const answer = await ask(gateway, 'ss-personal-rights-record', 'fushun', { body: checked })
    t.equal(answer.status, 200, answer.text)
    t.match(answer.body, { city: 'fushun', found: false })
    t.notOk('result' in answer.body)
  })

  await t.test('to a city that is down is a 503 whose source is the city, recorded as not sent', async (t) => {
    await makeSick(gateway, 'anshan', 'refuse-connect')
    const answer = await ask(gateway, 'ss-personal-rights-record', 'anshan')
    t.equal(answer.status, 503)
    t.match(answer.body, { source: 'city', code: /^CITY_(UNREACHABLE|LINE_OPEN)$/ })
    const found = await records(gateway, { requestId: answer.headers.get('x-request-id') ?? '' })
    t.match(found[1], { kind: 'city-answered', outcome: 'not-sent', faultCode: answer.body['code'], source: 'city' })
    await makeSick(gateway, 'anshan', 'off')
  })

  await t.test('to a city that answers with rubbish or an error is a 502 whose source is the city', async (t) => {
    for (const [fault, code] of [
      ['garbage', 'CITY_GARBLED'],
      ['error-500', 'CITY_ERROR'],
    ] as const) {
      await makeSick(gateway, 'tieling', fault)
      const answer = await ask(gateway, 'ss-personal-rights-record', 'tieling')
      t.match(answer, { status: 502, body: { source: 'city', code } })
    }
    await makeSick(gateway, 'tieling', 'off')
  })

  await t.test('that leads to no city is told every other mistake too, the routing field first', async (t) => {
    const { form, purpose: _, ...body } = sample('ss-personal-rights-record', 'fushun')
    const { insuredDivision: __, ...rest } = form
    const wrong = { ...body, applicant: { ...body.applicant, mobile: '123' }, form: rest }
    const answer = await ask(gateway, 'ss-personal-rights-record', 'fushun', { body: wrong })
    t.match(answer, { status: 422, body: { code: 'ROUTING_UNDECIDED', source: 'caller' } })
    const pointers = answer.body['errors'].map((error: { pointer: string }) => error.pointer)
    t.strictSame(pointers, ['/form/insuredDivision', '/purpose', '/applicant/mobile'])
  })

  await t.test(
    'is refused by us with every mistake at once, in the caller’s language, and nothing is sent',
    async (t) => {
      const body = sample('ss-personal-rights-record', 'fushun')
      const wrong = {
        ...body,
        applicant: { ...body.applicant, certNo: '210102199003070012', mobile: '123' },
        surprise: 1,
      }
      for (const language of ['zh', 'en']) {
        const answer = await ask(gateway, 'ss-personal-rights-record', 'fushun', {
          body: wrong,
          headers: { 'accept-language': language },
        })
        t.match(answer, { status: 422, body: { code: 'FORM_INVALID', source: 'caller' } })
        const pointers = answer.body['errors'].map((error: { pointer: string }) => error.pointer)
        t.same(new Set(pointers), new Set(['/applicant/certNo', '/applicant/mobile', '/surprise']))
        const messages = answer.body['errors'].map((error: { message: string }) => error.message).join('')
        t.equal(/[\u4e00-\u9fff]/.test(messages), language === 'zh', messages)
        const found = await records(gateway, { requestId: answer.headers.get('x-request-id') ?? '' })
        t.match(found, [{ kind: 'request-refused', faultCode: 'FORM_INVALID', status: 422 }])
      }
    },
  )
})

t.test('an application', async (t) => {
  // What cities tell afterwards has tests of its own: here nobody is asked.
  const gateway = await startGateway(t, {}, [[/pollMs: \d+/, 'pollMs: 3600000']])

  await t.test(
    'to a well city is a 201 with the city’s number, received there once, recorded before the answer',
    async (t) => {
      for (const city of cities.map(({ key }) => key)) {
        const answer = await file(gateway, 'mi-remote-care-filing', city)
        t.equal(answer.status, 201, `${city}: ${answer.text}`)
        const { caseNo } = answer.body
        t.equal(answer.headers.get('location'), `/v1/cases/${caseNo}`)
        t.match(answer.body, {
          competentCity: city,
          collectingCity: 'shenyang',
          delivery: 'delivered',
          // Tieling has only queued it, and gives its number later.
          state: city === 'tieling' ? 'collected' : 'pre-accepted',
        })
        const there = await receivedBy(gateway, city, caseNo)
        t.equal(there.length, 1)
        t.equal(answer.body['legs'][0].backendCaseNo, city === 'tieling' ? null : there[0]?.backendCaseNo)

        const [intent, outcome, ...more] = await records(gateway, { caseNo })
        t.strictSame(more, [])
        t.match(intent, { kind: 'forwarded', call: 'deliver', outcome: 'sending', city })
        t.match(outcome, { kind: 'city-answered', intent: intent?.['id'], outcome: 'delivered', status: 201 })
        t.equal(intent?.['id'], answer.headers.get('audit-record'))

        const shown = await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: tokenOf(gateway, 'clerk') })
        // The samples are all of one person, who may have the same item open already.
        const { warnings: _of, ...answered } = answer.body
        t.strictSame(shown.body, answered, 'the case as it is read is the case as it was answered')
      }
    },
  )

  await t.test('that the city refuses is a 201 in state refused, with the city’s reasons', async (t) => {
    const body = sample('mi-remote-care-filing', 'benxi')
    const answer = await file(gateway, 'mi-remote-care-filing', 'benxi', {
      body: { ...body, applicant: { ...body.applicant, name: '拒绝', certNo: REFUSED_EVERYWHERE } },
    })
    t.equal(answer.status, 201, answer.text)
    t.match(answer.body, { state: 'refused', delivery: 'refused' })
    t.ok(answer.body['reasons'][0].message)
  })

  await t.test(
    'to a city that is down is a 202, and the courier brings it there once when the city is back',
    async (t) => {
      await makeSick(gateway, 'fuxin', 'refuse-connect')
      const answer = await file(gateway, 'hf-retirement-withdrawal', 'fuxin')
      t.equal(answer.status, 202, answer.text)
      t.match(answer.body, { state: 'collected', delivery: 'stored' })
      t.ok(Number(answer.headers.get('retry-after')) >= 1)
      t.equal((await receivedBy(gateway, 'fuxin')).length, 1, 'only the one of the test before')
      await makeSick(gateway, 'fuxin', 'off')
      const { caseNo } = answer.body
      const look = () => call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: tokenOf(gateway, 'clerk') })
      const shown = await until(look, ({ body }) => body['delivery'] === 'delivered')
      t.equal(shown.body['delivery'], 'delivered')
      t.equal((await receivedBy(gateway, 'fuxin', caseNo)).length, 1)
    },
  )

  for (const [fault, took] of [
    ['hang-after', true],
    ['reset-after', true],
    ['hang', false],
    ['reset', false],
    ['error-500', false],
    ['garbage', false],
  ] as const) {
    const city = took ? 'shenyang' : 'liaoyang'
    await t.test(`whose fate is unknown (${fault}) is enquired about, and takes effect once`, async (t) => {
      await makeSick(gateway, city, fault)
      const answer = await file(gateway, 'ca-disability-subsidies', city)
      await makeSick(gateway, city, 'off')
      t.equal(answer.status, 202, answer.text)
      t.equal(answer.body['delivery'], 'unconfirmed')
      const { caseNo } = answer.body
      t.equal((await receivedBy(gateway, city, caseNo)).length, took ? 1 : 0)

      const look = () => call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: tokenOf(gateway, 'clerk') })
      const shown = await until(look, ({ body }) => body['delivery'] === 'delivered', 60_000)
      t.equal(shown.body['delivery'], 'delivered', JSON.stringify(shown.body['legs']))
      t.equal((await receivedBy(gateway, city, caseNo)).length, 1)
      const calls = (await records(gateway, { caseNo, kind: 'forwarded' })).map((record) => record['call'])
      t.equal(calls[1], 'enquire', 'asked before anything was sent again')
      if (took) t.notOk(calls.slice(1).includes('deliver'), 'never sent again')
    })
  }

  await t.test(
    'of a joint item goes to its second city once the first has approved it, with the first one’s number',
    async (t) => {
      const answer = await file(gateway, 'ps-hukou-transfer-spouse', 'shenfu')
      t.equal(answer.status, 201, answer.text)
      const { caseNo } = answer.body
      const look = () => call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: tokenOf(gateway, 'clerk') })
      await advanceCase(gateway.dataDir, 'shenfu', `${caseNo}.${answer.body['legs'][0].leg}`, { status: 'approved' })
      const shown = await until(look, ({ body }) => body['legs'][1].delivery === 'delivered')
      t.match(shown.body['legs'], [{ delivery: 'delivered', city: 'shenfu' }, { delivery: 'delivered' }])
      const second = shown.body['legs'][1]
      t.match(await receivedBy(gateway, second.city, caseNo), [
        {
          leg: second.leg,
          backendCaseNo: second.backendCaseNo,
          related: { caseNo: shown.body['legs'][0].backendCaseNo, results: [] },
        },
      ])
    },
  )

  await t.test('repeated with its key', async (t) => {
    const key = { headers: { 'idempotency-key': crypto.randomUUID() } }
    const quoted = { headers: { 'idempotency-key': `"${key.headers['idempotency-key']}"` } }
    const body = sample('ps-id-card-renewal', 'tieling')
    const first = await file(gateway, 'ps-id-card-renewal', 'tieling', { ...key, body })
    t.equal(first.status, 201, first.text)

    const again = await file(gateway, 'ps-id-card-renewal', 'tieling', { ...quoted, body })
    t.equal(again.text, first.text, 'the same answer to the byte, whether the key is quoted or bare')
    t.equal(again.status, 201)
    t.equal(again.headers.get('idempotency-replayed'), 'true')
    t.equal(first.headers.get('idempotency-replayed'), null)
    t.equal((await receivedBy(gateway, 'tieling', first.body['caseNo'])).length, 1)

    const other = await file(gateway, 'ps-id-card-renewal', 'tieling', { ...key, body: { ...body, purpose: '另一份' } })
    t.match(other, { status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED', source: 'caller' } })

    const without = await call(gateway, 'POST', '/v1/items/ps-id-card-renewal/applications', {
      token: tokenOf(gateway, 'clerk'),
      body,
    })
    t.match(without, { status: 400, body: { code: 'IDEMPOTENCY_KEY_REQUIRED' } })

    const another = await file(gateway, 'ps-id-card-renewal', 'tieling', {
      ...key,
      body,
      token: tokenOf(gateway, 'clerk', { subject: 'clerk-02' }),
    })
    t.equal(another.status, 201)
    t.not(another.body['caseNo'], first.body['caseNo'], 'another person’s key is another key')

    const moved = await file(gateway, 'ps-id-card-renewal', 'tieling', {
      ...key,
      body,
      token: tokenOf(gateway, 'clerk', {
        hall: cities.find(({ key: city }) => city === 'shenyang')?.halls[1]?.key ?? '',
      }),
    })
    t.match(
      moved,
      { status: 404, body: { code: 'CASE_UNKNOWN' } },
      'who works in another hall now is not answered again',
    )
  })

  await t.test('sent fifty times at once with one key makes one case and one call', async (t) => {
    const key = {
      headers: { 'idempotency-key': crypto.randomUUID() },
      body: sample('mr-licence-replacement', 'anshan'),
    }
    const before = (await receivedBy(gateway, 'anshan')).length
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => file(gateway, 'mr-licence-replacement', 'anshan', key)),
    )
    const made = answers.filter(({ status }) => status === 201)
    t.ok(made.length >= 1)
    t.equal(new Set(made.map(({ body }) => body['caseNo'])).size, 1)
    for (const { status, body, headers } of answers) {
      if (status === 201) continue
      t.match({ status, body }, { status: 409, body: { code: 'IDEMPOTENCY_IN_PROGRESS' } })
      t.ok(Number(headers.get('retry-after')) >= 1)
    }
    t.equal((await receivedBy(gateway, 'anshan')).length, before + 1)
  })

  await t.test('whose caller will not wait gets a 202 at once and is delivered all the same', async (t) => {
    await makeSick(gateway, 'benxi', 'slow')
    const answer = await file(gateway, 'hf-retirement-withdrawal', 'benxi', {
      headers: { prefer: 'wait=0', 'idempotency-key': 'patience-1' },
    })
    t.match(answer, { status: 202, body: { delivery: 'sending' } })
    t.equal(answer.headers.get('preference-applied'), 'wait=0')
    await makeSick(gateway, 'benxi', 'off')
    const look = () => call(gateway, 'GET', `/v1/cases/${answer.body['caseNo']}`, { token: tokenOf(gateway, 'clerk') })
    const shown = await until(look, ({ body }) => body['delivery'] === 'delivered')
    t.equal(shown.body['delivery'], 'delivered')
    t.equal((await receivedBy(gateway, 'benxi', answer.body['caseNo'])).length, 1)
  })
})

t.test('killed with -9', async (t) => {
  const gateway = await startGateway(t)

  await t.test('between the 202 and the delivery, the gateway delivers once after its restart', async (t) => {
    await makeSick(gateway, 'fushun', 'refuse-connect')
    const answer = await file(gateway, 'mi-remote-care-filing', 'fushun')
    t.equal(answer.status, 202, answer.text)
    await gateway.kill()
    await gateway.restart()
    await makeSick(gateway, 'fushun', 'off')
    await deliveredOnce(t, answer.body['caseNo'], 'fushun')
  })

  await t.test(
    'while a city holds the message, the gateway asks after its restart and it takes effect once',
    async (t) => {
      await makeSick(gateway, 'anshan', 'hang-after')
      const answer = await file(gateway, 'mi-remote-care-filing', 'anshan', {
        headers: { prefer: 'wait=0', 'idempotency-key': 'kill-1' },
      })
      t.match(answer, { status: 202, body: { delivery: 'sending' } })
      const { caseNo } = answer.body
      await until(
        () => receivedBy(gateway, 'anshan', caseNo),
        (there) => there.length === 1,
      )
      await gateway.kill()
      await makeSick(gateway, 'anshan', 'off')
      await gateway.restart()
      await deliveredOnce(t, caseNo, 'anshan')
      const calls = (await records(gateway, { caseNo, kind: 'forwarded' })).map((record) => record['call'])
      t.strictSame(calls, ['deliver', 'enquire'])

      const again = await file(gateway, 'mi-remote-care-filing', 'anshan', { headers: { 'idempotency-key': 'kill-1' } })
      t.match(
        again,
        { status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } },
        'the key is remembered over the restart',
      )
    },
  )

  async function deliveredOnce(t: Test, caseNo: string, city: string): Promise<void> {
    const look = () => call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: tokenOf(gateway, 'clerk') })
    const shown = await until(look, ({ body }) => body['delivery'] === 'delivered', 60_000)
    t.equal(shown.body['delivery'], 'delivered', shown.text)
    t.equal((await receivedBy(gateway, city, caseNo)).length, 1)
  }
})

/** A synthetic person whom the sandbox cities refuse, as docs/wire says. */
const REFUSED_EVERYWHERE = '21010219750505002X'

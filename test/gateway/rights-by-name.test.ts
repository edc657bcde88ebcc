// Neither the key of somebody else's request nor the name of a case opens what its holder may not see.

import t from 'tap'
import { call, file, sample, startGateway, tokenOf } from './harness.ts'
import { COMPETENT, OTHER, SELF } from './rights-rows.ts'

const gateway = await startGateway(t)
const APPLICATION = 'mi-remote-care-filing'

t.test('an idempotency key', async (t) => {
  const headers = { 'idempotency-key': 'of-one-person' }
  const body = sample(APPLICATION, COMPETENT)
  const first = await file(gateway, APPLICATION, COMPETENT, { body, headers })
  t.equal(first.status, 201, first.text)

  for (const caller of [
    { role: 'clerk', subject: 'clerk-02' },
    { role: 'resident', subject: SELF },
  ] as const) {
    const answer = await file(gateway, APPLICATION, COMPETENT, {
      body,
      headers,
      token: tokenOf(gateway, caller.role, caller),
    })
    t.equal(answer.status, 201, answer.text)
    t.equal(answer.headers.get('idempotency-replayed'), null, `of a ${caller.role} is another key`)
    t.not(answer.body['caseNo'], first.body['caseNo'])
  }

  const moved = tokenOf(gateway, 'clerk', { hall: 'hunnan' })
  const answer = await file(gateway, APPLICATION, COMPETENT, { body, headers, token: moved })
  t.match(
    answer,
    { status: 404, body: { code: 'CASE_UNKNOWN' } },
    'of a clerk who has moved to another hall opens nothing',
  )
  t.notMatch(answer.text, String(first.body['caseNo']))

  const stranger = await file(gateway, APPLICATION, COMPETENT, {
    body,
    headers,
    token: tokenOf(gateway, 'resident', { subject: OTHER }),
  })
  t.equal(stranger.status, 403)
  t.notMatch(stranger.text, String(first.body['caseNo']))
})

t.test('what a case is called does not open it', async (t) => {
  const { body } = await call(gateway, 'GET', '/v1/cases?limit=1', { token: tokenOf(gateway, 'clerk') })
  const [{ caseNo: known }] = body['cases']
  for (const guess of [
    known.toLowerCase(),
    `${known}%20`,
    `${known}%00`,
    `%20${known}`,
    known.slice(0, -1),
    '%25',
    '*',
    "' OR 1=1 --",
  ]) {
    const answer = await call(gateway, 'GET', `/v1/cases/${guess}`, { token: tokenOf(gateway, 'clerk') })
    t.match(answer, { status: 404, body: { code: 'CASE_UNKNOWN' } }, guess)
  }
})

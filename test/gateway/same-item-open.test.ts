// Filing what the same applicant has open already: it succeeds, with a warning that shows a case only to those who may see it.

import t from 'tap'
import { call, file, receivedBy, sample, startGateway, tokenOf, type Answer } from './harness.ts'

const ITEM = 'mi-remote-care-filing'
const OTHER = '210303198511290021'
const gateway = await startGateway(t)

const body = (certNo: string) => ({
  ...sample(ITEM, 'benxi'),
  applicant: { ...sample(ITEM, 'benxi').applicant, certNo },
})
const WARNED = { code: 'SAME_ITEM_OPEN', message: { zh: /同一事项/, en: /same item/ } }

t.test('a second filing is taken and warned about, until the first is withdrawn', async (t) => {
  const first = await file(gateway, ITEM, 'benxi', { body: body(OTHER) })
  t.equal(first.status, 201, first.text)
  t.notOk('warnings' in first.body)
  const caseNo = String(first.body['caseNo'])

  const headers = { 'idempotency-key': 'second' }
  const same = body(OTHER)
  const second = await file(gateway, ITEM, 'benxi', { body: same, headers })
  t.equal(second.status, 201, second.text)
  t.match(second.body, { warnings: [{ ...WARNED, caseNo }] })
  t.equal(
    (await receivedBy(gateway, 'benxi', String(second.body['caseNo']))).length,
    1,
    'it went to its city all the same',
  )
  const again = await file(gateway, ITEM, 'benxi', { body: same, headers })
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.equal(again.text, second.text, 'a repeat is warned in the same words')
  const { body: shown } = await call(gateway, 'GET', `/v1/cases/${String(second.body['caseNo'])}`, {
    token: tokenOf(gateway, 'clerk'),
  })
  t.notOk('warnings' in shown, 'the case itself has none')

  const elsewhere = await file(gateway, ITEM, 'benxi', {
    body: body(OTHER),
    token: tokenOf(gateway, 'clerk', { hall: 'hunnan' }),
  })
  t.match(elsewhere.body, { warnings: [WARNED] })
  t.notMatch(elsewhere.text, caseNo, 'another hall does not learn the number')
  t.notMatch(elsewhere.text, String(second.body['caseNo']))
  const own = await file(gateway, ITEM, 'benxi', {
    body: body(OTHER),
    token: tokenOf(gateway, 'resident', { subject: OTHER }),
  })
  t.match(own.body, { warnings: [{ ...WARNED, caseNo: String(elsewhere.body['caseNo']) }] }, 'the applicant sees all')
})

t.test('what was withdrawn is not open any more', async (t) => {
  const hold = (held: 'open' | null): Promise<Answer> =>
    call(gateway, 'POST', '/v1/operations/lines/benxi/main', {
      token: tokenOf(gateway, 'operator'),
      body: { hold: held, reason: '试一试' },
    })
  await hold('open')
  const filed = await file(gateway, ITEM, 'benxi')
  const undo = (caseNo: string) =>
    call(gateway, 'POST', `/v1/cases/${caseNo}/withdrawal`, {
      token: tokenOf(gateway, 'clerk'),
      body: { reason: '重复提交' },
      headers: { 'idempotency-key': crypto.randomUUID() },
    })
  const twice = await file(gateway, ITEM, 'benxi')
  t.match(twice, { status: 202, body: { warnings: [{ caseNo: filed.body['caseNo'] }] } })
  for (const { body } of [filed, twice])
    t.match(await undo(body['caseNo']), { status: 201, body: { state: 'withdrawn' } })
  const anew = await file(gateway, ITEM, 'benxi')
  t.notOk('warnings' in anew.body, anew.text)
  await hold(null)
})

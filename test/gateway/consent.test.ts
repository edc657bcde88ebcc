// Items that handle sensitive data: the text is shown, agreeing to it is asked for, and the version agreed to is on record.

import t from 'tap'
import { call, catalogue, file, receivedBy, records, sample, startGateway, tokenOf, until } from './harness.ts'

const ITEM = 'dp-certificate-issue'
const gateway = await startGateway(t)
const asked = catalogue.find(ITEM).consent

t.test('the item and its form show the text and its version', async (t) => {
  t.match(asked, { version: /^\d{4}-\d\d/, zh: /敏感个人信息/, en: /sensitive personal information/ })
  t.strictSame((await call(gateway, 'GET', `/v1/items/${ITEM}`)).body['consent'], asked)
  t.strictSame((await call(gateway, 'GET', `/v1/items/${ITEM}/form`)).body['x-consent'], asked)
  const plain = await call(gateway, 'GET', '/v1/items/mi-remote-care-filing')
  t.equal(plain.body['consent'], null, 'an item without any asks for none')
  t.notOk('x-consent' in (await call(gateway, 'GET', '/v1/items/mi-remote-care-filing/form')).body)
})

t.test('an application without it, or to another text, is refused, and nothing is kept', async (t) => {
  const { consent, ...without } = sample(ITEM, 'fushun')
  t.ok(consent)
  for (const [body, pointer, rule] of [
    [without, '/consent', 'required'],
    [{ ...without, consent: { ...consent, version: '2020-01' } }, '/consent/version', 'const'],
    [{ ...without, consent: { version: asked?.version, by: 'applicant' } }, '/consent/at', 'required'],
    [{ ...without, consent: { ...consent, by: 'clerk' } }, '/consent/by', 'enum'],
  ] as const) {
    const refused = await file(gateway, ITEM, 'fushun', { body })
    t.match(refused, { status: 422, body: { code: 'FORM_INVALID', errors: [{ pointer, rule }] } }, refused.text)
    t.match(refused.body['errors'][0]['message'], /同意|应为|选择|之一/, refused.text)
  }
  const other = { ...sample('mi-remote-care-filing', 'fushun'), consent }
  const superfluous = await file(gateway, 'mi-remote-care-filing', 'fushun', { body: other })
  t.match(
    superfluous,
    { status: 422, body: { errors: [{ pointer: '/consent' }] } },
    'where nothing is asked, nothing is taken',
  )
})

t.test('what was agreed to is shown in the case and on record, and stays with the gateway', async (t) => {
  const body = sample(ITEM, 'fushun')
  const filed = await file(gateway, ITEM, 'fushun', { body })
  t.equal(filed.status, 201, filed.text)
  const caseNo = String(filed.body['caseNo'])
  t.strictSame(filed.body['consent'], body.consent)
  const shown = await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: tokenOf(gateway, 'clerk') })
  t.strictSame(shown.body['consent'], body.consent)
  const log = await until(
    () => records(gateway, { caseNo, kind: 'forwarded' }),
    (found) => found.length > 0,
  )
  t.match(log, [{ consentVersion: asked?.version }])
  const sent = await receivedBy(gateway, 'fushun', caseNo)
  t.equal(sent.length, 1)
  t.notMatch(JSON.stringify(sent), /consent|单独同意/)
})

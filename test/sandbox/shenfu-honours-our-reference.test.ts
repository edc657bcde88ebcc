// Shenfu's protocol, called as docs/wire/shenfu.md says.

import t from 'tap'
import { openCity } from '../../src/sandbox/city.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { answerFault } from './answer-schemas.ts'
import { enquire, get, message, post, targetIn } from './shenfu-calls.ts'
import { alwaysRefused, firm, newCaseNo, queryForms, unknownPerson, zhangWei } from './submissions.ts'

const folder = t.testdir()
const place = PLACES.find(({ city }) => city === 'shenfu')!
const city = await openCity({ place, folder })
t.teardown(() => city[Symbol.asyncDispose]())
const target = targetIn(folder, city.address)

t.test('an application is taken once, and the same again gives the same case', async (t) => {
  const application = message(target, newCaseNo())
  const first = await post(target, '/v1/applications', application)
  t.equal(first.status, 201)
  t.match(first.body, { caseNo: /^211500-20[0-9]{2}-[0-9]{6}$/, status: 'received' })
  t.equal(first.headers['location'], `/v1/applications/by-reference/${application.reference}`)

  const reordered = Object.fromEntries(Object.entries(application).toReversed()) as typeof application
  const second = await post(target, '/v1/applications', reordered)
  t.equal(second.status, 200)
  t.same(second.body, first.body)

  const other = await post(target, '/v1/applications', { ...application, purpose: '别的内容' })
  t.equal(other.status, 409)
  t.match(other.body, { error: { code: 'REFERENCE_REUSED' } })
  const known = await enquire(target, application.reference)
  t.same(known.body, { reference: application.reference, ...first.body })
})

t.test('fifty equal applications at once make one case', async (t) => {
  const application = message(target, newCaseNo())
  const answers = await Promise.all(Array.from({ length: 50 }, () => post(target, '/v1/applications', application)))
  t.equal(new Set(answers.map(({ body }) => body['caseNo'])).size, 1)
  t.equal(answers.filter(({ status }) => status === 201).length, 1)
})

t.test('an enquiry about an unknown reference is 404', async (t) => {
  const { status, body } = await enquire(target, `${newCaseNo()}.decide`)
  t.equal(status, 404)
  t.match(body, { error: { code: 'REFERENCE_UNKNOWN' } })
})

t.test('a refusal has reasons, makes no case, and is remembered', async (t) => {
  const taken = city.state().taken
  const application = message(target, newCaseNo(), { applicant: alwaysRefused })
  const first = await post(target, '/v1/applications', application)
  t.equal(first.status, 422)
  t.match(first.body, { reasons: [{ code: 'APPLICANT_REFUSED' }, { code: 'APPLICANT_REFUSED' }] })
  t.same((await post(target, '/v1/applications', application)).body, first.body)
  const known = await enquire(target, application.reference)
  t.same(known.body, { reference: application.reference, status: 'refused', ...first.body })
  t.equal(city.state().taken, taken)
})

t.test('what does not belong here is refused with its reason', async (t) => {
  const wrongDigit = { ...zhangWei, certNo: '210102199003070012' }
  const cases: readonly (readonly [object, string])[] = [
    [{ item: 'xx-unknown' }, 'ITEM_NOT_HANDLED'],
    [{ item: 'hf-account-loan-query' }, 'ITEM_NOT_HANDLED'],
    [{ form: { ...message(target, '').form, fundCentre: '2101' } }, 'NOT_COMPETENT'],
    [{ form: { ...message(target, '').form, retiredOn: undefined } }, 'FORM_INCOMPLETE'],
    [{ applicant: wrongDigit }, 'APPLICANT_INVALID'],
    [{ applicant: { ...firm, uscc: '91210102MA0XY2K726' } }, 'APPLICANT_INVALID'],
  ]
  for (const [changes, code] of cases) {
    const { status, body } = await post(target, '/v1/applications', message(target, newCaseNo(), changes))
    t.equal(status, 422, code)
    t.match(body, { reasons: [{ code }] })
  }
})

t.test('towns of other cities that belong to Shenfu are competent here', async (t) => {
  for (const insuredDivision of ['211500', '210112014', '210404011000']) {
    const form = { ...queryForms['ss-personal-rights-record'](insuredDivision) }
    const { status } = await ask('ss-personal-rights-record', form)
    t.equal(status, 200, insuredDivision)
  }
  const { body } = await ask('ss-personal-rights-record', queryForms['ss-personal-rights-record']('210112'))
  t.match(body, { reasons: [{ code: 'NOT_COMPETENT' }] })
})

t.test('four queries, written out by hand, answer as their schemas say, and know nothing of strangers', async (t) => {
  for (const [item, form] of Object.entries(queryForms)) {
    const { status, body } = await ask(item, form('211500'))
    t.equal(status, 200, item)
    t.equal(body['found'], true, item)
    t.equal(answerFault(item, body['result']), null, item)
  }
  const forms = { ...queryForms, 'mr-registration-archive-query': null }
  for (const [item, form] of Object.entries(forms)) {
    if (form === null) continue
    const { body } = await ask(item, form('211500'), unknownPerson)
    t.same(body, { found: false }, item)
  }
  const archive = { ...queryForms['mr-registration-archive-query']('211500'), uscc: '91350100M000100Y43' }
  t.same((await ask('mr-registration-archive-query', archive)).body, { found: false })
})

t.test('malformed calls are refused with the codes of the document', async (t) => {
  const application = message(target, newCaseNo())
  const { applicant: _, ...withoutApplicant } = application
  const codeOf = async (body: { readonly reference: string }, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await post(target, '/v1/applications', body, headers)
    return [answer.status, (answer.body['error'] as { readonly code: string }).code]
  }
  t.same(await codeOf(application, { reference: 'other' }), [400, 'REFERENCE_INVALID'])
  t.same(await codeOf({ ...application, reference: 'no-case' }), [400, 'REFERENCE_INVALID'])
  t.same(await codeOf(withoutApplicant), [400, 'MALFORMED'])
  t.same(await codeOf({ ...application, unheardOf: 1 } as typeof application), [400, 'MALFORMED'])
  t.same(await codeOf(application, { 'content-type': 'text/plain' }), [415, 'MEDIA_TYPE'])
  t.same(await codeOf({ ...application, purpose: 'x'.repeat(1_100_000) } as typeof application), [413, 'TOO_LARGE'])
  t.equal((await get(target, '/v1/nowhere')).status, 404)
  t.equal((await get(target, '/v1/applications')).status, 405)
  t.match((await get(target, '/v1/health')).body, { status: 'ok', city: 'shenfu' })
  t.equal((await enquire(target, application.reference)).status, 404, 'none of them was taken')
})

function ask(item: string, form: object, applicant: object = item.startsWith('mr-') ? firm : zhangWei) {
  const { materials: _, ...query } = message(target, newCaseNo(), { item, leg: 'answer', form, applicant })
  return post(target, '/v1/queries', { ...query, reference: `q-${newCaseNo()}` })
}

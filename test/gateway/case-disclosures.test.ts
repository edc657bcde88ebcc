// What a person may know: which cities have received what of a case, as the audit log has it.

import t from 'tap'
import {
  call,
  file,
  makeSick,
  sample,
  startGateway,
  tokenOf,
  until,
  upload,
  type Answer,
  type Json,
} from './harness.ts'

const ITEM = 'mi-remote-care-filing'
const RESIDENT = '210102199003070011'
const gateway = await startGateway(t)
const clerk = tokenOf(gateway, 'clerk')
const resident = tokenOf(gateway, 'resident', { subject: RESIDENT })

const disclosures = (caseNo: string, token = resident): Promise<Answer> =>
  call(gateway, 'GET', `/v1/cases/${caseNo}/disclosures`, { token })
const short = ({ body }: Answer): string[] =>
  (body['disclosures'] as Json[]).map(({ what, city, received }) => `${what} ${city['key']} ${received}`)

t.test('the application and each file, with the leg, the basis and a record that proves it', async (t) => {
  const materialId = await upload(gateway, Buffer.from('%PDF-1.7 of a disclosure'))
  const body = sample(ITEM, 'shenyang')
  const [first, ...others] = body.materials ?? []
  const materials = [{ code: first?.code ?? '', held: 'uploaded', materialId }, ...others]
  const filed = await file(gateway, ITEM, 'shenyang', { body: { ...body, materials } })
  t.equal(filed.status, 201, filed.text)
  const caseNo = String(filed.body['caseNo'])
  const answer = await disclosures(caseNo)
  t.equal(answer.status, 200, answer.text)
  t.strictSame(short(answer), ['application shenyang yes', 'file shenyang yes'])
  t.match(answer.body, { caseNo, legalBasis: { zh: /./, en: /./ }, more: false })
  const [application] = answer.body['disclosures'] as Json[]
  t.match(application, { leg: { key: 'decide', name: { zh: /./ } }, city: { name: { zh: '沈阳市' } } })
  t.equal(
    application?.['record'],
    filed.headers.get('audit-record'),
    'the record that came with the receipt of the case',
  )
  const proof = await until(
    () => call(gateway, 'GET', `/v1/audit/records/${String(application?.['record'])}/proof`),
    ({ status }) => status === 200,
  )
  t.equal(proof.status, 200, 'its proof is open to all')
  t.match(await disclosures(caseNo, clerk), { status: 200 }, 'the hall can print it for the person')
})

t.test('what has not left is not listed, and what may have arrived is told as that', async (t) => {
  await makeSick(gateway, 'benxi', 'refuse-connect')
  const unsent = await file(gateway, ITEM, 'benxi')
  t.equal(unsent.body['delivery'], 'stored', unsent.text)
  // While the courier tries again, it may be on its way for a moment.
  const listed = await until(
    () => disclosures(String(unsent.body['caseNo'])),
    (answer) => short(answer).length === 0,
  )
  t.strictSame(short(listed), [])
  await makeSick(gateway, 'benxi', 'off')

  await makeSick(gateway, 'fushun', 'reset-after')
  const maybe = await file(gateway, ITEM, 'fushun')
  t.equal(maybe.body['delivery'], 'unconfirmed', maybe.text)
  t.equal(short(await disclosures(String(maybe.body['caseNo'])))[0], 'application fushun unknown')
  await makeSick(gateway, 'fushun', 'off')
})

t.test('each city of a joint case is there for its own leg, and a city’s look at the case here too', async (t) => {
  const filed = await file(gateway, 'hf-purchase-withdrawal', 'shenfu')
  const caseNo = String(filed.body['caseNo'])
  const cities = (filed.body['legs'] as Json[]).map(({ city }) => String(city))
  const sent = await until(
    () => disclosures(caseNo, clerk),
    (found) => cities.every((city) => short(found).includes(`application ${city} yes`)),
  )
  t.strictSame(short(sent).toSorted(), cities.map((city) => `application ${city} yes`).toSorted())
  await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: tokenOf(gateway, 'city', { city: cities[0] ?? '' }) })
  const looked = await disclosures(caseNo, clerk)
  t.ok(short(looked).includes(`look ${cities[0]} yes`))
  t.match((looked.body['disclosures'] as Json[]).at(-1), { what: 'look', leg: null })
})

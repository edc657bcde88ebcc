// Every item of the catalogue, sent as its golden sample to a city of each of four protocols.

import t from 'tap'
import { type City, fushun, liaoyang, shenfu, shenyang } from './three-cities.ts'
import { type CatalogueItem, isSentOn, ITEMS, type Sample, sampleFor } from './catalogue-samples.ts'
import { answerFault } from './answer-schemas.ts'
import { alwaysRefused, firm, unknownPerson, zhangWei } from './submissions.ts'
import { elements } from './whole-submissions.ts'
import type { SubmissionBody } from '../../src/domain/submission.ts'
import { readForm } from '../../src/sandbox/protocols/fushun-form.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { lookUp } from '../../src/sandbox/registers/records.ts'
import { readXml } from '../../src/sandbox/protocols/xml.ts'

const folder = t.testdir()
const cities: readonly City[] = await Promise.all([shenyang(folder), fushun(folder), shenfu(folder), liaoyang(folder)])
t.teardown(() => Promise.all(cities.map((city) => city[Symbol.asyncDispose]())))

const applications = ITEMS.filter((item) => item.interaction === 'application' && isSentOn(item))
const queries = ITEMS.filter(({ interaction }) => interaction === 'query')
const itemOf = (code: string): CatalogueItem => ITEMS.find((item) => item.code === code)!

t.test('each leg of each application is taken, in each protocol', async (t) => {
  t.ok(applications.length > 90)
  for (const city of cities) {
    const sent = applications.flatMap((item) => item.legs.map(({ key }) => ({ item, leg: key })))
    const answers = await Promise.all(
      sent.map(async ({ item, leg }) => ({
        what: `${item.code}/${leg}`,
        said: await city.apply(item.code, leg, sampleFor(item, city.key)),
      })),
    )
    t.strictSame(
      answers.filter(({ said }) => said.kind !== 'taken'),
      [],
      city.key,
    )
    t.equal(city.taken(), sent.length)
  }
})

t.test('each query is answered, in each protocol, by the form of its answer', async (t) => {
  t.equal(queries.length, 13)
  for (const city of cities) {
    for (const item of queries) {
      const said = await city.query(item.code, sampleFor(item, city.key))
      t.equal(said.kind, 'found', `${city.key} ${item.code}`)
      t.equal(answerFault(item.code, said.result), null, `${city.key} ${item.code}`)
    }
  }
})

t.test('every city knows the two who are known everywhere', async (t) => {
  for (const place of PLACES) {
    for (const item of queries) {
      const body = sampleFor(item, place.city) as unknown as SubmissionBody
      const message = { reference: 'q-1', relatedCaseNo: null, item: item.code, leg: 'answer', takenAt: 0, body }
      t.equal(answerFault(item.code, lookUp(place, message)), null, `${place.city} ${item.code}`)
    }
  }
})

const KNOWN_IN_FUXIN_ONLY = '93210902MA0C000160'

t.test('of strangers nothing is found, and who is always refused is refused', async (t) => {
  for (const city of cities) {
    // Anybody may ask about a firm, so the firm has to be unknown there.
    for (const item of queries.filter(({ code }) => code !== 'mr-registration-archive-query')) {
      const sample = sampleFor(item, city.key)
      const isFirm = sample.applicant['type'] === 'organization'
      const stranger = isFirm ? { ...firm, uscc: KNOWN_IN_FUXIN_ONLY } : unknownPerson
      const refused = isFirm
        ? { ...firm, legalRepresentative: { name: '李不予', certType: '111', certNo: alwaysRefused.certNo } }
        : alwaysRefused
      t.equal((await city.query(item.code, { ...sample, applicant: stranger })).kind, 'nothing-found', item.code)
      const said = await city.query(item.code, { ...sample, applicant: refused })
      t.equal(said.kind, 'refused', item.code)
    }
  }
})

t.test('what is decided where it is taken is nobody’s elsewhere', async (t) => {
  const here = ITEMS.filter((item) => !isSentOn(item))
  t.equal(here.length, 11)
  for (const city of cities) {
    for (const item of here) {
      const said = await city.apply(item.code, item.legs[0]!.key, sampleFor(item, city.key))
      t.match(said, { kind: 'refused', reasons: [city.reasons.item] }, `${city.key} ${item.code}`)
    }
  }
})

t.test('a tax authority is told by its division', async (t) => {
  const item = itemOf('tx-payment-certificate')
  for (const city of cities) {
    const sample = sampleFor(item, city.key)
    const elsewhere = { ...sample, form: { ...sample.form, taxAuthority: '12103000000' } }
    const said = await city.apply(item.code, 'decide', elsewhere)
    t.match(said, { kind: 'refused', reasons: [city.reasons.competence] }, city.key)
  }
})

t.test('a city takes fields that it asks for besides; Fushun those that its dictionary knows', async (t) => {
  const item = itemOf('hf-retirement-withdrawal')
  for (const city of cities) {
    const sample = sampleFor(item, city.key)
    const withField = (name: string): Sample => ({ ...sample, form: { ...sample.form, [name]: '本市要求的内容' } })
    t.equal((await city.apply(item.code, 'decide', withField('statement'))).kind, 'taken', city.key)
    if (city.key === 'fushun') {
      const unknown = fushunForm(sample).replace('</BD>', '<WZZD>1</WZZD></BD>')
      t.match(readForm(readXml(unknown)), { kind: 'misfit', path: 'BD/WZZD' })
    } else {
      t.equal((await city.apply(item.code, 'decide', withField('onlyHere'))).kind, 'taken', city.key)
    }
  }
})

const fushunForm = ({ form }: Sample): string => `<BD>${elements(form)}</BD>`

/** Amounts with two decimals, moments in UTC: what Fushun cannot tell apart. */
function plain(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((entry) => plain(entry))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member, key)]))
  }
  return name.endsWith('Yuan') ? Number(value).toFixed(2) : value
}

t.test('every form comes whole through Fushun’s elements', async (t) => {
  for (const item of ITEMS) {
    const sample = sampleFor(item, 'fushun')
    const read = readForm(readXml(fushunForm(sample)))
    t.strictSame(read, { kind: 'read', form: plain(sample.form) }, item.code)
  }
})

t.test('pensions, staff, tax and violations are told as they are asked for', async (t) => {
  const city = cities[0]!
  const ask = async (code: string, form: object, applicant: object = zhangWei) => {
    const sample = sampleFor(itemOf(code), city.key)
    const said = await city.query(code, { ...sample, applicant: { ...applicant }, form: { ...sample.form, ...form } })
    t.equal(said.kind === 'found' ? answerFault(code, said.result) : null, null, code)
    return said.result as never
  }
  const pensioner = { ...zhangWei, name: '李秀英', certNo: '210102195503080023' }
  const all = { contents: ['payments', 'composition', 'adjustments', 'supplements'] }
  const span = { startMonth: '2025-06', endMonth: '2026-02' }
  t.match(await ask('ss-pension-payment-query', {}), { benefitState: 'not-yet', payments: [] })
  t.match(await ask('ss-pension-payment-query', { ...all, ...span }, pensioner), {
    benefitState: 'paying',
    payments: [{ month: '2025-06' }, { month: '2025-07', supplementYuan: '338.40' }],
  })
  t.match(await ask('ss-pension-payment-query', { ...all, ...span, grouping: 'year' }, pensioner), {
    payments: [
      { month: '2025-12', amountYuan: '20134.80' },
      { month: '2026-02', amountYuan: '5752.80' },
    ],
  })
  t.match(await ask('ss-personal-rights-record', { contents: ['contributions'] }, pensioner), {
    insuredState: 'receiving',
    contributions: [],
  })
  t.match(await ask('ss-employer-insured-certificate', { certificateKind: 'payment' }, firm), {
    employerName: firm.name,
    staff: undefined,
  })
  const year = { startMonth: '2024-01', endMonth: '2024-12', incomeItems: ['wages', 'comprehensive'] }
  t.match(await ask('tx-income-tax-record', { ...year, recordKind: 'yearly' }), {
    taxRecords: [
      { taxMonth: '2024-12', incomeItem: 'wages', taxPaidYuan: '1740.00' },
      { incomeItem: 'comprehensive', refund: true },
    ],
    totalTaxYuan: '1740.00',
    totalRefundYuan: '360.00',
  })
  const cars = { violationState: 'unpaid', contents: ['violations', 'points', 'accidents'] }
  t.match(await ask('ps-traffic-violation-query', cars), {
    trafficViolations: [{ violationState: 'unpaid', points: 6 }],
    totalFineYuan: '400.00',
    openAccidents: 0,
  })
  t.match(await ask('ps-traffic-violation-query', cars, firm), { trafficViolations: [{ plateNo: '辽A12345' }] })
  t.equal(await ask('ps-traffic-violation-query', { vehicle: { vin: 'LSVAA4187E2999996' } }), undefined)
  t.match(await ask('re-registry-query', {}, firm), { records: [{ owners: [firm.name] }] })
  t.match(await ask('mi-account-query', { transactionKind: 'hospital' }), { transactions: [{ kind: 'hospital' }] })
  t.equal(await ask('hr-skill-certificate-query', { tradeName: '茶艺师' }), undefined)
})

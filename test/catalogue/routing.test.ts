// A submission goes to the city that its codes name, and nowhere by a guess.

import t from 'tap'
import { catalogue, faultOf, sampleOf } from './fixture.ts'

function cityFor(code: string, division: unknown): string | undefined {
  const body = { form: { insuredDivision: division } }
  try {
    return catalogue.route(catalogue.find(code), body)[0].city
  } catch {
    return undefined
  }
}

const insured = 'ss-personal-rights-record'

t.test('a division code leads to its city, a town code to the one that it belongs to', (t) => {
  const table: readonly (readonly [division: string, city: string])[] = [
    ['210106', 'shenyang'], // 铁西区 of Shenyang
    ['210303', 'anshan'], // 铁西区 of Anshan
    ['211204', 'tieling'], // 清河区
    ['210400', 'fushun'],
    ['211500', 'shenfu'],
    ['211500000000', 'shenfu'],
    ['210112', 'shenyang'],
    ['210112014', 'shenfu'], // a town of Shenfu on the ground of 浑南
    ['210112014001', 'shenfu'],
    ['210112014000', 'shenfu'],
    ['210112015', 'shenyang'],
    ['210404', 'fushun'],
    ['210404011', 'shenfu'],
    ['210404011002', 'shenfu'],
    ['210404201', 'shenfu'], // written with twelve digits in the city's own codes
    ['210404202', 'fushun'],
    ['210102000000', 'shenyang'],
  ]
  for (const [division, city] of table) t.equal(cityFor(insured, division), city, division)
  t.end()
})

t.test('a code that no city has is never guessed at', (t) => {
  for (const division of ['210199', '2101', '21', '110101', '210106 ', '铁西区', '', '21010', '2101060', 'toString']) {
    t.equal(cityFor(insured, division), undefined, JSON.stringify(division))
  }
  for (const division of [210106, null, ['210106'], { code: '210106' }, true]) {
    t.equal(cityFor(insured, division), undefined, JSON.stringify(division))
  }
  t.end()
})

t.test('the field that does not lead anywhere is named in both languages', (t) => {
  const item = catalogue.find(insured)
  const field = '/form/insuredDivision'
  const missing = faultOf(() => catalogue.route(item, { form: {} }))
  t.equal(missing?.code, 'ROUTING_UNDECIDED')
  t.match(missing?.details.errors, [
    {
      pointer: field,
      rule: 'required',
      message: { zh: /“参保地行政区划代码”必须填写/, en: /“Division where insured” is required/ },
    },
  ])
  t.match(faultOf(() => catalogue.route(item, { form: { insuredDivision: '110101' } }))?.details.errors, [
    { pointer: field, rule: 'routing', message: { zh: /不是都市圈八地的代码/, en: /no code of any city/ } },
  ])
  t.match(faultOf(() => catalogue.route(item, { form: { insuredDivision: 210102 } }))?.details.errors, [
    { pointer: field, rule: 'type', message: { zh: /应为文本/, en: /given as text/ } },
  ])
  for (const body of [undefined, null, 'text', [], 7, { form: null }, { form: [] }]) {
    t.equal(faultOf(() => catalogue.route(item, body))?.code, 'ROUTING_UNDECIDED', JSON.stringify(body) ?? 'nothing')
  }
  t.end()
})

t.test('an inherited member of the body is no field', (t) => {
  const body = { form: Object.create({ insuredDivision: '210102' }) as object }
  t.equal(faultOf(() => catalogue.route(catalogue.find(insured), body))?.code, 'ROUTING_UNDECIDED')
  t.end()
})

t.test('legs stand in the order in which they start, and the deciding one is known', (t) => {
  const hukou = catalogue.find('ps-hukou-transfer-spouse')
  const hukouLegs = catalogue.route(hukou, {
    form: { destination: { division: '210102' }, origin: { division: '210303' } },
  })
  t.strictSame(hukouLegs, [
    { leg: 'destination', city: 'shenyang', routeRule: 'destination-place /form/destination/division=210102' },
    { leg: 'origin', city: 'anshan', routeRule: 'origin-place /form/origin/division=210303' },
  ])
  t.equal(catalogue.decidingCity(hukou, hukouLegs), 'shenyang')

  const purchase = catalogue.find('hf-purchase-withdrawal')
  const purchaseLegs = catalogue.route(purchase, { form: { fundCentre: '2115', property: { division: '211202' } } })
  t.strictSame(purchaseLegs, [
    { leg: 'verify', city: 'tieling', routeRule: 'property-location /form/property/division=211202' },
    { leg: 'decide', city: 'shenfu', routeRule: 'fund-account-place /form/fundCentre=2115' },
  ])
  t.equal(catalogue.decidingCity(purchase, purchaseLegs), 'shenfu')
  t.end()
})

t.test('each leg that cannot be routed is named at once', (t) => {
  const errors = faultOf(() => catalogue.route(catalogue.find('ss-employee-pension-transfer'), { form: {} }))?.details
    .errors
  t.strictSame(
    errors?.map(({ pointer }) => pointer),
    ['/form/destination/division', '/form/origin/division'],
  )
  t.end()
})

t.test('a fund centre is no division', (t) => {
  const item = catalogue.find('hf-account-loan-query')
  t.equal(catalogue.route(item, { form: { fundCentre: '2104' } })[0].city, 'fushun')
  t.throws(() => catalogue.route(item, { form: { fundCentre: '210402' } }), { code: 'ROUTING_UNDECIDED' })
  t.throws(() => catalogue.route(catalogue.find(insured), { form: { insuredDivision: '2104' } }), {
    code: 'ROUTING_UNDECIDED',
  })
  t.end()
})

t.test('the identity number of the applicant never decides', (t) => {
  const body = sampleOf('ps-id-card-renewal', 'liaoyang')
  t.equal(body['applicant'].certNo.slice(0, 6), '210102', 'an identity number of Shenyang')
  t.equal(catalogue.route(catalogue.find('ps-id-card-renewal'), body)[0].city, 'liaoyang')
  delete body['form'].hukouDivision
  t.throws(() => catalogue.route(catalogue.find('ps-id-card-renewal'), body), { code: 'ROUTING_UNDECIDED' })
  t.end()
})

// Checking a body changes nothing, tells everything at once, and looks at envelope, form and materials alike.

import t from 'tap'
import { catalogue, faultOf, mistakes, sampleOf } from './fixture.ts'
import type { Loose } from './fixture.ts'

t.test('checking changes nothing, whatever comes in', (t) => {
  for (const item of catalogue.items) {
    const body = sampleOf(item.code)
    Object.assign(body['form'], { declaration: 'true', extra: null, empty: '' })
    body['applicant'].mobile = 13800000000
    const before = structuredClone(body)
    t.ok(mistakes(item.code, body).length >= 3, item.code)
    t.strictSame(body, before, item.code)
    const sample = Object.freeze(catalogue.sample(item, 'fushun'))
    const valid = catalogue.validate(item, 'fushun', sample)
    t.equal(valid.body, sample, 'the very body that came in is handed on')
  }
  t.end()
})

t.test('all mistakes are told at once, in envelope, form and materials', (t) => {
  const body = sampleOf('hf-retirement-withdrawal')
  body['applicant'].mobile = '123'
  body['purpose'] = 'x'
  body['identityCheck'].at = 'yesterday'
  body['form'].fundCentre = 'x'
  body['form'].retiredOn = '2026-02-30'
  delete body['form'].declaration
  body['materials'] = [{ code: 'bank-card', held: 'uploaded' }]
  const found = mistakes('hf-retirement-withdrawal', body)
  t.strictSame(found.map(({ pointer }) => pointer).toSorted(), [
    '/applicant/mobile',
    '/form/declaration',
    '/form/fundCentre',
    '/form/retiredOn',
    '/identityCheck/at',
    '/materials',
    '/materials',
    '/materials/0/materialId',
    '/purpose',
  ])
  t.end()
})

t.test('more than twenty mistakes are cut, and it is said that there are more', (t) => {
  const body = sampleOf('hf-retirement-withdrawal')
  for (let index = 0; index < 30; index += 1) body['form'][`extra${index}`] = index
  const fault = faultOf(() => catalogue.validate(catalogue.find('hf-retirement-withdrawal'), 'fushun', body))
  t.equal(fault?.code, 'FORM_INVALID')
  t.equal(fault?.details.errors?.length, 20)
  t.equal(fault?.details.more, true)
  for (let index = 0; index < 10; index += 1) delete body['form'][`extra${index}`]
  const exactly = faultOf(() => catalogue.validate(catalogue.find('hf-retirement-withdrawal'), 'fushun', body))
  t.equal(exactly?.details.errors?.length, 20)
  t.equal(exactly?.details.more, false)
  t.end()
})

t.test('what is no submission at all is refused, not crashed upon', (t) => {
  for (const body of [undefined, null, 1, 'text', [], {}, { form: [] }, { applicant: [], form: 'x', materials: 5 }]) {
    t.ok(mistakes('re-registry-query', body).length > 0, JSON.stringify(body) ?? 'nothing')
  }
  const hidden = JSON.parse('{"__proto__": {"form": {}}, "applicant": {"constructor": 1, "type": "person"}}') as unknown
  const pointers = mistakes('re-registry-query', hidden).map(({ pointer }) => pointer)
  t.ok(pointers.includes('/form'))
  t.ok(pointers.includes('/applicant/constructor'))
  t.end()
})

t.test('no sentence shows a regular expression, and an over-long name is cut', (t) => {
  const body = sampleOf('ps-hukou-transfer-spouse')
  const long = 'x'.repeat(5000)
  body['form'][long] = 1
  body['form'].marriage.certificateNo = 'no'
  body['form'].destination.householdNo = '-'
  body['materials'][0].code = 'ID CARD'
  const found = mistakes('ps-hukou-transfer-spouse', body)
  t.ok(found.length >= 4)
  for (const { pointer, message } of found) {
    t.notMatch(message.zh + message.en, /\^|\[0-9|\\/, pointer)
    t.ok(message.zh.length < 400 && message.en.length < 500 && pointer.length <= 301, pointer.slice(0, 40))
  }
  t.end()
})

t.test('a body as large as one may be is refused in a moment', (t) => {
  const body = sampleOf('ps-hukou-transfer-spouse')
  body['form'].movers = Array.from({ length: 10_000 }, () => ({ name: 1 }))
  body['materials'] = Array.from({ length: 10_000 }, (_, index) => ({ code: 'id-documents', held: 'x', index }))
  const start = process.cpuUsage()
  const found = mistakes('ps-hukou-transfer-spouse', body)
  t.ok(process.cpuUsage(start).user < 1_500_000, 'comparing each entry with each would take many seconds')
  t.equal(found.length, 20)
  t.end()
})

t.test('a key with a slash or tilde is pointed at as RFC 6901 says', (t) => {
  const body = sampleOf('hf-account-loan-query')
  body['form']['a/b~c'] = 1
  t.strictSame(
    mistakes('hf-account-loan-query', body).map(({ pointer }) => pointer),
    ['/form/a~1b~0c'],
  )
  t.end()
})

t.test('a document number is checked by the type of document', (t) => {
  const table: readonly (readonly [certType: string, certNo: string, right: boolean])[] = [
    ['111', '810000199408230021', true],
    ['112', '210102199003070011', true],
    ['414', 'E12345678', true],
    ['414', '210102-1', false],
    ['511', '01234567', true],
    ['511', '0123456', false],
    ['516', 'H12345678', true],
    ['516', 'K12345678', false],
    ['553', '911124198108030024', true],
    ['553', '911124198108030028', false],
    ['553', '210102199003070011', false],
    ['111', 'E12345678', false],
  ]
  for (const [certType, certNo, right] of table) {
    const body = sampleOf('hf-account-loan-query')
    Object.assign(body['applicant'], { certType, certNo })
    const found = mistakes('hf-account-loan-query', body).map(({ pointer }) => pointer)
    t.strictSame(found, right ? [] : ['/applicant/certNo'], `${certType} ${certNo}`)
  }
  t.end()
})

t.test('an organization may not apply where only persons may', (t) => {
  const body = sampleOf('hf-account-loan-query')
  body['applicant'] = sampleOf('mr-licence-replacement')['applicant']
  t.match(mistakes('hf-account-loan-query', body), { 0: { message: { zh: /./, en: /./ } } })
  t.ok(mistakes('hf-account-loan-query', body).some(({ pointer }) => pointer === '/applicant/type'))
  t.end()
})

const without = (material: string) => (body: Loose) =>
  (body['materials'] = body['materials'].filter((entry: Loose) => entry['code'] !== material))

t.test('materials are asked for as the case needs them', (t) => {
  const code = 'hf-purchase-withdrawal'
  // prettier-ignore
  const table: readonly (readonly [change: (body: Loose) => unknown, pointer: string, rule: string, zh: RegExp, en: RegExp])[] = [
    [without('invoice'), '/materials', 'material-missing', /缺少材料“购房发票”（代码 invoice）.*seenAtWindow（窗口核验）、sharedData/, /“Invoice of the purchase” \(code invoice\) is missing/],
    [without('marriage-certificate'), '/materials', 'material-missing', /结婚证/, /Marriage certificate/],
    [(b) => delete b['materials'], '/materials', 'material-missing', /有效身份证件/, /Valid identity document/],
    [(b) => (b['agent'] = sampleOf('mr-licence-replacement')['agent']), '/materials', 'material-missing', /授权委托书/, /Power of attorney/],
    [(b) => b['materials'].push({ code: 'horoscope', held: 'seenAtWindow' }), '/materials/5/code', 'material-unknown', /id-document, purchase-contract/, /it lists id-document/],
    [(b) => b['materials'].push({ code: 'invoice', held: 'seenAtWindow' }), '/materials/5/code', 'material-repeated', /“购房发票”重复/, /twice/],
    [(b) => (b['materials'][0].held = 'commitment'), '/materials/0/held', 'material-held', /不能以此方式提供/, /cannot be held in this way/],
  ]
  for (const [change, pointer, rule, zh, en] of table) {
    const body = sampleOf(code)
    change(body)
    const found = mistakes(code, body)
    t.ok(
      found.some(
        (entry) =>
          entry.pointer === pointer && entry.rule === rule && zh.test(entry.message.zh) && en.test(entry.message.en),
      ),
      `${pointer} ${rule} ${JSON.stringify(found.map(({ message }) => message.zh))}`,
    )
  }
  const unmarried = sampleOf(code)
  without('marriage-certificate')(unmarried)
  Object.assign(unmarried['form'], { spouseWithdraws: false, maritalState: 'unmarried' })
  delete unmarried['form'].spouse
  t.strictSame(mistakes(code, unmarried), [], 'no marriage certificate where no spouse withdraws')
  t.end()
})

t.test('a city’s result is held against the item’s answer schema', (t) => {
  const item = catalogue.find('mr-registration-archive-query')
  const right = {
    entity: {
      name: '沈阳示例科技有限公司',
      uscc: '91210102MA0XY2K725',
      kind: 'company',
      legalRepresentative: '张伟',
      registeredCapitalYuan: '5000000.00',
      registeredOn: '2016-05-20',
      address: '沈阳市和平区示例路 1 号',
      state: 'active',
      authority: '沈阳市和平区市场监督管理局',
    },
    issuedBy: '抚顺市市场监督管理局',
    issuedAt: '2026-11-22T10:00:00+08:00',
    validUntil: '2026-11-29',
  }
  t.doesNotThrow(() => catalogue.checkAnswer(item, 'fushun', right))
  const wrong = { ...right, entity: { ...right.entity, state: 'alive' }, validUntil: undefined, note: 'x' }
  const fault = faultOf(() => catalogue.checkAnswer(item, 'fushun', JSON.parse(JSON.stringify(wrong))))
  t.equal(fault?.code, 'CITY_ANSWER_INVALID')
  t.equal(fault?.details.city, 'fushun')
  t.strictSame(fault?.details.errors?.map(({ pointer }) => pointer).toSorted(), [
    '/entity/state',
    '/note',
    '/validUntil',
  ])
  for (const result of [null, [], 'OK', undefined]) {
    t.throws(() => catalogue.checkAnswer(item, 'fushun', result), { code: 'CITY_ANSWER_INVALID' })
  }
  t.end()
})

// Identifiers are checked to their last character, and what is wrong is said precisely.

import t from 'tap'
import { openFormats } from '../../src/catalogue/formats.ts'
import { clock } from './fixture.ts'

const formats = openFormats(clock)

function fault(format: string, text: string) {
  const check = formats.checks.get(format)
  if (check === undefined) throw new Error(`no format ${format}`)
  return check(text)
}

const RIGHT: Readonly<Record<string, readonly string[]>> = {
  'resident-id': [
    '11010519491231002X',
    '440524188001010014',
    '210102199003070011',
    '210303198511290021',
    '21040219990630003X',
    '21040219990630003x',
    '210502197001010042',
    '210902198812120057',
    '211002199505050067',
    '211202198002290073',
    '810000199408230021',
    '820000199601015675',
    '830000199201300022',
  ],
  'foreigner-id': ['932682198501010017', '911124198108030024', 'USA110000000001'],
  'disability-certificate': ['21010219900307001142', '21010219900307001142B1'],
  uscc: [
    '91350100M000100Y43',
    '91440300708461136T',
    '11310000MB2F30661Y',
    '113418230032919586',
    '11100000000013338W',
    '91210102MA0XY2K725',
    '112101000011234598',
    '91210300MA10AB3C08',
    '93210902MA0C000160',
    '92211002MA0D12341E',
  ],
  'division-code': ['210102', '211500', '210112014', '210112014001'],
  mobile: ['13800000000', '19912345678'],
  'vehicle-plate': ['辽A12345', '辽AD12345', '辽A12345D', '辽J1234学', '辽K8F3G2'],
  'e-certificate-id': [
    '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U',
    '1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0',
  ],
  'real-estate-unit': ['210102001001GB00001F00010001'],
  'bank-account': ['6217000730012345670', '6228484020012345678', '21001234500052500001'],
  date: ['2024-02-29', '2026-11-22', '2100-12-31'],
  'past-date': ['2026-11-22', '1980-02-29'],
  month: ['2026-12', '1949-01'],
  'date-time': ['2026-09-01T09:30:00+08:00', '2026-09-01T01:30:00.123Z'],
  yuan: ['0', '0.10', '1200.5', '9999999999.99'],
  'positive-yuan': ['0.01', '35000'],
  line: ['张伟', 'O’Neill', '买买提·吐尔逊'],
  text: ['第一行\n第二行'],
}

t.test('identifiers that are right are accepted', (t) => {
  for (const [format, texts] of Object.entries(RIGHT)) {
    for (const text of texts) t.equal(fault(format, text), null, `${format} ${text}`)
  }
  t.strictSame([...formats.checks.keys()].toSorted(), Object.keys(RIGHT).toSorted(), 'each format has examples')
  t.end()
})

const WRONG: readonly (readonly [format: string, text: string, zh: RegExp, en: RegExp])[] = [
  ['resident-id', '210102199003070012', /^第 18 位校验码应为 1$/, /^the 18th character should be 1$/],
  ['resident-id', '210402199906300031', /第 18 位校验码应为 X/, /should be X/],
  ['resident-id', '210102199002300019', /出生日期不存在/, /no date that exists/],
  ['resident-id', '21010220261123001X', /晚于今天/, /in the future/],
  ['resident-id', '21010219900307', /应为 18 位，现为 14 位/, /should have 18 characters, has 14/],
  ['resident-id', '210102900307001', /15 位旧证号已停用/, /15 digits are out of use/],
  ['resident-id', '2101021990O3070011', /第 11 位应为数字/, /the 11th character should be a digit/],
  ['resident-id', '990102199003070011', /永久居留/, /foreign permanent residents/],
  ['resident-id', '290102199003070011', /省级/, /no province/],
  ['resident-id', '810001199408230021', /810000、820000 或 830000/, /810000, 820000 or 830000/],
  ['foreigner-id', '911124198108030028', /第 18 位校验码应为 4/, /the 18th character should be 4/],
  ['foreigner-id', '211124198108030024', /第 1 位应为 9/, /the 1st character should be 9/],
  ['foreigner-id', 'US1110000000001', /3 位大写字母加 12 位数字/, /3 capital letters and 12 digits/],
  ['disability-certificate', '21010219900307001192', /第 19 位/, /the 19th character/],
  ['disability-certificate', '21010219900307001145', /第 20 位/, /the 20th character/],
  ['disability-certificate', '21010219900307001242', /第 18 位校验码应为 1/, /the 18th character should be 1/],
  ['uscc', '91350100M000100Y44', /^第 18 位校验码应为 3$/, /^the 18th character should be 3$/],
  ['uscc', '91210102MA0XY2K735', /^第 17 位（主体标识码校验码）应为 2$/, /^the 17th character should be 2$/],
  ['uscc', '9121010IMA0XY2K725', /^第 8 位不是允许的字符/, /^the 8th character/],
  ['uscc', '91210102ma0XY2K725', /^第 9 位应为大写字母$/, /capital letter/],
  ['uscc', '9121010AMA0XY2K725', /第 3 至 8 位/, /characters 3 to 8/],
  ['uscc', '91210102MA0XY2K7', /现为 16 位/, /has 16/],
  ['division-code', '2101', /6 位、9 位或 12 位/, /6, 9 or 12/],
  ['division-code', '990102', /省级/, /no province/],
  ['mobile', '12800000000', /13 至 19/, /13 to 19/],
  ['mobile', '1380000000', /现为 10 位/, /has 10/],
  ['vehicle-plate', '辽AI2345', /不含 I、O/, /without I and O/],
  ['vehicle-plate', '辽A1234567', /现为 9 位/, /has 9/],
  ['vehicle-plate', '辽AZ12345', /新能源/, /new-energy/],
  [
    'e-certificate-id',
    '1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.V',
    /末位校验码应为 U/,
    /should be U/,
  ],
  ['e-certificate-id', '1.2.156.1.1', /开头/, /begin with/],
  ['e-certificate-id', '1.2.156.3005.2.a.b', /“.”分隔/, /separated by points/],
  ['real-estate-unit', '210102001001GB00001F0001000', /现为 27 位/, /has 27/],
  ['real-estate-unit', '210102001001GBX0001F00010001', /宗地代码/, /parcel/],
  ['real-estate-unit', '210102001001GB00001100010001', /定着物代码/, /fixture/],
  ['bank-account', '6217000730012345671', /银行卡号校验不通过/, /no valid card number/],
  ['bank-account', '6217 0007 3001 2345', /不含空格/, /without spaces/],
  ['date', '2023-02-29', /不是存在的日期/, /no date that exists/],
  ['date', '20230228', /年-月-日/, /year-month-day/],
  ['past-date', '2026-11-23', /不能晚于今天/, /not be later than today/],
  ['month', '2026-13', /不是存在的月份/, /no month/],
  ['month', '202612', /年-月/, /year-month/],
  ['date-time', '2026-09-01T09:30:00', /时区/, /offset/],
  ['date-time', '2026-02-30T09:30:00Z', /不是存在的日期/, /no date/],
  ['yuan', '1200.505', /两位小数/, /two decimals/],
  ['yuan', '-1', /金额/, /amount/],
  ['yuan', '01', /金额/, /amount/],
  ['positive-yuan', '0.00', /应大于零/, /more than zero/],
  ['line', ' 　', /不能为空/, /not be blank/],
  ['line', '张\n伟', /控制字符/, /control characters/],
  ['text', '\u0007', /控制字符/, /control characters/],
]

t.test('what is wrong with an identifier is said precisely, in both languages', (t) => {
  for (const [format, text, zh, en] of WRONG) {
    const said = fault(format, text)
    t.match(said?.zh, zh, `${format} ${text}`)
    t.match(said?.en, en, `${format} ${text}`)
  }
  t.end()
})

t.test('a day is not in the future once it has begun in China', (t) => {
  let now = Date.parse('2026-11-22T15:59:59Z')
  const moving = openFormats({ ...clock, now: () => now })
  t.match(moving.checks.get('past-date')?.('2026-11-23'), { zh: /晚于今天/ })
  now += 1000
  t.equal(moving.checks.get('past-date')?.('2026-11-23'), null)
  t.end()
})

t.test('a wrong digit anywhere in an identity number or credit code is noticed', (t) => {
  for (const [format, text] of [
    ['resident-id', '210102199003070011'],
    ['uscc', '91210102MA0XY2K725'],
  ] as const) {
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === '1' ? '2' : '1'
      t.not(fault(format, text.slice(0, at) + other + text.slice(at + 1)), null, `${format} at ${at + 1}`)
    }
  }
  t.end()
})

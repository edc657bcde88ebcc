// The eight cities as configured: complete, fitting each other, and with a dictionary that can write and read every form.

import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { checkMapping, type MappedItem } from '../../src/cities/check-mapping.ts'
import { checkCity, type BackendConfig, type CityConfig } from '../../src/cities/config.ts'
import { openMapping, type Dictionary, type Element, type Parsed } from '../../src/cities/mapping.ts'
import { writeXml, xmlReader } from '../../src/cities/xml.ts'
import { configOptions, loadConfig } from '../../src/config.ts'

const config = loadConfig(configOptions({}))
const cities = new Map(config.cities.map((city) => [city.key, city]))

const schemas = new Map<string, object>()
const samples: { readonly file: string; readonly form: Readonly<Record<string, unknown>> }[] = []
const schemasDir = new URL('../../schemas/', import.meta.url)
for (const file of readdirSync(schemasDir, { recursive: true, encoding: 'utf8' })) {
  if (!file.endsWith('.json')) continue
  const value = JSON.parse(readFileSync(new URL(file, schemasDir), 'utf8')) as {
    readonly $id?: string
    readonly form?: Readonly<Record<string, unknown>>
  }
  if (value.$id !== undefined) schemas.set(value.$id, value)
  if (file.startsWith('samples/') && value.form !== undefined) samples.push({ file, form: value.form })
}
const items: MappedItem[] = [...schemas].flatMap(([id, form]) => {
  const [, base, domain, code] = /^(.*)\/items\/(.*)\/(.*)\.json$/.exec(id) ?? []
  if (code === undefined || domain === undefined) return []
  return [{ code, domain, form, answer: schemas.get(`${base}/answers/${code}.json`) ?? null }]
})
const schemaOf = (id: string): object | undefined => schemas.get(id)

function city(key: string): CityConfig {
  const found = cities.get(key)
  if (found === undefined) throw new Error(key)
  return found
}

function dictionaryOf({ backends: [backend] }: CityConfig): Dictionary {
  if (backend.protocol !== 'fushun') throw new Error('no dictionary')
  return backend.protocolOptions.dictionary
}

/** The same city with its first backend changed. */
function changed(of: CityConfig, changes: Partial<BackendConfig>): CityConfig {
  const [first, ...others] = of.backends
  return { ...of, backends: [{ ...first, ...changes } as BackendConfig, ...others] }
}

function withDictionary(dictionary: Dictionary): CityConfig {
  const fushun = city('fushun')
  const [backend] = fushun.backends
  return changed(fushun, { protocolOptions: { ...backend.protocolOptions, dictionary } } as Partial<BackendConfig>)
}

t.test('eight cities are configured, each with what routing and the counter need', (t) => {
  t.same(
    new Set(cities.keys()),
    new Set(['shenyang', 'anshan', 'fushun', 'benxi', 'fuxin', 'liaoyang', 'tieling', 'shenfu']),
  )
  const expected: Record<string, [string, string]> = {
    shenyang: ['210102', '2101'],
    anshan: ['210300', '2103'],
    fushun: ['210423', '2104'],
    benxi: ['210522', '2105'],
    fuxin: ['210922', '2109'],
    liaoyang: ['211081', '2110'],
    tieling: ['211282', '2112'],
    shenfu: ['210404201', '2115'],
  }
  for (const [key, [division, fundCentre]] of Object.entries(expected)) {
    const { halls, routingCodes } = city(key)
    t.ok(halls.length >= 2, `${key} has halls`)
    t.ok(routingCodes['division']?.includes(division), `${division} is ${key}`)
    t.same(routingCodes['fundCentre'], [fundCentre])
  }
  t.end()
})

t.test('each configured city is sound, and fushun can write and read all items', (t) => {
  t.equal(items.length, 117)
  t.equal(items.filter(({ answer }) => answer !== null).length, 13)
  for (const one of cities.values()) {
    t.same(checkCity(one), [])
    t.same(checkMapping(one, items, schemaOf), [])
  }
  t.end()
})

t.test('a field without a tag, of another type, or with another’s tag is named', (t) => {
  const dictionary = dictionaryOf(city('fushun'))
  const { amountYuan: _gone, ...without } = dictionary
  t.match(checkMapping(withDictionary(without), items, schemaOf), [
    {
      path: ['backends', 0, 'protocolOptions', 'dictionary'],
      message: { zh: /字段 amountYuan 没有对应的标签$/, en: /^the field amountYuan of item hf-.* has no tag$/ },
    },
  ])
  const spouseWithdraws = { tag: 'POTQ', type: 'number' } as const
  t.match(checkMapping(withDictionary({ ...dictionary, spouseWithdraws }), items, schemaOf), [
    { path: ['backends', 0, 'protocolOptions', 'dictionary', 'spouseWithdraws', 'type'], message: { en: /boolean/ } },
  ])
  const another = { tag: 'XM', type: 'text' } as const
  t.match(checkMapping(withDictionary({ ...dictionary, another }), items, schemaOf), [
    {
      path: ['backends', 0, 'protocolOptions', 'dictionary', 'another', 'tag'],
      message: { en: /XM is used for name/ },
    },
  ])
  const elsewhere = changed(withDictionary(without), { domains: ['civil-affairs'] })
  t.same(checkMapping(elsewhere, items, schemaOf), [], 'what a backend does not handle it need not write')
  t.end()
})

t.test('numbers and lists of a city that contradict each other are named', (t) => {
  const shenfu = city('shenfu')
  const [backend] = shenfu.backends
  const breaker = { ...backend.breaker, rollingCountTimeoutMs: backend.breaker.resetTimeoutMs + 1 }
  t.match(checkCity(changed(shenfu, { breaker })), [{ path: ['backends', 0, 'breaker', 'rollingCountTimeoutMs'] }])
  const limits = { ...backend.limits, ownDeadlineMs: backend.limits.deadlineMs + 1 }
  t.match(checkCity(changed(shenfu, { limits })), [{ path: ['backends', 0, 'limits', 'ownDeadlineMs'] }])
  t.match(checkCity(changed(shenfu, { domains: ['health'] })), [{ path: ['backends'], message: { en: /0 do$/ } }])
  const twice: CityConfig = { ...shenfu, backends: [backend, { ...backend, domains: ['health'] }] }
  t.match(checkCity(twice), [{ path: ['backends', 1, 'key'] }])
  t.end()
})

const readXml = xmlReader(['ROW'])

function roundTrip(dictionary: Dictionary, form: Readonly<Record<string, unknown>>): unknown {
  const mapping = openMapping(dictionary)
  const root: Element = { tag: 'BD', content: mapping.write(form) }
  return mapping.read((readXml(writeXml(root)) as { readonly BD: Parsed }).BD)
}

/** Amounts come back with two decimals, as the wire document says. */
function asReadBack(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((entry) => asReadBack(entry))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, asReadBack(member, key)]))
  }
  return typeof value === 'string' && name.endsWith('Yuan') ? Number(value).toFixed(2) : value
}

t.test('every sample of a form comes back from fushun’s XML as it was written', (t) => {
  t.equal(samples.length, 117)
  for (const { file, form } of samples) t.same(roundTrip(dictionaryOf(city('fushun')), form), asReadBack(form), file)
  t.end()
})

t.test('the example of the wire document is written as it stands there', (t) => {
  const form = {
    fundCentre: '2104',
    amountYuan: '12500.5',
    spouseWithdraws: false,
    property: { division: '210402', contractDate: '2026-03-01' },
    coBuyers: [{ name: '李丽', relation: '10' }],
    contents: ['account', 'loan'],
  }
  t.equal(
    writeXml({ tag: 'BD', content: openMapping(dictionaryOf(city('fushun'))).write(form) }),
    '<BD><ZXBM>2104</ZXBM><JE>1250050</JE><POTQ>0</POTQ><SGZF><XZQHDM>210402</XZQHDM><HTQDRQ>20260301</HTQDRQ></SGZF>' +
      '<GTGFR><ROW><XM>李丽</XM><GXDM>10</GXDM></ROW></GTGFR><CXNR><ROW>account</ROW><ROW>loan</ROW></CXNR></BD>',
  )
  t.end()
})

t.test('amounts lose no fen, and each way of writing refuses what is none of its own', (t) => {
  const dictionary: Dictionary = {
    yuan: { tag: 'JE', type: 'fen' },
    day: { tag: 'RQ', type: 'date' },
    month: { tag: 'YF', type: 'month' },
    at: { tag: 'SJ', type: 'time' },
    yes: { tag: 'SF', type: 'flag' },
    count: { tag: 'SL', type: 'number' },
    sex: { tag: 'XB', type: 'text', codes: { male: '1', female: '2' } },
    list: { tag: 'LB', type: 'list' },
  }
  const { write, read } = openMapping(dictionary)
  const fen: [string, string, string][] = [
    ['0', '0', '0.00'],
    ['0.07', '7', '0.07'],
    ['1.1', '110', '1.10'],
    ['4.35', '435', '4.35'],
    ['9007199254740.93', '900719925474093', '9007199254740.93'],
    ['-3.5', '-350', '-3.50'],
  ]
  for (const [ours, theirs, back] of fen) {
    t.same(write({ yuan: ours }), [{ tag: 'JE', content: theirs }])
    t.same(read({ JE: theirs }), { yuan: back })
  }
  const all = {
    day: '2026-11-22',
    month: '2026-11',
    at: '2026-11-22T18:00:00+08:00',
    yes: true,
    count: 3.5,
    sex: 'female',
    list: [],
  }
  t.same(roundTrip(dictionary, all), all)
  t.same(read({ RQ: '2026', YF: '11', SJ: '20261399000000', SF: 'Y', SL: '1e3', JE: '1.5', LB: 'x' }), {
    day: '2026',
    month: '11',
    at: '20261399000000',
    yes: 'Y',
    count: '1e3',
    yuan: '1.5',
    list: 'x',
  })
  for (const wrong of [
    { yuan: 1.5 },
    { yuan: '1.234' },
    { day: '20261122' },
    { yes: 'true' },
    { count: 1e21 },
    { list: {} },
  ]) {
    t.throws(() => write(wrong), { code: 'INTERNAL' })
  }
  t.end()
})

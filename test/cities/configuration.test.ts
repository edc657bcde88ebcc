// The eight cities as configured: complete, fitting each other, and with a mapping that can write and read every form.

import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { checkFields, checkMapping, type MappedItem } from '../../src/cities/check-mapping.ts'
import { checkCity, type BackendConfig, type CityConfig } from '../../src/cities/config.ts'
import type { Dictionary, Fields, Kind, MappingConfig } from '../../src/cities/mapping.ts'
import { membersOf } from '../../src/cities/mapping/members.ts'
import { configOptions, loadConfig } from '../../src/config.ts'

const config = loadConfig(configOptions({}))
const cities = new Map(config.cities.map((city) => [city.key, city]))

const schemas = new Map<string, object>()
const schemasDir = new URL('../../schemas/', import.meta.url)
for (const file of readdirSync(schemasDir, { recursive: true, encoding: 'utf8' })) {
  if (!file.endsWith('.json')) continue
  const value = JSON.parse(readFileSync(new URL(file, schemasDir), 'utf8')) as { readonly $id?: string }
  if (value.$id !== undefined) schemas.set(value.$id, value)
}
const survey = (schema: object) => membersOf(schema, (id) => schemas.get(id))
const items: MappedItem[] = [...schemas].flatMap(([id, form]) => {
  const [, base, domain, code] = /^(.*)\/items\/(.*)\/(.*)\.json$/.exec(id) ?? []
  if (code === undefined || domain === undefined) return []
  const answer = schemas.get(`${base}/answers/${code}.json`)
  return [{ code, domain, form: survey(form), answer: answer === undefined ? null : survey(answer) }]
})

function city(key: string): CityConfig {
  const found = cities.get(key)
  if (found === undefined) throw new Error(key)
  return found
}

/** The same city with its first backend changed. */
function changed(of: CityConfig, changes: Partial<BackendConfig>): CityConfig {
  const [first, ...others] = of.backends
  return { ...of, backends: [{ ...first, ...changes } as BackendConfig, ...others] }
}

/** Problems of Fushun with this in its mapping. */
function problemsWith(changes: Partial<MappingConfig>, fields = config.fields) {
  const fushun = city('fushun')
  return checkMapping(changed(fushun, { mapping: { ...fushun.backends[0].mapping, ...changes } }), fields, items)
}

function withDictionary(dictionary: Dictionary): Fields {
  return { ...config.fields, dictionaries: new Map([['fushun', dictionary]]) }
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

t.test('each configured city is sound, and can write and read all items', (t) => {
  t.equal(items.length, 117)
  t.equal(items.filter(({ answer }) => answer !== null).length, 13)
  for (const one of cities.values()) {
    t.same(checkCity(one), [])
    t.same(checkMapping(one, config.fields, items), [])
  }
  t.end()
})

const file = 'config/cities/fushun.yaml'
const at = ['backends', 0, 'mapping']
const dictionary = config.fields.dictionaries.get('fushun') ?? {}

t.test('a field without a name there, or with another’s, is named', (t) => {
  const { amountYuan: _gone, ...without } = dictionary
  t.match(problemsWith({}, withDictionary(without)), [
    {
      file,
      path: [...at, 'names', 'dictionary'],
      message: { zh: /字段 amountYuan 在对照表中没有名称$/, en: /^the field amountYuan of item hf-.* has no name/ },
    },
  ])
  t.match(problemsWith({}, withDictionary({ ...dictionary, amountYuan: ['XM', '姓名'] })), [
    {
      file: 'config/dictionaries/fushun.json',
      path: ['name'],
      message: { en: 'XM is used for both amountYuan and name' },
    },
  ])
  t.match(problemsWith({ exceptions: { amountYuan: 'XM' } }), [{ file, path: [...at, 'exceptions', 'amountYuan'] }])
  t.match(problemsWith({ names: 'snake_case', exceptions: { certNo: 'fund_centre', mobile: 'lxdh' } }), [
    { path: [...at, 'exceptions', 'certNo'], message: { zh: /^fund_centre 同时用于/ } },
  ])
  const elsewhere = changed(city('fushun'), { domains: ['civil-affairs'] })
  t.same(
    checkMapping(elsewhere, withDictionary(without), items),
    [],
    'what a backend does not handle it need not write',
  )
  t.end()
})

t.test('a name that no field has, and a required field left unsent, are named', (t) => {
  t.match(problemsWith({ exceptions: { cretNo: 'X' }, codes: { sexx: { '1': 'M' } }, unsent: ['purpos'] }), [
    { path: [...at, 'exceptions', 'cretNo'], message: { zh: '没有叫 cretNo 的字段' } },
    { path: [...at, 'codes', 'sexx'] },
    { path: [...at, 'unsent', 0], message: { en: 'there is no field called purpos' } },
  ])
  t.match(problemsWith({ unsent: ['fundCentre'] }), [
    { path: [...at, 'unsent', 0], message: { zh: /^事项 hf-.* 要求填写 fundCentre/ } },
  ])
  t.same(problemsWith({ unsent: ['trailerPlateNo'] }, withDictionary(without('trailerPlateNo'))), [])
  t.end()
})

function without(name: string): Dictionary {
  return Object.fromEntries(Object.entries(dictionary).filter(([one]) => one !== name))
}

t.test('codes that do not read back, or that no value needs, are named', (t) => {
  const codes = [...at, 'codes']
  t.same(problemsWith({ codes: { sex: { '1': '男', '2': '女' } } }), [])
  t.match(problemsWith({ codes: { sex: { '1': 'M', '2': 'M' } } }), [
    { path: [...codes, 'sex', '2'], message: { en: 'M stands for both 1 and 2' } },
  ])
  t.match(problemsWith({ codes: { sex: { '1': '2' } } }), [{ path: [...codes, 'sex', '1'] }], '2 is written as it is')
  t.match(problemsWith({ codes: { sex: { male: 'M' } } }), [
    { path: [...codes, 'sex', 'male'], message: { zh: 'sex 没有 male 这个值' } },
  ])
  t.match(problemsWith({ codes: { birthDate: { '2000-01-01': 'X' } } }), [{ path: [...codes, 'birthDate'] }])
  t.end()
})

t.test('a field that is listed as what it is not is named', (t) => {
  const problemsAs = (kind: Kind) =>
    checkFields({ ...config.fields, kinds: new Map([...config.fields.kinds, ['amountYuan', kind]]) }, items)
  const file = 'config/fields.yaml'
  t.same(problemsAs('amount'), [])
  t.match(problemsAs('text'), [{ file, path: [], message: { en: /amountYuan .* is amount, but listed as text$/ } }])
  t.match(problemsAs('number'), [{ file, path: ['number'], message: { zh: /amountYuan 是 amount，却列为 number$/ } }])
  t.end()
})

t.test('numbers and lists of a city that contradict each other are named', (t) => {
  const shenfu = city('shenfu')
  const [backend] = shenfu.backends
  const breaker = { ...backend.breaker, rollingCountTimeoutMs: backend.breaker.resetTimeoutMs + 1 }
  t.match(checkCity(changed(shenfu, { breaker })), [{ path: ['backends', 0, 'breaker', 'rollingCountTimeoutMs'] }])
  const limits = { ...backend.limits, ownDeadlineMs: backend.limits.deadlineMs + 1 }
  t.match(checkCity(changed(shenfu, { limits })), [{ path: ['backends', 0, 'limits', 'ownDeadlineMs'] }])
  const shorter = { ...backend.limits, handOverDeadlineMs: backend.limits.deadlineMs - 1 }
  t.match(checkCity(changed(shenfu, { limits: shorter })), [{ path: ['backends', 0, 'limits', 'handOverDeadlineMs'] }])
  t.match(checkCity(changed(shenfu, { domains: ['health'] })), [{ path: ['backends'], message: { en: /0 do$/ } }])
  const twice: CityConfig = { ...shenfu, backends: [backend, { ...backend, domains: ['health'] }] }
  t.match(checkCity(twice), [{ path: ['backends', 1, 'key'] }])
  t.end()
})

// Every city's way of naming and writing fields: what is written comes back, and nothing that a city answers can break the reading.

import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import t from 'tap'
import { openMapping, type Fields, type Kind, type MappingConfig } from '../../src/cities/mapping.ts'
import { flatten } from '../../src/cities/mapping/flatten.ts'
import { elementsOf, writeXml, xmlReader, type Parsed } from '../../src/cities/xml.ts'
import { configOptions, loadConfig } from '../../src/config.ts'
import { openCatalogue } from '../../src/config/catalogue.ts'
import { systemClock } from '../../src/system.ts'

const config = loadConfig(configOptions({}))
const catalogue = openCatalogue(config, systemClock)
const { fields } = config
const mappings = config.cities.flatMap(({ key, backends, items }) =>
  backends.map((backend) => ({
    key,
    backend,
    mapping: openMapping(backend.mapping, fields),
    fieldsOf: (code: string) => items?.[code]?.fields,
  })),
)
const readXml = xmlReader(['ROW', 'row'])

/** What a mapping may change for good: the form of an amount and of a time, and nothing else. */
function settled(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((entry) => settled(entry, name))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, settled(member, key)]))
  }
  const kind = fields.kinds.get(name)
  if (kind === 'amount') return Number(value).toFixed(2)
  return kind === 'time' ? Math.floor(Date.parse(String(value)) / 1000) : value
}

t.test('every sample and made-up form of every item comes back from every city as it was written', (t) => {
  let count = 0
  for (const item of catalogue.items) {
    const offering = mappings.filter(({ key }) => catalogue.citiesOffering(item).includes(key))
    // To make up a form costs more than to send it everywhere: only who asks for fields of his own gets one of his own.
    const common = offering.find(({ fieldsOf }) => fieldsOf(item.code) === undefined)
    const made = catalogue.generated(item, common?.key ?? 'shenyang', 'mapping').form
    for (const { key, mapping, fieldsOf } of offering) {
      const other = fieldsOf(item.code) === undefined ? made : catalogue.generated(item, key, 'mapping').form
      for (const form of [catalogue.sample(item, key).form, other]) {
        const back = mapping.read(JSON.parse(JSON.stringify(mapping.write(form))))
        if (!isDeepStrictEqual(settled(back), settled(form)))
          t.same(settled(back), settled(form), `${key} ${item.code}`)
        count += 1
      }
    }
  }
  t.ok(count > 1600, `${count} forms`)
  t.end()
})

t.test('so they do by way of XML, where a city writes everything as text', (t) => {
  for (const { key, backend, mapping } of mappings) {
    if (typeof backend.mapping.lists !== 'object' || !('rows' in backend.mapping.lists)) continue
    for (const item of catalogue.items.filter((one) => catalogue.citiesOffering(one).includes(key))) {
      const { form } = catalogue.generated(item, key, `${key}-xml`)
      const xml = writeXml({ tag: 'form', content: elementsOf(mapping.write(form)) })
      t.same(settled(mapping.read((readXml(xml) as { readonly form: Parsed }).form)), settled(form), item.code)
    }
  }
  t.end()
})

t.test('whatever a city answers is read without a throw, and no member is lost', (t) => {
  const names = fc.oneof(
    fc.constantFrom(...fields.kinds.keys()),
    fc.constantFrom(...[...fields.kinds.keys()].map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter}`))),
    fc.constantFrom(
      ...[...fields.dictionaries.values()].flatMap((dictionary) => Object.values(dictionary).map(([a]) => a)),
    ),
    fc.constantFrom('__proto__', 'constructor', 'toString', 'ROW', 'row', ''),
    fc.string(),
  )
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ depthSize: 'medium', withCrossShrink: true }, tie('leaf'), tie('list'), tie('object')),
    leaf: fc.oneof(
      fc.string(),
      fc.double(),
      fc.boolean(),
      fc.constantFrom(null, '', '20261122', '2026-13-45', '1.5', 1e21, -0, 8.64e15, '是', '1'),
    ),
    list: fc.array(tie('tree'), { maxLength: 4 }),
    object: fc.array(fc.tuple(names, tie('tree')), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
  }))
  fc.assert(
    fc.property(tree, (answer) => {
      for (const { mapping } of mappings) {
        const read = mapping.read(answer)
        if (Object.getPrototypeOf(read) !== Object.prototype) throw new Error('another prototype')
      }
    }),
    { numRuns: 500 },
  )
  const deep: unknown = JSON.parse(`${'{"spouse":'.repeat(100_000)}1${'}'.repeat(100_000)}`)
  for (const { mapping } of mappings) t.ok(mapping.read(deep))
  t.end()
})

t.test('fields are still known by name after a city has made up ten thousand names of its own', (t) => {
  const { read } = openMapping({ names: 'snake_case' }, fields)
  for (let index = 0; index < 10_000; index += 1)
    t.ok('madeUp' in read({ [`made_up`]: index, [`m_x${index}`]: 1 }) || t.fail())
  t.same(read({ insured_division: '210300' }), { insuredDivision: '210300' })
  t.end()
})

const KINDS: readonly (readonly [string, Kind])[] = [
  ['yuan', 'amount'],
  ['day', 'date'],
  ['month', 'month'],
  ['at', 'time'],
  ['yes', 'flag'],
  ['count', 'number'],
  ['marks', 'texts'],
  ['rows', 'list'],
  ['movers', 'list'],
  ['residence', 'object'],
]
const own: Fields = { kinds: new Map(KINDS), dictionaries: new Map() }

t.test('amounts lose no fen', (t) => {
  const fen = openMapping({ names: 'ours', values: { amount: 'fen' } }, own)
  const json = openMapping({ names: 'ours', values: { amount: 'fen-json' } }, own)
  const two = openMapping({ names: 'ours', values: { amount: 'yuan-2' } }, own)
  for (const [ours, theirs, back] of [
    ['0', '0', '0.00'],
    ['0.07', '7', '0.07'],
    ['1.1', '110', '1.10'],
    ['4.35', '435', '4.35'],
    ['9007199254740.93', '900719925474093', '9007199254740.93'],
    ['-3.5', '-350', '-3.50'],
  ] as const) {
    t.same(fen.write({ yuan: ours }), { yuan: theirs })
    t.same(fen.read({ yuan: theirs }), { yuan: back })
    t.same(json.write({ yuan: ours }), { yuan: Number(theirs) })
    t.same(json.read({ yuan: Number(theirs) }), { yuan: back })
    t.same(two.write({ yuan: ours }), { yuan: back })
  }
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 14n), fc.nat(99), (whole, part) => {
      const yuan = `${whole}.${String(part).padStart(2, '0')}`
      t.same(fen.write({ yuan }), { yuan: String(whole * 100n + BigInt(part)) })
      t.equal(fen.read(fen.write({ yuan }))['yuan'], yuan)
    }),
  )
  t.throws(() => json.write({ yuan: '99999999999999.99' }), { code: 'INTERNAL' }, 'more than a JSON number holds')
  t.end()
})

t.test('each format is written as configured, and what is none of it is handed on as it came', (t) => {
  const ours = {
    day: '1990-06-01',
    month: '2025-11',
    at: '2026-11-22T18:00:00+08:00',
    yes: false,
    count: 3.5,
    marks: ['a', 'b'],
    rows: [{ yes: true }],
  }
  const cases: readonly (readonly [MappingConfig, object])[] = [
    [{ names: 'ours' }, ours],
    [
      {
        names: 'ours',
        values: { date: 'YYYYMMDD', month: 'YYYYMM', time: 'yyyyMMddHHmmss', flag: ['是', '否'], number: 'text' },
        lists: { rows: 'row' },
      },
      {
        day: '19900601',
        month: '202511',
        at: '20261122180000',
        yes: '否',
        count: '3.5',
        marks: { row: ['a', 'b'] },
        rows: { row: [{ yes: '是' }] },
      },
    ],
    [
      { names: 'ours', values: { date: 'epoch-ms', month: 'YYYYMM-json', time: 'epoch-ms', flag: ['Y', 'N'] } },
      { ...ours, day: 644169600000, month: 202511, at: 1795341600000, yes: 'N', rows: [{ yes: 'Y' }] },
    ],
    [
      {
        names: 'ours',
        values: { date: 'YYYY-MM-DD 00:00:00', month: 'YYYY/MM', time: 'RFC3339+08:00' },
        lists: { joined: ';' },
      },
      { ...ours, day: '1990-06-01 00:00:00', month: '2025/11', marks: 'a;b' },
    ],
    [
      { names: 'ours', values: { time: 'yyyy-MM-dd HH:mm:ss' } },
      { ...ours, at: '2026-11-22 18:00:00' },
    ],
  ]
  const wrong = {
    day: '2026',
    month: 11,
    at: '2026139',
    yes: 'maybe',
    count: '1e3',
    yuan: [],
    marks: { x: '' },
    rows: 'x',
  }
  for (const [mappingConfig, theirs] of cases) {
    const { write, read } = openMapping(mappingConfig, own)
    t.same(write(ours), theirs)
    t.same(read(theirs), ours)
    t.same(read(wrong), wrong)
    const empty = { marks: [], rows: [] }
    t.same(read(write(empty)), empty)
    for (const bad of [{ yuan: 1.5 }, { yuan: '1.234' }, { day: '20261122' }, { yes: 'true' }, { rows: {} }]) {
      t.throws(() => write(bad), { code: 'INTERNAL' })
    }
  }
  t.end()
})

t.test('texts joined into one come apart where they were joined, whatever stands in them', (t) => {
  const { write, read } = openMapping({ names: 'ours', lists: { joined: ';' } }, own)
  t.same(write({ marks: ['沈阳甲公司', '乙;丙', '\\'] }), { marks: '沈阳甲公司;乙\\;丙;\\\\' })
  const entries = fc.array(fc.oneof(fc.constantFrom(';', '\\', '\\;', ' '), fc.string()), { maxLength: 5 })
  fc.assert(
    fc.property(entries, (marks) => {
      // A list of one empty text looks like one without entries; no form has an empty text.
      fc.pre(marks.join('') !== '' || marks.length !== 1)
      t.same(read(write({ marks })), { marks })
    }),
  )
  t.same(read({ marks: 'a\\b' }), { marks: 'a\\b' }, 'not written in this way')
  t.end()
})

t.test('a form is flattened key by key, and says where a list or an object is empty', (t) => {
  const { write } = openMapping({ names: 'snake_case', exceptions: { name: 'xm' }, values: { number: 'text' } }, own)
  const form = {
    movers: [{ name: '李娜', newMobile: '139' }, { count: 2 }],
    marks: ['a', 'b'],
    rows: [],
    residence: {},
  }
  t.same(flatten(write(form), 'form'), [
    ['form.movers[0].xm', '李娜'],
    ['form.movers[0].new_mobile', '139'],
    ['form.movers[1].count', '2'],
    ['form.marks[0]', 'a'],
    ['form.marks[1]', 'b'],
    ['form.rows[]', ''],
    ['form.residence{}', ''],
  ])
  t.same(flatten({}, 'form'), [['form{}', '']])
  t.end()
})

t.test('a member that is null is absent', (t) => {
  const { read } = openMapping({ names: 'snake_case' }, own)
  t.same(read({ valid_until: null, rows: [{ insured_division: null, sex: '1' }] }), { rows: [{ sex: '1' }] })
  t.end()
})

t.test('codes, exceptions and unsent fields hold wherever the name stands', (t) => {
  const { write, read } = openMapping(
    {
      names: 'UPPER_SNAKE',
      exceptions: { certNo: 'AAC002' },
      codes: { sex: { '1': 'M', '2': 'F' }, marks: { a: '01' } },
      unsent: ['remark'],
    },
    own,
  )
  const ours = { certNo: '1', sex: '2', rows: [{ sex: '1', insuredDivision: '9', remark: 'x' }], marks: ['a', 'other'] }
  const theirs = {
    AAC002: '1',
    SEX: 'F',
    ROWS: [{ SEX: 'M', INSURED_DIVISION: '9' }],
    MARKS: ['01', 'other'],
  }
  t.same(write(ours), theirs)
  t.same(read(theirs), { ...ours, rows: [{ sex: '1', insuredDivision: '9' }] })
  t.same(read({ CERT_NO: '1', sex: '1' }), { CERT_NO: '1', sex: '1' }, 'no name of the city’s')
  t.end()
})

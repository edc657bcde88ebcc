// The catalogue that is shipped is whole, and what is wrong in one is named where it stands.

import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { buildCatalogue } from '../../src/catalogue/catalogue.ts'
import { openSchemas } from '../../src/catalogue/schemas.ts'
import type { SchemaFile } from '../../src/catalogue/schemas.ts'
import { catalogue, cities, faultOf, itemFiles, parts, readJson } from './fixture.ts'
import { isDecidedWhereTaken } from '../../src/domain/item.ts'
import type { Loose } from './fixture.ts'

t.test('the shipped catalogue has 117 items and no mistake', (t) => {
  t.equal(catalogue.items.length, 117)
  t.strictSame(catalogue.check(), [])
  const strict = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true })
  const fits = strict.compile(readJson('schemas/config/items.schema.json'))
  for (const { file, value } of itemFiles) {
    t.ok(fits(value), `${file} ${JSON.stringify(fits.errors)}`)
    for (const item of value.items) t.equal(`config/items/${item.domain}.yaml`, file)
  }
  t.end()
})

t.test('an item that is not in the catalogue is a fault of the caller', (t) => {
  for (const code of ['no-such-item', '', '__proto__', 'constructor']) {
    t.throws(() => catalogue.find(code), { code: 'ITEM_UNKNOWN' }, code)
  }
  t.end()
})

t.test('each sample leads to each of the eight cities, its other legs elsewhere, and is accepted there', (t) => {
  for (const item of catalogue.items) {
    t.strictSame(
      catalogue.citiesOffering(item),
      cities.map(({ key }) => key),
    )
    for (const { key } of cities) {
      const body = catalogue.sample(item, key)
      const legs = catalogue.route(item, body)
      t.equal(catalogue.decidingCity(item, legs), key)
      const moves = legs.slice(1).every(({ city }, index) => city !== legs[index]?.city)
      t.ok(moves, `${item.code} ${key}: each leg elsewhere than the one before`)
      t.equal(
        faultOf(() => catalogue.validate(item, key, body)),
        null,
        `${item.code} ${key}`,
      )
      t.equal(body.collectingCity, isDecidedWhereTaken(item) ? key : undefined)
    }
  }
  t.end()
})

t.test('every reference of a bundled schema is local and leads somewhere', (t) => {
  for (const item of catalogue.items) {
    const documents = [catalogue.form(item, null), catalogue.form(item, 'fushun'), catalogue.bodySchema(item, null)]
    const answer = catalogue.answerSchema(item)
    t.equal(answer !== null, item.interaction === 'query', `${item.code}: queries have an answer schema, others none`)
    if (answer !== null) documents.push(answer)
    for (const document of documents) {
      for (const reference of referencesIn(document)) {
        const found = reference.startsWith('#/') && at(document, reference.slice(2).split('/'))
        t.ok(found, `${item.code} ${reference}`)
      }
      t.notOk(
        JSON.stringify(document['$defs']).includes('"$id"'),
        'no $id below the root would move the base of references',
      )
    }
  }
  t.end()
})

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, entry]) =>
    key === '$ref' && typeof entry === 'string' ? [entry] : referencesIn(entry),
  )
}

function at(value: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((place, step) => (place as Loose | undefined)?.[step], value)
}

const among = (files: readonly SchemaFile[]) => (id: string) => files.find(({ schema }) => schema['$id'] === id)

t.test('documents of one name and documents that refer to each other can be bundled', (t) => {
  const base = 'https://schemas.cross-city-gateway.example/'
  const schemas = openSchemas(
    among([
      {
        file: 'a',
        schema: { $id: `${base}a/same.json`, properties: { b: { $ref: '../b/same.json' }, self: { $ref: '#' } } },
      },
      {
        file: 'b',
        schema: {
          $id: `${base}b/same.json`,
          properties: { a: { $ref: '../a/same.json#/properties/b' }, c: { $ref: '../c/same.json' } },
        },
      },
      { file: 'c', schema: { $id: `${base}c/same.json`, properties: { b: { $ref: '../b/same.json' } } } },
    ]),
  )
  const bundle = schemas.bundle(`${base}a/same.json`)
  for (const reference of referencesIn(bundle)) {
    t.ok(reference === '#' || at(bundle, reference.slice(2).split('/')), reference)
  }
  t.equal(Object.keys(bundle['$defs'] as object).length, 2)
  t.throws(
    () => openSchemas(among([{ file: 'x', schema: { $id: `${base}x.json`, $ref: 'y.json' } }])).bundle(`${base}x.json`),
    /y\.json/,
  )
  t.end()
})

function digestOf(built: typeof catalogue): string {
  const item = built.find('mi-remote-care-filing')
  return built.validate(item, 'fushun', built.sample(item, 'fushun')).schemaDigest
}

t.test('the digest of a schema is the same in two catalogues and another where a material is', (t) => {
  t.match(digestOf(catalogue), /^[A-Za-z0-9_-]{43}$/)
  t.equal(digestOf(buildCatalogue(parts())), digestOf(catalogue))
  const changed = mutated((draft) => {
    draft['items'].find(({ code }: Loose) => code === 'mi-remote-care-filing').materials[0].commitment = true
  })
  t.not(digestOf(changed), digestOf(catalogue))
  t.end()
})

function mutated(change: (draft: Loose) => void) {
  const draft = structuredClone({ ...parts(), clock: null }) as Loose
  change(draft)
  return buildCatalogue({ ...(draft as ReturnType<typeof parts>), clock: parts().clock })
}

const itemIn = (draft: Loose, code: string): Loose => draft['items'].find((item: Loose) => item['code'] === code)
const schemaIn = (draft: Loose, file: string): Loose =>
  draft['schemas'].find((entry: Loose) => entry['file'] === file).schema

// oxlint-disable unicorn/no-thenable -- JSON Schema has a keyword of that name
// prettier-ignore
const BROKEN: readonly (readonly [what: string, change: (draft: Loose) => void, file: string, pointer: RegExp, zh: RegExp])[] = [
  ['a code that stands twice', (draft) => draft['items'].push(structuredClone(draft['items'][0])), 'config/items/civil-affairs.yaml', /^\/items\/[0-9]+\/code$/, /重复/],
  ['an item without a form', (draft) => (itemIn(draft, 'ca-disability-subsidies')['code'] = 'ca-other'), 'config/items/civil-affairs.yaml', /^\/items\/0\/code$/, /缺少表单模式/],
  ['a query without an answer', (draft) => (schemaIn(draft, 'schemas/answers/re-registry-query.json')['$id'] += 'x'), 'config/items/real-estate.yaml', /code$/, /缺少答复模式/],
  ['an item without a sample', (draft) => draft['samples'].delete('re-registry-query'), 'config/items/real-estate.yaml', /code$/, /缺少样例/],
  ['a sample that is not accepted', (draft) => (draft['samples'].get('re-registry-query').form.contents = []), 'config/items/real-estate.yaml', /code$/, /样例不能提交到 shenyang：\/form\/contents/],
  ['two legs that decide', (draft) => (itemIn(draft, 'hf-purchase-withdrawal')['legs'][0].does = 'decide'), 'config/items/housing-fund.yaml', /^\/items\/1\/legs$/, /恰有一个环节/],
  ['a routing field that the form lacks', (draft) => (itemIn(draft, 'hf-retirement-withdrawal')['legs'][0].routing.field = '/form/centre'), 'config/items/housing-fund.yaml', /^\/items\/2\/legs\/0\/routing\/field$/, /没有字段/],
  ['a routing field that may be left out', (draft) => (itemIn(draft, 'hf-retirement-withdrawal')['legs'][0].routing.field = '/form/pensionDivision'), 'config/items/housing-fund.yaml', /routing\/field$/, /须为必填/],
  ['a material listed twice', (draft) => (itemIn(draft, 'hf-retirement-withdrawal')['materials'][1].code = 'id-document'), 'config/items/housing-fund.yaml', /^\/items\/2\/materials\/1\/code$/, /重复/],
  ['a condition that is no schema', (draft) => (itemIn(draft, 'hf-retirement-withdrawal')['materials'][1].requiredWhen = { wenn: 1 }), 'config/items/housing-fund.yaml', /requiredWhen$/, /无法编译/],
  ['a field without an English title', (draft) => delete schemaIn(draft, 'schemas/parts/mobile.json')['x-title-en'], 'schemas/parts/mobile.json', /^$/, /x-title-en/],
  ['a code without a label', (draft) => delete schemaIn(draft, 'schemas/parts/sex.json')['oneOf'][1].title, 'schemas/parts/sex.json', /^\/oneOf$/, /代码表/],
  ['a text without a bound', (draft) => delete schemaIn(draft, 'schemas/parts/name.json')['maxLength'], 'schemas/parts/name.json', /^$/, /maxLength/],
  ['an object that takes unknown fields', (draft) => delete schemaIn(draft, 'schemas/parts/period.json')['additionalProperties'], 'schemas/parts/period.json', /^$/, /未知字段/],
  ['a pattern without a hint', (draft) => delete schemaIn(draft, 'schemas/parts/postal-code.json')['x-hint-en'], 'schemas/parts/postal-code.json', /^$/, /x-hint/],
  ['a list without a bound', (draft) => delete schemaIn(draft, 'schemas/parts/submission.json')['properties'].materials.maxItems, 'schemas/parts/submission.json', /^\/properties\/materials$/, /maxItems/],
  ['objects that must differ', (draft) => (schemaIn(draft, 'schemas/parts/submission.json')['properties'].materials.uniqueItems = true), 'schemas/parts/submission.json', /^\/properties\/materials$/, /uniqueItems/],
  ['a format that does not exist', (draft) => (schemaIn(draft, 'schemas/items/public-security/ps-id-card-renewal.json')['properties'].hukouAddress = { title: '甲', 'x-title-en': 'A', type: 'string', format: 'photo', maxLength: 3 }), 'schemas/items/public-security/ps-id-card-renewal.json', /^$/, /无法编译/],
  ['a reference that leads nowhere', (draft) => (schemaIn(draft, 'schemas/items/public-security/ps-id-card-renewal.json')['properties'].sex.$ref = '../../parts/gender.json'), 'schemas/items/public-security/ps-id-card-renewal.json', /^$/, /gender\.json/],
  ['a document that is no schema', (draft) => (schemaIn(draft, 'schemas/parts/month.json')['type'] = 'txt'), 'schemas/parts/month.json', /^$/, /不是有效的 JSON Schema/],
  ['a field that no form shows', (draft) => delete schemaIn(draft, 'schemas/parts/period.json')['x-order'], 'schemas/parts/period.json', /^$/, /x-order/],
  ['a field that no answers lead to', (draft) => schemaIn(draft, 'schemas/items/public-security/ps-id-card-renewal.json')['allOf'].push({ if: { properties: { reason: { const: 'lost' } } }, then: { properties: { guardian: false } }, else: { properties: { guardian: false } } }), 'schemas/items/public-security/ps-id-card-renewal.json', /^\/allOf\/[0-9]+$/, /guardian 在任何情形下都不能填写/],
  ['a condition upon a code that is not in the table', (draft) => schemaIn(draft, 'schemas/items/public-security/ps-id-card-renewal.json')['allOf'].push({ if: { properties: { reason: { const: 'eaten' } } }, then: { required: ['guardian'] } }), 'schemas/items/public-security/ps-id-card-renewal.json', /\/if\/properties\/reason$/, /eaten 不在代码表中/],
  ['a branch that asks for an unknown field', (draft) => schemaIn(draft, 'schemas/items/public-security/ps-id-card-renewal.json')['allOf'].push({ if: { properties: { reason: { const: 'expired' } } }, then: { required: ['gaurdian'] } }), 'schemas/items/public-security/ps-id-card-renewal.json', /\/then$/, /gaurdian 不存在/],
  ['a condition of a material upon an unknown field', (draft) => (itemIn(draft, 'hf-retirement-withdrawal')['materials'][1].requiredWhen = { properties: { form: { required: ['spuose'] } } }), 'config/items/housing-fund.yaml', /requiredWhen$/, /spuose 不存在/],
  ['an unverified basis that is not in the text', (draft) => (draft['items'][0].legalBasis.unverified = ['国发〔1900〕1号']), 'config/items/civil-affairs.yaml', /^\/items\/0\/legalBasis\/unverified\/0$/, /国发〔1900〕1号/],
  ['an unknown part', (draft) => (schemaIn(draft, 'schemas/parts/person.json')['properties'].name.$ref = 'nmae.json'), 'schemas/parts/person.json', /^\/properties\/name\/\$ref$/, /nmae\.json/],
  ['codes without labels', (draft) => Object.assign(schemaIn(draft, 'schemas/parts/sex.json'), { oneOf: undefined, enum: ['1', '2'] }), 'schemas/parts/sex.json', /^\/enum$/, /oneOf/],
  ['a title that was not translated', (draft) => (schemaIn(draft, 'schemas/parts/mobile.json')['x-title-en'] = '手机号码'), 'schemas/parts/mobile.json', /x-title-en$/, /尚未译成英文/],
  ['a pattern without a bound', (draft) => (schemaIn(draft, 'schemas/parts/postal-code.json')['pattern'] = '^[0-9]+$'), 'schemas/parts/postal-code.json', /^\/pattern$/, /上限/],
  ['a pattern that backtracks', (draft) => (schemaIn(draft, 'schemas/parts/postal-code.json')['pattern'] = '^([0-9]{1,9}){1,9}$'), 'schemas/parts/postal-code.json', /^\/pattern$/, /回溯/],
  ['a leg by codes that no city has', (draft) => (itemIn(draft, 'hf-retirement-withdrawal')['legs'][0].routing.codeKind = 'school'), 'config/items/housing-fund.yaml', /codeKind$/, /没有城市有 school 代码/],
  ['a leg that would never start', (draft) => (itemIn(draft, 'hf-purchase-withdrawal')['legs'][0].routing.basis = 'acceptance-place'), 'config/items/housing-fund.yaml', /legs$/, /永远不会开始/],
  ['a leg that is sent before it is handed what it needs', (draft) => (itemIn(draft, 'hf-purchase-withdrawal')['legs'][0].yields = [{ code: 'verification', name: { zh: '购房核验结果', en: 'Result of the verification' } }]), 'config/items/housing-fund.yaml', /^\/items\/1\/legs\/1$/, /verification，startsAfter 须为 approved 或 completed/],
  ['a name that is still to be filled in', (draft) => (itemIn(draft, 'hf-purchase-withdrawal')['name'] = { zh: '待填写', en: 'to be filled in' }), 'config/items/housing-fund.yaml', /name$/, /尚待填写/],
]

t.test('a mistake in the catalogue is named with its file and place', (t) => {
  for (const [what, change, file, pointer, zh] of BROKEN) {
    const problems = mutated((draft) => {
      // Only items that are concerned: to compile the others each time would take a while.
      draft['items'] = draft['items'].filter(({ domain }: Loose) => file.includes(domain as string)).slice(0, 3)
      change(draft)
    }).check()
    const found = problems.find(
      (problem) => problem.file === file && pointer.test(problem.pointer) && zh.test(problem.message.zh),
    )
    t.ok(found, `${what}: ${JSON.stringify(problems.slice(0, 3))}`)
    t.ok(problems.every(({ message }) => message.zh !== '' && message.en !== ''))
  }
  t.end()
})

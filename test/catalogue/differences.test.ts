// What each place asks besides the catalogue is really asked there, and nowhere else.

import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { configOptions, loadConfig } from '../../src/config.ts'
import { openCatalogue } from '../../src/config/catalogue.ts'
import type { CityItem } from '../../src/domain/city-item.ts'
import type { FieldError } from '../../src/domain/fault.ts'
import type { Item } from '../../src/domain/item.ts'
import type { CityKey } from '../../src/domain/words.ts'
import { clock, faultOf } from './fixture.ts'
import type { Loose } from './fixture.ts'

const config = loadConfig(configOptions({}))
const catalogue = openCatalogue(config, clock)
const cityKeys = config.cities.map(({ key }) => key)

interface Case {
  readonly city: CityKey
  readonly item: Item
  readonly difference: CityItem
  /** `<city> <code>` */
  readonly place: string
}

const cases: readonly Case[] = config.cities.flatMap((city) =>
  Object.entries(city.items ?? {}).map(([code, difference]) => ({
    city: city.key,
    item: catalogue.find(code),
    difference,
    place: `${city.key} ${code}`,
  })),
)
const asking = cases.filter(({ difference }) => difference.fields !== undefined || difference.materials !== undefined)

/** Offered in all eight places: what the gateway began with. */
const EVERYWHERE = [
  'ss-personal-rights-record',
  'hf-account-loan-query',
  're-registry-query',
  'mr-registration-archive-query',
  'mi-remote-care-filing',
  'hf-purchase-withdrawal',
  'hf-retirement-withdrawal',
  'ps-id-card-renewal',
  'ps-hukou-transfer-spouse',
  'mr-licence-replacement',
  'ss-employee-pension-transfer',
  'ca-disability-subsidies',
]

function mistakesIn(item: Item, city: CityKey, body: Loose): readonly FieldError[] {
  const fault = faultOf(() => catalogue.validate(item, city, body))
  if (fault !== null && fault.code !== 'FORM_INVALID') throw fault
  return fault?.details.errors ?? []
}

/** A place that has the item as the catalogue says. */
function plainPlace(item: Item): CityKey {
  const found = config.cities.find(({ items }) => items?.[item.code] === undefined)
  if (found === undefined) throw new Error(`${item.code} differs everywhere`)
  return found.key
}

const loose = (item: Item, city: CityKey): Loose => structuredClone<Loose>(catalogue.sample(item, city))

t.test('the eight places differ in what they should, and the first items are offered in all of them', (t) => {
  t.ok(cases.length >= 40 && cases.length <= 80, `${cases.length} differences`)
  t.ok(asking.length >= 20, `${asking.length} ask for a field or a material`)
  for (const key of cityKeys) {
    const own = cases.filter(({ city }) => city === key).length
    t.ok(own >= 5 && own <= 10, `${key}: ${own}`)
  }
  for (const code of EVERYWHERE) t.same(catalogue.citiesOffering(catalogue.find(code)), cityKeys, code)
  for (const { place, difference } of cases) {
    t.match(difference.note, { zh: /^[^A-Za-z]{8,}。$/, en: /^[A-Z“][^一-鿿]{15,}\.$/ }, place)
  }
  t.end()
})

t.test('an item is offered by every place that does not say otherwise, and refused by those that do', (t) => {
  for (const item of catalogue.items) {
    const refusing = cases.filter(
      ({ item: { code }, difference }) => code === item.code && difference.offered === false,
    )
    const expected = cityKeys.filter((key) => !refusing.some(({ city }) => city === key))
    t.same(catalogue.citiesOffering(item), expected, item.code)
    for (const { city, place } of refusing) {
      const fault = faultOf(() => catalogue.validate(item, city, catalogue.sample(item, city)))
      t.equal(fault?.code, 'ITEM_NOT_OFFERED', place)
    }
  }
  t.ok(cases.some(({ difference }) => difference.offered === false))
  t.end()
})

t.test('a place that promises fewer days promises them alone', (t) => {
  for (const { city, item, difference, place } of cases) {
    const days = difference.promisedWorkingDays ?? item.promisedWorkingDays
    t.equal(catalogue.itemIn(item, city).promisedWorkingDays, days, place)
    t.ok(days < item.promisedWorkingDays || difference.promisedWorkingDays === undefined, place)
    t.equal(catalogue.itemIn(item, plainPlace(item)).promisedWorkingDays, item.promisedWorkingDays, place)
  }
  t.ok(cases.filter(({ difference }) => difference.promisedWorkingDays !== undefined).length >= 20)
  t.end()
})

t.test('the golden sample, with what a place asks besides, is taken there', (t) => {
  for (const { city, item, place } of asking) t.same(mistakesIn(item, city, loose(item, city)), [], place)
  t.end()
})

t.test(
  'a field that a place asks for is required there where it says so, shown in its form, and unknown elsewhere',
  (t) => {
    for (const { city, item, difference, place } of asking) {
      const { fields = {}, requiredFields = [], sample } = difference
      for (const name of Object.keys(fields)) {
        const pointer = `/form/${name}`
        const required = requiredFields.includes(name)
        const form = catalogue.form(item, city) as Loose
        t.ok(Object.hasOwn(form['properties'] as object, name), `${place} ${name}: in the form`)
        t.ok((form['x-order'] as string[]).includes(name), `${place} ${name}: has its place`)
        t.equal((form['required'] as string[]).includes(name), required)

        const without = loose(item, city)
        delete without['form'][name]
        const rules = mistakesIn(item, city, without).map((mistake) => `${mistake.pointer} ${mistake.rule}`)
        t.same(rules, required ? [`${pointer} required`] : [], `${place} ${name}: left out`)

        const wrong = loose(item, city)
        wrong['form'][name] = { not: 'this' }
        t.match(mistakesIn(item, city, wrong), [{ pointer, rule: 'type' }], `${place} ${name}: of another kind`)

        const elsewhere = plainPlace(item)
        t.notOk(Object.hasOwn((catalogue.form(item, elsewhere) as Loose)['properties'] as object, name))
        const there = loose(item, elsewhere)
        there['form'][name] = sample?.form?.[name] ?? 'x'
        t.match(mistakesIn(item, elsewhere, there), [{ pointer, rule: 'additionalProperties' }], `${place} ${name}`)
      }
    }
    t.end()
  },
)

t.test('a material that a place asks for is missed there, and unknown elsewhere', (t) => {
  for (const { city, item, difference, place } of asking) {
    for (const { code, name } of difference.materials ?? []) {
      const listed = catalogue.itemIn(item, city).materials.map((rule) => rule.code)
      t.equal(listed.filter((known) => known === code).length, 1, `${place} ${code}: listed`)

      const without = loose(item, city)
      without['materials'] = (without['materials'] as Loose[]).filter((entry) => entry['code'] !== code)
      const missing = mistakesIn(item, city, without)
      t.match(missing, [{ pointer: '/materials', rule: 'material-missing' }], `${place} ${code}: left out`)
      t.ok(
        missing[0]?.message.zh.includes(name.zh) && missing[0].message.en.includes(name.en),
        `${place} ${code}: named`,
      )

      const elsewhere = plainPlace(item)
      const there = loose(item, elsewhere)
      const index = (there['materials'] as Loose[]).push({ code, held: 'commitment' }) - 1
      const unknown = [{ pointer: `/materials/${index}/code`, rule: 'material-unknown' }]
      t.match(mistakesIn(item, elsewhere, there), unknown, `${place} ${code}: elsewhere`)
    }
  }
  t.end()
})

t.test('what a place asks has a schema digest of its own, other places share the catalogue’s', (t) => {
  const digest = (item: Item, city: CityKey): string => {
    return catalogue.validate(item, city, catalogue.sample(item, city)).schemaDigest
  }
  for (const item of new Set(asking.map((one) => one.item))) {
    const plain = digest(item, plainPlace(item))
    for (const city of catalogue.citiesOffering(item)) {
      const asks = asking.some((one) => one.city === city && one.item === item)
      t.equal(digest(item, city) !== plain, asks, `${item.code} ${city}`)
    }
  }
  t.end()
})

/** Runs `check` over a few domains of the project’s configuration, with the differences of one place; the lines it prints. */
async function linesOfCheck(city: CityKey, differences: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-differences-'))
  try {
    cpSync(join(import.meta.dirname, '../../config'), folder, { recursive: true })
    const checked = ['housing-fund.yaml', 'disability.yaml']
    for (const name of readdirSync(join(folder, 'items'))) {
      if (!checked.includes(name)) rmSync(join(folder, 'items', name))
    }
    for (const key of cityKeys) {
      const path = join(folder, 'cities', `${key}.yaml`)
      const own = key === city ? differences : ''
      writeFileSync(path, readFileSync(path, 'utf8').replace(/^items:\n(?: .*\n|\n)*/m, own))
    }
    // Without tap's own hooks, which the process would load first.
    const { GATEWAY_CONFIG_DIR: _, NODE_OPTIONS: __, ...env } = process.env
    const options = { env: { ...env, GATEWAY_CONFIG_DIR: folder } }
    const cli = join(import.meta.dirname, '../../src/cli.js')
    return await new Promise((resolve) => {
      execFile(process.execPath, [cli, 'check'], options, (_error, stdout) => resolve(stdout.trimEnd().split('\n')))
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const MISTAKES = `items:
  no-such-item: { note: { zh: 无, en: None }, promisedWorkingDays: 1 }
  hf-rent-withdrawal:
    note: { zh: 并不更快, en: No faster }
    promisedWorkingDays: 3
  hf-full-prepayment:
    note: { zh: 字段重复, en: A field twice }
    fields: { loanState: { title: 状态, x-title-en: State, type: string, format: line, maxLength: 100 } }
  dp-certificate-issue:
    note: { zh: 字段没有说明, en: A field without words }
    fields:
      remark: { type: string }
    requiredFields: [remarks]
  hf-account-transfer:
    note: { zh: 材料重复, en: A material twice }
    materials:
      - code: id-document
        name: { zh: 有效身份证件, en: Valid identity document }
        forms: [original]
        commitment: false
        sharedData: true
      - code: second-form
        name: { zh: 第二份表, en: A second form }
        forms: [original]
        commitment: false
        sharedData: false
        requiredWhen: { required: [form], properties: { form: { required: [nothingLikeIt] } } }
  dp-certificate-renewal:
    note: { zh: 样例没有这个字段, en: The sample lacks this field }
    fields:
      cardCount: { title: 证件数, x-title-en: Cards, type: integer, minimum: 0, maximum: 9 }
    requiredFields: [cardCount]
  hf-usage-certificate:
    note: { zh: 没有这个部件, en: No such part }
    fields:
      homeTown: { $ref: ../../parts/no-such-part.json }
`

const SAID: readonly (readonly [words: string, said: RegExp])[] = [
  ['no-such-item:', /没有事项 no-such-item \/ there is no item no-such-item$/],
  ['promisedWorkingDays: 3', /须少于目录承诺的 3 个工作日 \/ must be fewer than the catalogue's 3 working days$/],
  ['loanState:', /表单已有字段 loanState/],
  ['remark:', /须有中文 title 和英文 x-title-en/],
  ['remark:', /文本须有 maxLength/],
  ['requiredFields: [remarks]', /没有字段 remarks/],
  ['- code: id-document', /材料代码 id-document 重复/],
  ['requiredWhen: { required: [form], properties: { form: { required: [nothing', /nothingLikeIt/],
  ['dp-certificate-renewal:', /样例不能提交到本地：\/form\/cardCount .*\/ the item’s sample cannot be submitted here/],
  ['hf-usage-certificate:', /no-such-part/],
]

// A joint case goes to Fushun as Benxi, which decides it, wants it.
const ASKED_IN_BENXI = `items:
  hf-account-transfer:
    note: { zh: 多问一句, en: One question more }
    fields: { askedInBenxi: { title: 是否首次, x-title-en: First time, type: boolean } }
`

t.test('each mistake in what a place asks is named with its file and line', async (t) => {
  const [tieling, benxi] = await Promise.all([linesOfCheck('tieling', MISTAKES), linesOfCheck('benxi', ASKED_IN_BENXI)])
  const before = readFileSync(join(import.meta.dirname, '../../config/cities/tieling.yaml'), 'utf8')
  const first = before.slice(0, before.indexOf('\nitems:\n') + 1).split('\n').length - 1
  for (const [words, said] of SAID) {
    const line = first + MISTAKES.slice(0, MISTAKES.indexOf(words)).split('\n').length
    const found = tieling.filter((one) => one.includes(`cities/tieling.yaml:${line}: `))
    t.ok(
      found.some((one) => said.test(one)),
      `${words}: ${found.join('; ')}`,
    )
  }
  for (const line of tieling.filter((one) => /\.(?:yaml|json):\d+: /.test(one))) t.match(line, /cities\/tieling\.yaml:/)
  // What the city's own fields were called is missing now too: only what the new one brings is looked at.
  const asked = benxi.filter((one) => one.includes('askedInBenxi'))
  for (const city of ['fushun', 'fuxin']) {
    t.ok(
      asked.some((one) => new RegExp(`cities/${city}\\.yaml:\\d+: .*字段 askedInBenxi 在对照表中没有名称`).test(one)),
      asked.join('; '),
    )
  }
})

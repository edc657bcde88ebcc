// What Fuxin gets of each form, read field by field with the wire document’s own dictionary.

import { readFileSync } from 'node:fs'
import t from 'tap'
import { openMapping, type Kind } from '../../src/cities/mapping.ts'
import { fuxinProtocol } from '../../src/cities/protocols/fuxin.ts'
import { projectConfig as config } from '../project-config.ts'
import { openCatalogue } from '../../src/config/catalogue.ts'
import type { Item } from '../../src/domain/item.ts'
import type { SubmissionBody } from '../../src/domain/submission.ts'
import { systemClock } from '../../src/system.ts'
import { KEY, message, REFERENCE, TAKEN_AT } from './support/city.ts'
import { collectTags, compact, comparison, fen, inside, readXml, type Read } from './support/read-form.ts'

const catalogue = openCatalogue(config, systemClock)
const backend = config.cities.find(({ key }) => key === 'fuxin')?.backends[0]
if (backend?.protocol !== 'fuxin') throw new Error('Fuxin speaks another protocol')
const { kinds, dictionaries } = config.fields
const protocol = fuxinProtocol({
  ...backend.protocolOptions,
  statuses: backend.statuses,
  mapping: openMapping(backend.mapping, config.fields),
})

const table = new Map<string, { readonly tag: string; readonly kind: string }>()
const dictionary = readFileSync(new URL('../../docs/wire/fuxin-dictionary.tsv', import.meta.url), 'utf8')
for (const row of dictionary.trim().split('\n').slice(1)) {
  const [name = '', tag = '', kind = ''] = row.split('\t')
  table.set(name, { tag, kind })
}

/** The codes as the wire document lists them. */
const SEX: Readonly<Record<string, string>> = { '1': '男', '2': '女' }
const CODES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sex: SEX,
  newSex: SEX,
  maritalState: { unmarried: '未婚', married: '已婚', divorced: '离异', widowed: '丧偶' },
}

const differences = comparison({ table, object: 'object', list: 'list', row: 'row', written })

function written(value: unknown, kind: string | undefined, name: string): string {
  const text = String(value)
  if (kind === 'date' || kind === 'month') return text.split('-').join('')
  if (kind === 'time') return compact(text)
  if (kind === 'flag') return value === true ? '是' : '否'
  if (kind === 'amount') return fen(text)
  return CODES[name]?.[text] ?? text
}

const items = catalogue.items.filter((item) => catalogue.citiesOffering(item).includes('fuxin'))

/** The `shuju` that Fuxin gets of a submission. */
function contentOf(item: Item, body: SubmissionBody): Read {
  const call = item.interaction === 'query' ? protocol.query : protocol.deliver
  const stamp = { now: TAKEN_AT, secret: Buffer.from(KEY) }
  const sent = call({ ...message, item, leg: item.legs[0], reference: REFERENCE, body }, stamp).body?.toString() ?? ''
  return inside(readXml(sent.replace(/^<\?xml[^>]*\?>\s*/, '')), 'qingqiu', 'shuju')
}

t.test('the dictionary is the one of the wire document, tag by tag and kind by kind', (t) => {
  t.ok(table.size > 1000)
  const configured = Object.entries(dictionaries.get('fuxin') ?? {}).map(([name, [tag]]) => {
    const kind: Kind = kinds.get(name) ?? 'text'
    return [name, { tag, kind: kind === 'texts' ? 'list' : kind }] as const
  })
  t.same(new Map(configured), table)
  t.end()
})

t.test('each item’s sample arrives whole: every value under its tag, and nothing besides', (t) => {
  t.ok(items.length > 100)
  for (const item of items) {
    const body = catalogue.sample(item, 'fuxin')
    const content = contentOf(item, body)
    t.equal(inside(content, 'shixiangbianma').text, item.code)
    t.same(differences(body.form, inside(content, 'biaodan')), [], item.code)
    const rows = body.materials?.length ? inside(content, 'cailiao').children : []
    t.same(
      rows.map((row) => inside(row, 'cailiaobianma').text),
      (body.materials ?? []).map(({ code }) => code),
    )
  }
  t.end()
})

t.test('so do forms that are filled in otherwise, and between them use most of the dictionary', (t) => {
  const used = new Set<string>()
  for (const item of items) {
    for (const seed of [1, 2, 3]) {
      const { form } = catalogue.generated(item, 'fuxin', `fuxin-${seed}`)
      const content = inside(contentOf(item, { ...catalogue.sample(item, 'fuxin'), form }), 'biaodan')
      t.same(differences(form, content), [], `${item.code} ${seed}`)
      collectTags(content, used)
    }
  }
  t.ok(used.size > 0.7 * table.size, `${used.size} of ${table.size} tags`)
  t.end()
})

t.test('the comparison notices a value that is lost, changed, added or under another’s tag', (t) => {
  const form = { fundCentre: '2109', amountYuan: '1200.5', sex: '1', contents: ['account', 'loan'] }
  const right =
    '<gongjijinzhongxin>2109</gongjijinzhongxin><jine>120050</jine><xingbie>男</xingbie>' +
    '<neirong><row>account</row><row>loan</row></neirong>'
  const compare = (xml: string): readonly string[] => differences(form, inside(readXml(`<f>${xml}</f>`), 'f'))
  t.same(compare(right), [])
  for (const [from, to] of [
    ['<jine>120050</jine>', ''],
    ['2109', '2105'],
    ['120050', '1200.5'],
    ['男', '1'],
    ['<row>loan</row>', ''],
    ['account', 'loan'],
    ['<jine>120050</jine>', '<niandu>120050</niandu>'],
    ['<jine>', '<niandu>1</niandu><jine>'],
  ] as const) {
    t.not(compare(right.replace(from, to)).length, 0, `${from} → ${to}`)
  }
  t.end()
})
